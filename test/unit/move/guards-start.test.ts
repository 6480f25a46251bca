/** Who may start what, and when: what each of these guards says. */
import { describe, expect, test } from '@jest/globals';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { isChosen } from '../../../core/move/guards.ts';
import {
  byPerson,
  outageFacts,
  recoveryFacts,
  requestOfRule,
  told,
  withVerdicts,
} from '../../support/builders/judgement.ts';
import { claimOf, EXECUTION, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const outage = outageFacts;
const inState = (changes: Parameters<typeof stateOf>[1], facts: Partial<MoveFacts> = {}): MoveFacts =>
  outage({ state: stateOf(config, changes), ...facts });
const expecting = (expectedEpoch: number, request = requestOfRule) => ({ request: request({ expectedEpoch }) });
const afterClaim = (open: MoveFacts['state']['open'], changes: Partial<MoveFacts> = {}) =>
  inState({ epoch: 1, open }, { stance: 'after-claim', ...changes });
const ours = claimOf({ execution: 'execution-one' });
const failback = (state: Parameters<typeof stateOf>[1], request = requestOfRule()) =>
  inState(
    { epoch: 2, open: claimOf({ epoch: 2, move: 'failback', from: 'refuge', execution: 'two' }), ...state },
    { request },
  );
const alarm = (starts: 'automatic' | 'approval') =>
  outage({ request: requestOfRule({ trigger: 'alarm', alarm: { name: 'k1-down', starts } }) });
const homeBy = (failbackPolicy: 'approve' | 'automatic' | 'manual', mode: 'approve' | 'automatic' = 'automatic') => {
  const facts = recoveryFacts({ request: requestOfRule({ move: 'failback' }) });
  return { ...facts, state: { ...facts.state, mode }, place: { ...facts.place, failback: failbackPolicy } };
};
const REJECTED = { rejected: { incidentId: 'one', by: 'ada', atMs: TEN_O_CLOCK - 60_000 } };
const row = (facts: MoveFacts, sentence: string | undefined) => [facts, sentence] as const;

describe('EPOCH', () => {
  test.each([
    ['no epoch is expected', ...row(outage(), undefined)],
    ['the newest one is', ...row(inState({ epoch: 2 }, expecting(2)), 'holds: epoch 2 is the newest one')],
    [
      'an event is late',
      ...row(
        inState({ epoch: 2, phase: 'refuge' }, expecting(1)),
        'handled: asked with epoch 1 in mind, but clients-k1 is at epoch 2 (refuge)',
      ),
    ],
    [
      'a person is late',
      ...row(
        inState({ epoch: 2 }, expecting(1, byPerson)),
        'stale: asked with epoch 1 in mind, but clients-k1 is at epoch 2 (home)',
      ),
    ],
    [
      'an event knows more than this table',
      ...row(
        inState({ epoch: 2 }, expecting(3)),
        'stale: asked with epoch 3 in mind, but clients-k1 is at epoch 2 (home)',
      ),
    ],
    ['the claim stands: it took the next epoch itself', ...row(afterClaim(ours, expecting(0)), undefined)],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'EPOCH')).toBe(sentence);
  });
});

describe('G4', () => {
  const OPEN = `epoch 1 of clients-k1 (failover, asked by assess at 2026-11-22T09:59:59Z, phase home)`;
  test.each([
    ['nothing is open', ...row(inState({ epoch: 2 }), 'holds: no epoch is open; the newest is 2')],
    ['an epoch is open', ...row(inState({ epoch: 1, open: claimOf() }), `handled: ${OPEN} is owned by ${EXECUTION}`)],
    [
      'an open epoch waits for a person',
      ...row(
        inState({ epoch: 1, open: claimOf({ approval: 'pending' }) }),
        `handled: ${OPEN}, which waits for an approval is owned by ${EXECUTION}`,
      ),
    ],
    ['our own claim stands', ...row(afterClaim(ours), 'holds: epoch 1 is ours')],
    ['somebody took it up', ...row(afterClaim(claimOf()), `refuse: epoch 1 is owned by ${EXECUTION}`)],
    ['our claim is gone', ...row(afterClaim(undefined), 'refuse: our claim is gone, the newest epoch is 1')],
    [
      'home is lost again on the way there',
      ...row(failback({ phase: 'returning' }), 'holds: the failback of epoch 2 ends as superseded: K1 is lost'),
    ],
    [
      'the way home has told nobody yet',
      ...row(
        failback({ phase: 'refuge' }),
        'handled: epoch 2 of clients-k1 (failback, asked by assess at 2026-11-22T09:59:59Z, phase refuge) is owned by two',
      ),
    ],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G4')).toBe(sentence);
  });
});

