import { describe, expect, test } from '@jest/globals';
import type { GroupView } from '../../../core/contracts/observations.ts';
import { acknowledgedByAll, clientsBehind, judgeAdoption, type AdoptionFacts } from '../../../core/routing/adoption.ts';
import { judgeOwnership, provesAdoption, type Ownership } from '../../../core/routing/ownership.ts';
import { adoptionOf } from '../../support/builders/pair.ts';

const view = (assigned: Record<string, number[]>, activity: GroupView['activity'] = 'active'): GroupView => ({
  activity,
  members: [{ memberId: 'm', clientId: 'c', assigned }],
});
const look = (group: GroupView, left: string[] = []): Ownership =>
  judgeOwnership({
    groups: new Map([['billing', group]]),
    counts: new Map([['K1.orders', 2]]),
    expected: ['K1.orders'],
    left,
  });

describe('what Kafka shows', () => {
  test('every partition owned proves the adoption', () =>
    expect(provesAdoption(look(view({ 'K1.orders': [0, 1] })))).toBe(true));
  test('a partition nobody owns is named', () =>
    expect(look(view({ 'K1.orders': [1] }))).toMatchObject({ unowned: ['billing: K1.orders-0'] }));
  test('a partition that should have been left is named', () => {
    const seen = look(view({ 'K1.orders': [0, 1], 'K1.old': [2] }), ['K1.old']);
    expect(seen).toMatchObject({ unowned: [], stillRead: ['billing: K1.old-2'] });
    expect(provesAdoption(seen)).toBe(false);
  });
  test('a topic that does not exist is not read by anybody', () =>
    expect(
      judgeOwnership({
        groups: new Map([['billing', view({})]]),
        counts: new Map(),
        expected: ['K1.orders'],
        left: [],
      }),
    ).toMatchObject({
      unowned: ['billing: K1.orders (does not exist)'],
    }));
  test('a group that could not be described is unknown, not empty', () =>
    expect(look(view({}, 'unknown')).kind).toBe('unknown'));
  test('a group whose members cannot be read is neither proof nor a hole', () => {
    const seen = look(view({}, 'active-unreadable'));
    expect(seen).toMatchObject({ unowned: [], unreadable: ['billing'] });
    expect(provesAdoption(seen)).toBe(false);
  });
});

const CLAIMED = 1_000_000;
const UNKNOWN: Ownership = { kind: 'unknown', because: 'K2 timed out' };
const OWNED: Ownership = { kind: 'seen', unowned: [], stillRead: [], unreadable: [] };
const UNOWNED: Ownership = { kind: 'seen', unowned: ['billing: K1.orders-0'], stillRead: [], unreadable: [] };
const producer = (id: string, revision: number, atMs = CLAIMED) => adoptionOf('producer', id, { revision, atMs });
const consumer = (id: string, revision: number, changes: object = {}) =>
  adoptionOf('consumer', id, { revision, atMs: CLAIMED, ...changes });
const facts = (changes: Partial<AdoptionFacts>): AdoptionFacts => ({
  revision: 2,
  phase: 'draining',
  target: 'everyone',
  clients: [producer('p1', 2), consumer('c1', 2)],
  claimedAtMs: CLAIMED,
  nowMs: CLAIMED + 10_000,
  windowStartMs: CLAIMED,
  rules: { adoptionSeconds: 180, clientSilentSeconds: 120 },
  ownership: UNKNOWN,
  homeStandsStill: false,
  ...changes,
});
const late = { nowMs: CLAIMED + 180_000 };

