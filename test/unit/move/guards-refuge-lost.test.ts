import { describe, expect, test } from '@jest/globals';
import { decideMove } from '../../../core/move/decide.ts';
import type { MoveFacts, WithoutRefuge } from '../../../core/move/facts.ts';
import {
  byPerson,
  inTheWay,
  recoveryFacts,
  requestOfRule,
  told,
  withVerdicts,
} from '../../support/builders/judgement.ts';
import { claimOf, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const COPY: WithoutRefuge = {
  isOriginal: false,
  copiedAtMs: TEN_O_CLOCK - 42_000,
  positions: 2,
  sampledAtMs: TEN_O_CLOCK - 50_000,
  ordering: 'availability',
  readsHomeRegion: true,
  hasRemoteNames: false,
};

/** K1 is back, K2 is confirmed down, the set lives there, a person asks for the way home without it. */
const lost = (changes: Partial<MoveFacts> = {}, copy: Partial<WithoutRefuge> = {}): MoveFacts =>
  withVerdicts(
    recoveryFacts({
      request: byPerson({ move: 'failback', refugeLost: true }),
      found: null,
      withoutRefuge: { ...COPY, ...copy },
      ...changes,
    }),
    { refuge: 'CONFIRMED_DOWN', outbound: 'UNKNOWN', inbound: 'REPLICATION_DOWN' },
  );
const approved = byPerson({ move: 'failback', refugeLost: true, approvedBy: 'grace' });

test('only the approval is in the way of a person, in whatever mode', () => {
  for (const mode of ['off', 'observe', 'approve', 'automatic'] as const)
    expect(inTheWay(lost({ state: { ...lost().state, mode } }))).toEqual(['RL-approval']);
});

test('it is asked for as an epoch far above any that the controller at the refuge can have used', () => {
  const { kind, sentence } = decideMove(lost());
  expect([kind, sentence]).toEqual(['ask', expect.stringContaining('waits for the approval of a person')]);
  expect(decideMove(lost({ request: approved })).sentence).toContain(
    'failback of clients-k1 from K2 to K1 as epoch 1001',
  );
});

test('who has approved is told', () => {
  expect(told(lost({ request: approved }), 'RL-approval')).toBe('holds: approved by grace');
  expect(inTheWay(lost({ request: approved }))).toEqual([]);
});

test('what is processed again is said where a person is asked, and where one has approved', () => {
  const repeats = { kind: 'unbounded', because: ['nobody has looked'] } as const;
  const cost = 'how many records are processed again cannot be bounded: nobody has looked';
  expect(decideMove(lost({}, { repeats })).sentence).toContain(
    `going home without the refuge asks for an approval in every mode; ${cost}`,
  );
  expect(told(lost({ request: approved }, { repeats }), 'RL-approval')).toBe(`holds: approved by grace; ${cost}`);
});

test('where order per key is promised, what of it holds is said as well', () =>
  expect(decideMove(lost({}, { ordering: 'per-key' })).sentence).toContain(
    'asks for an approval in every mode; ordering is "per-key": producers wait at home until what the refuge had copied is read there, and what it never copied arrives behind what is written then',
  ));

test('both are said, one after the other', () => {
  const repeats = { kind: 'unbounded', because: ['nobody has looked'] } as const;
  expect(told(lost({ request: approved }, { repeats, ordering: 'per-key' }), 'RL-approval')).toBe(
    'holds: approved by grace; how many records are processed again cannot be bounded: nobody has looked; ordering is "per-key": producers wait at home until what the refuge had copied is read there, and what it never copied arrives behind what is written then',
  );
});

describe('it is refused', () => {
  test.each([
    ['to a rule', lost({ request: requestOfRule({ move: 'failback', refugeLost: true }) }), 'RL-person'],
    ['without positions', lost({}, { positions: 0 }), 'RL-copy'],
    ['where clients do not read the region of home', lost({}, { readsHomeRegion: false }), 'RL-told'],
    ['where remote topics have names of their own', lost({}, { hasRemoteNames: true }), 'RL-told'],
    ['from home', lost({ state: stateOf(pairConfig()) }), 'PHASE'],
    ['to a home that is not healthy', withVerdicts(lost(), { home: 'RECOVERING' }), 'FB-healthy'],
  ])('%s', (_story, facts, id) => {
    expect(inTheWay(facts)).toContain(id);
    expect(decideMove(facts).kind).toBe('refused');
  });

  test.each(['HEALTHY', 'SUSPECTED_DOWN', 'UNKNOWN', 'UNREACHABLE_FROM_PROBERS', 'BOTH_DOWN', 'PARTIAL_OUTAGE'])(
    'while the refuge is %s',
    (refuge) => expect(told(withVerdicts(lost(), { refuge }), 'RL-lost')).toBe(`refuse: cluster:K2 is ${refuge}`),
  );
});

test('an outage that too few vantages confirm is enough, because a person approves', () => {
  const facts = withVerdicts(lost(), { refuge: 'CONFIRMED_DOWN_UNCORROBORATED' });
  expect(inTheWay(facts)).toEqual(['RL-approval']);
});

describe('the age of what it works from is told', () => {
  test.each([
    [
      {},
      'state and positions were copied at 2026-11-22T09:59:18Z, 42 s ago (2 records); positions at K2 were sampled at',
    ],
    [{ copiedAtMs: null }, 'when state and positions were copied is not known'],
    [{ isOriginal: true }, 'state and positions are the original ones, of one region'],
    [{ sampledAtMs: null }, 'positions at K2 were never sampled in this stay'],
  ])('%j', (copy, sentence) => expect(told(lost({}, copy), 'RL-copy')).toContain(sentence));
});

test.each(['refuge', 'returning', 'draining'] as const)('it starts from phase %s', (phase) => {
  expect(told(lost({ state: { ...lost().state, phase } }), 'PHASE')).toMatch(/^holds: /);
});

test('what leads from there or to there ends: it cannot go on', () => {
  const open = claimOf({ epoch: 1, move: 'failover', published: true });
  expect(told(lost({ state: { ...lost().state, phase: 'draining', open } }), 'G4')).toBe(
    'holds: the failover of epoch 1 ends as superseded: K2 is lost',
  );
});

test('one that is under way already does not', () => {
  const input = { ...claimOf().input, refugeLost: true };
  const open = claimOf({ epoch: 1_001, move: 'failback', approval: 'given', input });
  expect(inTheWay(lost({ state: { ...lost().state, open } }))).toContain('G4');
});

describe('what a guard says', () => {
  test.each([
    ['RL-person', {}, 'holds: ada asks for it'],
    ['RL-told', {}, 'holds: clients of clients-k1 read the region of K1'],
    [
      'RL-told',
      { readsHomeRegion: false },
      'refuse: clients of clients-k1 do not read the region of K1, which would tell them',
    ],
    [
      'RL-told',
      { hasRemoteNames: true },
      'refuse: clients-k1 has remoteNames: how its topics at K2 are called at K1 is not known',
    ],
    ['RL-copy', { positions: 0 }, 'refuse: no positions of clients-k1 are stored in the region of K1'],
    [
      'RL-copy',
      { isOriginal: true },
      'holds: state and positions are the original ones, of one region (2 records); positions at K2 were sampled at 2026-11-22T09:59:10Z, 50 s ago: what was processed since is processed again',
    ],
  ] as const)('%s with %j', (id, copy, sentence) => expect(told(lost({}, copy), id)).toBe(sentence));
});

test('a failback with the refuge does not start where the drain is not over', () => {
  const facts = lost({ request: byPerson({ move: 'failback' }), state: { ...lost().state, phase: 'draining' } });
  expect(told(facts, 'PHASE')).toMatch(/^refuse: /);
});

test('that the refuge is lost changes nothing for a failover', () => {
  const facts = lost({ request: byPerson({ move: 'failover', refugeLost: true }), state: stateOf(pairConfig()) });
  expect(told(facts, 'PHASE')).toMatch(/^holds: /);
});