describe('PHASE', () => {
  test.each([
    ['from home', ...row(outage(), 'holds: clients-k1 is in phase "home", from where a failover may start')],
    [
      'a rule, away already',
      ...row(
        inState({ phase: 'refuge' }),
        'handled: clients-k1 is in phase "refuge"; a failover starts from home or returning or leaving',
      ),
    ],
    [
      'a person, away already',
      ...row(
        inState({ phase: 'refuge' }, { request: byPerson() }),
        'refuse: clients-k1 is in phase "refuge"; a failover starts from home or returning or leaving',
      ),
    ],
    [
      'after the claim the set is judged by where it was claimed',
      ...row(
        inState({ phase: 'draining', epoch: 1, open: ours }, { stance: 'after-claim' }),
        'holds: clients-k1 is in phase "home", from where a failover may start',
      ),
    ],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'PHASE')).toBe(sentence);
  });
});

describe('BUILT', () => {
  test.each([
    ['failover', ...row(outage(), 'holds: failover is built')],
    ['failback', ...row(recoveryFacts(), 'holds: failback is built')],
    ['switchover', ...row(outage({ request: byPerson({ move: 'switchover' }) }), 'holds: switchover is built')],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'BUILT')).toBe(sentence);
  });

  test('a failback without the refuge is built', () => {
    expect(told(recoveryFacts({ request: byPerson({ move: 'failback', refugeLost: true }) }), 'BUILT')).toBe(
      'holds: failback is built',
    );
  });

  test('only a failback goes without the refuge', () => {
    expect(told(outage({ request: byPerson({ refugeLost: true }) }), 'BUILT')).toBe(
      'refuse: refugeLost goes with a failback only, this is a failover',
    );
  });

  test('a refuge that is lost and a home that was rebuilt are too much at once', () => {
    const request = byPerson({ move: 'failback', refugeLost: true, rebuiltHome: true });
    expect(told(recoveryFacts({ request }), 'BUILT')).toContain(
      'refuse: refugeLost and rebuiltHome do not go together',
    );
  });

  test('a failback to a rebuilt home is built', () => {
    expect(told(recoveryFacts({ request: byPerson({ move: 'failback', rebuiltHome: true }) }), 'BUILT')).toBe(
      'holds: failback is built',
    );
  });

  test('only a failback goes to a rebuilt home', () => {
    expect(told(outage({ request: byPerson({ rebuiltHome: true }) }), 'BUILT')).toBe(
      'refuse: rebuiltHome goes with a failback only, this is a failover',
    );
  });
});

describe('G7', () => {
  const pause = { owner: 'ada', reason: 'works', untilMs: TEN_O_CLOCK + 60_000, setAtMs: 0 };
  test.each([
    ['nobody has paused', ...row(outage(), 'holds: not paused')],
    [
      'the set and the pair are paused: both are named',
      ...row(
        inState({ pause }, { pauses: [{ ...pause, owner: 'ben', scope: { kind: 'pair' } }] }),
        'refuse: client set "clients-k1" is paused by ada until 2026-11-22T10:01:00Z: works; the pair is paused by ben until 2026-11-22T10:01:00Z: works',
      ),
    ],
    [
      'every pair is paused',
      ...row(
        outage({ pauses: [{ ...pause, scope: { kind: 'all' } }], abovePairs: { kind: 'read' } }),
        'refuse: every pair is paused by ada until 2026-11-22T10:01:00Z: works',
      ),
    ],
    ['a person asks', ...row(inState({ pause }, { request: byPerson() }), undefined)],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G7')).toBe(sentence);
  });
});