test.each<readonly [string, Partial<AdoptionFacts>, string]>([
  ['all acknowledged', {}, 'adopted'],
  ['a later revision counts as well', { clients: [producer('p1', 3), consumer('c1', 9)] }, 'adopted'],
  ['a producer is behind', { clients: [producer('p1', 1), consumer('c1', 2)] }, 'waiting'],
  ['a consumer is behind', { clients: [producer('p1', 2), consumer('c1', 1)] }, 'waiting'],
  ['a consumer refuses to start', { clients: [producer('p1', 2), consumer('c1', 2, { active: false })] }, 'waiting'],
  [
    'a producer that holds is not active and has moved',
    { clients: [{ ...producer('p1', 2), active: false }, consumer('c1', 2)] },
    'adopted',
  ],
  [
    'a consumer is behind, and every partition has an owner',
    { clients: [producer('p1', 2), consumer('c1', 1)], ownership: OWNED },
    'adopted',
  ],
  [
    'no consumer was heard of, and every partition has an owner',
    { clients: [producer('p1', 2)], ownership: OWNED },
    'adopted',
  ],
  [
    'no consumer was heard of, and a partition has none',
    { clients: [producer('p1', 2)], ownership: UNOWNED },
    'waiting',
  ],
  [
    'ownership proves nothing about producers',
    { clients: [producer('p1', 1), consumer('c1', 2)], ownership: OWNED },
    'waiting',
  ],
  [
    'a client silent for longer than the limit before the claim is not expected',
    { clients: [producer('p1', 2), producer('old', 1, CLAIMED - 120_001), consumer('c1', 2)] },
    'adopted',
  ],
  [
    'a client heard of exactly at the limit is expected',
    { clients: [producer('p1', 2), producer('old', 1, CLAIMED - 120_000), consumer('c1', 2)] },
    'waiting',
  ],
  [
    'a client that was stopped in order is not expected',
    { clients: [producer('p1', 2), { ...producer('old', 1), left: true }, consumer('c1', 2)] },
    'adopted',
  ],
  [
    'when every consumer was stopped in order, acknowledgements prove nothing',
    { clients: [producer('p1', 2), { ...consumer('c1', 2), left: true }] },
    'waiting',
  ],
  [
    'a publish for consumers does not wait for producers',
    { target: 'consumers', clients: [producer('p1', 1), consumer('c1', 2)] },
    'adopted',
  ],
  [
    'a publish for producers does not wait for consumers',
    { target: 'producers', clients: [producer('p1', 2), consumer('c1', 1)] },
    'adopted',
  ],
  [
    "home's log ends stand still: nobody writes there",
    { clients: [producer('p1', 1), consumer('c1', 2)], homeStandsStill: true },
    'adopted',
  ],
  [
    "home's log ends stand still, and a switchover waits for the producer's own word",
    { phase: 'leaving', target: 'producers', clients: [producer('p1', 1)], homeStandsStill: true },
    'waiting',
  ],
  [
    'a producer has not left by the deadline of a switchover: nobody is left behind',
    { phase: 'leaving', target: 'producers', clients: [producer('p1', 1)], homeStandsStill: true, ...late },
    'held',
  ],
  [
    'one moment before the deadline',
    { clients: [producer('p1', 1), consumer('c1', 2)], nowMs: CLAIMED + 179_999 },
    'waiting',
  ],
  ['at the deadline the producer is named', { clients: [producer('p1', 1), consumer('c1', 2)], ...late }, 'stragglers'],
  [
    'at the deadline a consumer is behind, and a remote partition has no owner',
    { clients: [consumer('c1', 1)], ownership: UNOWNED, ...late },
    'held',
  ],
  [
    'at the deadline a consumer is behind, and nobody can look',
    { clients: [consumer('c1', 1)], ownership: UNKNOWN, ...late },
    'held',
  ],
  [
    'at the deadline of a later phase nobody is held for a partition',
    { phase: 'refuge', clients: [consumer('c1', 1)], ownership: UNOWNED, ...late },
    'stragglers',
  ],
  [
    'at the deadline a producer is behind, and consumers have all acknowledged',
    { clients: [producer('p1', 1), consumer('c1', 2)], ownership: UNOWNED, ...late },
    'stragglers',
  ],
  [
    'declared plain readers are waited for',
    { rules: { adoptionSeconds: 180, clientSilentSeconds: 120, assumeProducersAfterSeconds: 30 } },
    'waiting',
  ],
  [
    'declared plain readers are assumed after their time',
    { rules: { adoptionSeconds: 180, clientSilentSeconds: 120, assumeProducersAfterSeconds: 10 } },
    'adopted',
  ],
])('%s', (_story, changes, kind) => expect(judgeAdoption(facts(changes)).kind).toBe(kind));

test('stragglers are named with what they obey', () =>
  expect(judgeAdoption(facts({ clients: [producer('p1', 1), consumer('c1', 2)], ...late })).reasons).toEqual([
    'producer p1 (revision 1)',
  ]));
test('a consumer that refuses to start is named with its reason', () =>
  expect(
    judgeAdoption(facts({ clients: [consumer('c1', 2, { active: false, note: 'no committed position' })] })).reasons,
  ).toEqual(['consumer c1 (revision 2, not active: no committed position)']));
test('a hold names the partitions nobody reads', () =>
  expect(judgeAdoption(facts({ clients: [consumer('c1', 1)], ownership: UNOWNED, ...late })).reasons).toEqual([
    'billing: K1.orders-0',
  ]));

test('acknowledgements alone are enough when somebody was expected and all answered', () =>
  expect(acknowledgedByAll(facts({}))).toBe(true));
test('no consumer ever heard of is not an acknowledgement', () =>
  expect(acknowledgedByAll(facts({ clients: [producer('p1', 2)] }))).toBe(false));
test('without producers, consumers alone are enough', () =>
  expect(acknowledgedByAll(facts({ clients: [consumer('c1', 2)] }))).toBe(true));

test.each<readonly [string, Parameters<typeof producer>, object, boolean]>([
  ['obeys an older revision', ['p1', 1], {}, true],
  ['obeys this revision', ['p1', 2], {}, false],
  ['obeys a later one', ['p1', 3], {}, false],
  ['obeys an older revision, but was stopped in order', ['p1', 1], { left: true }, false],
  ['obeys an older revision, and was heard of a moment ago', ['p1', 1, CLAIMED - 119_999], {}, true],
  ['obeys an older revision, and is silent for as long as a client may be', ['p1', 1, CLAIMED - 120_000], {}, false],
])('a client that %s is behind revision 2 or not', (_story, heard, changes, behind) => {
  const clients = [{ ...producer(...heard), ...changes }];
  const found = clientsBehind(clients, { revision: 2, nowMs: CLAIMED, clientSilentSeconds: 120 });
  expect(found).toEqual(behind ? clients : []);
});
