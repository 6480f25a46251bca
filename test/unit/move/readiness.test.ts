/** Would the set move now, were home lost: what a person reads, and what a rehearsal counts as. */
import { describe, expect, test } from '@jest/globals';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { evaluateGuards } from '../../../core/move/guards.ts';
import { isRehearsed, judgeReadiness } from '../../../core/move/readiness.ts';
import {
  byPerson,
  outageFacts,
  requestOfRule,
  setLook,
  storedVerdict,
  withVerdicts,
} from '../../support/builders/judgement.ts';
import { claimOf, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const calm = withVerdicts(outageFacts(), { home: 'HEALTHY' });
const inState = (changes: Parameters<typeof stateOf>[1], facts: MoveFacts = calm): MoveFacts => ({
  ...facts,
  state: stateOf(config, changes),
});
const ids = (facts: MoveFacts) => judgeReadiness(facts).inTheWay.map(({ id }) => id);
const without = (topic: string): MoveFacts => ({
  ...calm,
  found: setLook({ refugeTopics: { orders: 3, payments: 3, [topic]: null } }),
});
const inPart = (): MoveFacts => {
  const data = { allows: 'approval', reasons: [], impairment: { canaryShare: 0.1, sets: {} } };
  return { ...calm, verdicts: { ...calm.verdicts, home: storedVerdict('cluster:K1', 'PARTIAL_OUTAGE', { data }) } };
};

describe('what it says', () => {
  test.each<readonly [string, MoveFacts, string, string]>([
    ['everything is there', calm, 'READY', 'clients-k1 would move to K2 now'],
    [
      'a person would be asked',
      inState({ mode: 'approve' }),
      'READY',
      'clients-k1 would move to K2 now, after an approval',
    ],
    [
      'a topic is missing',
      without('orders'),
      'NOT_READY',
      'clients-k1 would not move to K2 now: topic "orders" does not exist at K2; create it',
    ],
    [
      'two things refuse: both are named, what only asks is not',
      withVerdicts(inState({ mode: 'approve' }, without('orders')), { refuge: 'SUSPECTED_DOWN' }),
      'NOT_READY',
      'clients-k1 would not move to K2 now: cluster:K2 is SUSPECTED_DOWN; topic "orders" does not exist at K2; create it',
    ],
    ['it is away', inState({ phase: 'refuge' }), 'AWAY', 'clients-k1 is in phase "refuge"'],
    ['it is leaving', inState({ epoch: 1, open: claimOf() }), 'AWAY', 'clients-k1 is in phase "home" and moving'],
    [
      'it is on its way',
      inState({ phase: 'draining', epoch: 1, open: claimOf() }),
      'AWAY',
      'clients-k1 is in phase "draining" and moving',
    ],
  ])('%s', (_story, facts, kind, sentence) => {
    expect(judgeReadiness(facts)).toMatchObject({ kind, sentence });
  });

  test('what refuses and what asks is listed, what holds is not', () => {
    expect([
      ids(calm),
      ids(inState({ mode: 'approve' })),
      ids(inState({ mode: 'approve' }, without('orders'))),
    ]).toEqual([[], ['G10-approval'], ['G10-approval', 'G2-topics']]);
  });

  test('nothing is judged of a set that is away', () => {
    expect(judgeReadiness(inState({ phase: 'refuge', mode: 'off' })).inTheWay).toEqual([]);
  });
});

describe('how home is does not matter', () => {
  test.each(['HEALTHY', 'SUSPECTED_DOWN', 'CONFIRMED_DOWN_UNCORROBORATED', 'UNKNOWN', 'PROBER_FAULT'])('%s', (home) => {
    expect(judgeReadiness(withVerdicts(calm, { home })).kind).toBe('READY');
  });

  test('nor how much of it serves, nor which epoch somebody has in mind', () => {
    const late = { ...calm, request: requestOfRule({ expectedEpoch: 9 }) };
    expect([judgeReadiness(inPart()).kind, judgeReadiness(late).kind]).toEqual(['READY', 'READY']);
  });
});

describe('a dry run counts as a rehearsal', () => {
  const counts = (facts: MoveFacts) => isRehearsed(evaluateGuards(facts));
  test.each<readonly [string, MoveFacts, boolean]>([
    ['when nothing but a home that is well refuses', calm, true],
    ['when only part of home fails', inPart(), true],
    ['when home is not known', withVerdicts(calm, { home: 'UNKNOWN' }), true],
    ['on an older epoch', { ...calm, request: byPerson({ expectedEpoch: 9 }) }, true],
    ['when a person would be asked', inState({ mode: 'approve' }), true],
    [
      'when a person forces what refuses',
      {
        ...inState({ lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK } }),
        request: byPerson({ force: true }),
        place: { ...calm.place, rpo: { records: 0 } },
      },
      true,
    ],
    ['not when a topic is missing', without('orders'), false],
    ['not when the refuge is down', withVerdicts(calm, { refuge: 'CONFIRMED_DOWN' }), false],
    ['not while an epoch is open', inState({ epoch: 1, open: claimOf() }), false],
  ])('%s', (_story, facts, rehearsed) => {
    expect(counts(facts)).toBe(rehearsed);
  });
});