describe('G7-known', () => {
  const silent = { abovePairs: { kind: 'unknown', because: 'no answer' } } as const;
  const refused = 'refuse: whether every pair is paused is not known, which counts as a pause: no answer';
  test.each([
    ['no table is above the pairs', ...row(outage(), undefined)],
    ['it was read', ...row(outage({ abovePairs: { kind: 'read' } }), 'holds: the table above the pairs was read')],
    ['it does not answer', ...row(outage(silent), refused)],
    ['it does not answer, after the claim', ...row(afterClaim(ours, silent), refused)],
    ['a person asks meanwhile', ...row(outage({ ...silent, request: byPerson() }), undefined)],
    [
      'a person has approved meanwhile',
      ...row(outage({ ...silent, request: requestOfRule({ approvedBy: 'ada' }) }), undefined),
    ],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G7-known')).toBe(sentence);
  });

  test('is nothing that people chose: readiness says that it blocks', () => {
    expect(isChosen({ id: 'G7-known' })).toBe(false);
  });
});

describe('G10', () => {
  const nothing = 'everything is judged, nothing is written to clients';
  test.each([
    ['mode automatic', ...row(outage(), 'holds: mode is "automatic"')],
    ['mode approve', ...row(inState({ mode: 'approve' }), 'holds: mode is "approve"')],
    [
      'mode observe',
      ...row(inState({ mode: 'observe', modeSetBy: 'ada' }), `refuse: mode is "observe" (set by ada): ${nothing}`),
    ],
    ['mode off', ...row(inState({ mode: 'off' }), `refuse: mode is "off" (set by configuration): ${nothing}`)],
    [
      'only people start the way home',
      ...row(homeBy('manual'), 'refuse: failback of this set is "manual": only a person starts it'),
    ],
    [
      'that says nothing about failovers',
      ...row({ ...outage(), place: { ...outage().place, failback: 'manual' } }, 'holds: mode is "automatic"'),
    ],
    ['a rule starts the way home', ...row(homeBy('approve'), 'holds: mode is "automatic"')],
    ['a person asks', ...row(inState({ mode: 'off' }, { request: byPerson() }), undefined)],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G10')).toBe(sentence);
  });
});

describe('G10-rejected', () => {
  const asking = (incidentId: string | undefined, changes: Partial<MoveFacts> = {}) =>
    inState(REJECTED, { request: requestOfRule(incidentId === undefined ? {} : { incidentId }), ...changes });
  test.each([
    ['nobody has', ...row(outage(), 'holds: nobody has given it up')],
    ['for this incident', ...row(asking('one'), 'refuse: given up by ada at 2026-11-22T09:59:00Z for incident one')],
    ['for another one', ...row(asking('two'), 'holds: nobody has given it up')],
    ['an alarm names no incident', ...row(asking(undefined), 'holds: nobody has given it up')],
    ['the claim stands', ...row(asking('one', { stance: 'after-claim' }), undefined)],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G10-rejected')).toBe(sentence);
  });
});

describe('G10-approval', () => {
  test.each([
    ['mode automatic', ...row(outage(), 'holds: mode is "automatic": no approval needed')],
    ['mode approve', ...row(inState({ mode: 'approve' }), 'ask: mode is "approve": a person approves')],
    ['an alarm that may start', ...row(alarm('automatic'), 'holds: mode is "automatic": no approval needed')],
    [
      'an alarm that may only ask',
      ...row(alarm('approval'), 'ask: alarm "k1-down" may only ask, so a person approves'),
    ],
    ['the way home, by approval', ...row(homeBy('approve'), 'ask: failback of this set asks for an approval')],
    ['the way home, automatic', ...row(homeBy('automatic'), 'holds: mode is "automatic": no approval needed')],
    [
      'the way home, automatic in mode approve',
      ...row(homeBy('automatic', 'approve'), 'ask: mode is "approve": a person approves'),
    ],
    [
      'that the way home is by approval says nothing about failovers',
      ...row(
        { ...outage(), place: { ...outage().place, failback: 'approve' } },
        'holds: mode is "automatic": no approval needed',
      ),
    ],
    ['a person has approved', ...row(outage({ request: requestOfRule({ approvedBy: 'ada' }) }), undefined)],
  ])('%s', (_story, facts, sentence) => {
    expect(told(facts, 'G10-approval')).toBe(sentence);
  });
});

test('a rule ends a way home for a confirmed outage only, a person whenever asked', () => {
  const doubtful = (request = requestOfRule()) =>
    withVerdicts(failback({ phase: 'returning' }, request), { home: 'SUSPECTED_DOWN' });
  expect([told(doubtful(), 'G4')?.split(':')[0], told(doubtful(byPerson()), 'G4')?.split(':')[0]]).toEqual([
    'handled',
    'holds',
  ]);
});
