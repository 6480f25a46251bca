/** A stored decision, decided again from its own inputs. */
import { describe, expect, test } from '@jest/globals';
import type { Decision } from '../../../core/contracts/tables.ts';
import { decideMove } from '../../../core/move/decide.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { replay } from '../../../core/move/replay.ts';
import { decideRefresh, type RefreshFacts } from '../../../core/routing/refresh.ts';
import { decision } from '../../contracts/support/records.ts';
import { outageFacts, requestOfRule, withVerdicts } from '../../support/builders/judgement.ts';
import { pairConfig, routingOf, stateOf } from '../../support/builders/pair.ts';

/** As claim-move stores it, through JSON as the table does. */
const stored = (facts: MoveFacts, changes: Partial<Decision> = {}): Decision => {
  const { kind, sentence, reasons, guards } = decideMove(facts);
  const whole = decision('d', facts.nowMs, {
    kind,
    sentence,
    reasons: [...reasons],
    guards: guards.map(({ id, holds, skipped, sentence: said }) => ({ id, holds: holds || skipped, sentence: said })),
    inputs: facts,
    ...changes,
  });
  return JSON.parse(JSON.stringify(whole)) as Decision;
};
const moving = outageFacts();
const refused = withVerdicts(outageFacts(), { home: 'HEALTHY' });
/** K1 was seen well, the record says it moved. */
const altered = (facts: MoveFacts) => stored(moving, { inputs: facts });

test.each<readonly [string, MoveFacts]>([
  ['a claim', moving],
  ['a refusal', refused],
  ['a start by an alarm', outageFacts({ request: requestOfRule({ trigger: 'alarm', approvedBy: 'ada' }) })],
])('%s is decided the same again', (_story, facts) => {
  expect(replay(stored(facts))).toEqual({ kind: 'same' });
});

describe('a record of what was done, over the decision that it was done on', () => {
  test.each<readonly [string, MoveFacts, 'same' | 'differs']>([
    ['confirmed', moving, 'same'],
    ['confirmed', refused, 'differs'],
    ['approved', moving, 'same'],
    ['approved', refused, 'differs'],
    ['aborted', refused, 'same'],
    ['aborted', moving, 'differs'],
    ['dry-run', moving, 'same'],
    ['dry-run', refused, 'same'],
    ['claim', refused, 'differs'],
  ])('"%s" (%#)', (kind, facts, result) => {
    expect(replay(stored(facts, { kind })).kind).toBe(result);
  });
});

describe('what differs is told', () => {
  test('another decision', () => {
    expect(replay(altered(refused))).toEqual({
      kind: 'differs',
      because: 'stored as "claim", decided again it is "refused"',
    });
  });

  test('another sentence', () => {
    const { sentence } = decideMove(moving);
    expect(replay(stored(moving, { sentence: 'because I say so' }))).toEqual({
      kind: 'differs',
      because: `stored: because I say so; decided again: ${sentence}`,
    });
  });

  test('a guard that says something else', () => {
    const guards = [
      { id: 'G1', holds: true, sentence: 'K1 is gone' },
      { id: 'G4', holds: true, sentence: 'all mine' },
    ];
    const again = decideMove(moving).guards.map(({ id, sentence }) => `${id}: ${sentence}`);
    expect(replay(stored(moving, { guards }))).toEqual({
      kind: 'differs',
      because: `guards stored: G1: K1 is gone; G4: all mine; decided again: ${again.join('; ')}`,
    });
  });
});

test.each<readonly [string, unknown]>([
  ['nothing', null],
  ['a word', 'stance'],
  ['the command of a person', { command: 'pause' }],
  ['not even a value', undefined],
])('inputs that are %s were judged by no guard', (_story, inputs) => {
  expect(replay(decision('d', 1, { inputs }))).toEqual({ kind: 'not-judged' });
});

describe('a record of a release that knew less', () => {
  const without = (facts: MoveFacts, ...keys: readonly string[]): MoveFacts =>
    Object.fromEntries(Object.entries(facts).filter(([key]) => !keys.includes(key))) as unknown as MoveFacts;

  test.each(['loss', 'pauses', 'moving', 'rehearsedAtMs', 'scratch', 'veto'])(
    'facts without "%s" are decided as if nobody had looked at it',
    (key) => {
      expect(replay(stored(moving, { inputs: without(moving, key) }))).toEqual({ kind: 'same' });
    },
  );

  test.each([
    ['rules', 'setsAtOnce'],
    ['rules', 'rehearsalMs'],
    ['place', 'rpo'],
    ['request', 'acceptDataLoss'],
  ] as const)('%s without "%s" are decided as if nothing was limited or accepted', (part, key) => {
    const older = { ...moving, [part]: without(moving[part] as unknown as MoveFacts, key) };
    expect(replay(stored(moving, { inputs: older }))).toEqual({ kind: 'same' });
  });

  test('what it did know counts', () => {
    const vetoed = outageFacts({ veto: { kind: 'vetoed', sentence: 'no' } });
    const limited = { ...moving, place: { ...moving.place, rpo: { records: 0 } } };
    const accepting = requestOfRule({ trigger: 'manual', acceptDataLoss: true });
    expect([vetoed, limited, { ...limited, request: accepting }].map((facts) => replay(stored(facts)).kind)).toEqual([
      'same',
      'same',
      'same',
    ]);
  });
});

describe('a refresh', () => {
  const facts: RefreshFacts = {
    clientSet: 'clients-k1',
    home: 'K1',
    refuge: 'K2',
    state: null,
    wanted: null,
    readings: [],
    paused: [],
    atHome: [],
    firstStart: false,
  };
  const { sentence } = decideRefresh(facts);
  const recorded = (changes: Partial<Decision> = {}) =>
    decision('d', 0, { kind: 'refresh-refused', sentence, inputs: { refresh: facts }, ...changes });
  test('is decided the same again', () => expect(replay(recorded())).toEqual({ kind: 'same' }));
  test('that was refused when made again is told', () =>
    expect(replay(recorded({ kind: 'refresh' }))).toEqual({
      kind: 'differs',
      because: 'stored as "refresh", decided again it is "refresh-refused"',
    }));
  test('with another sentence is told', () =>
    expect(replay(recorded({ sentence: 'so' }))).toEqual({
      kind: 'differs',
      because: `stored: so; decided again: ${sentence}`,
    }));
  test('that went is decided the same again', () => {
    const config = pairConfig();
    const routing = routingOf(config, { phase: 'home' });
    const wanted = { ...routing, revision: routing.revision + 1, pollSeconds: routing.pollSeconds + 1 };
    const gone = { ...facts, state: stateOf(config, { routing }), wanted };
    const made = decideRefresh(gone);
    expect(made.kind).toBe('refresh');
    expect(replay(recorded({ ...made, inputs: { refresh: gone } }))).toEqual({ kind: 'same' });
  });
});
