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
  test('every group that could not be described is named', () => {
    const groups = new Map(['billing', 'audit'].map((id) => [id, view({}, 'unknown')]));
    expect(judgeOwnership({ groups, counts: new Map(), expected: [], left: [] })).toEqual({
      kind: 'unknown',
      because: 'group billing, audit could not be described',
    });
  });
  test('a topic that everybody has left is not read any more', () =>
    expect(look(view({ 'K1.orders': [0, 1] }), ['K1.old'])).toMatchObject({ stillRead: [] }));
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
const STILL: AdoptionFacts['endsLeft'] = { kind: 'still' };
const GROWING: AdoptionFacts['endsLeft'] = { kind: 'growing', because: 'the topics at K1 grow' };
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
  endsLeft: GROWING,
  homeOnly: [],
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
    { clients: [producer('p1', 1), consumer('c1', 2)], endsLeft: STILL },
    'adopted',
  ],
  [
    "home's log ends stand still, and a switchover waits for the producer's own word",
    { phase: 'leaving', target: 'producers', clients: [producer('p1', 1)], endsLeft: STILL },
    'waiting',
  ],
  [
    'a producer has not left by the deadline of a switchover: nobody is left behind',
    { phase: 'leaving', target: 'producers', clients: [producer('p1', 1)], endsLeft: STILL, ...late },
    'held',
  ],
  [
    'one moment before the deadline',
    { clients: [producer('p1', 1), consumer('c1', 2)], nowMs: CLAIMED + 179_999 },
    'waiting',
  ],
  ['at the deadline the producer is named', { clients: [producer('p1', 1), consumer('c1', 2)], ...late }, 'stragglers'],
  [
    'at the deadline of a failover the producer is named too where a group is home-only: what it writes at home is the tail',
    { clients: [producer('p1', 1), consumer('c1', 2)], homeOnly: ['billing'], ...late },
    'stragglers',
  ],
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
    "home's log ends stand still, and nobody visible is missing: declared plain readers have their time all the same",
    {
      rules: { adoptionSeconds: 180, clientSilentSeconds: 120, assumeProducersAfterSeconds: 30 },
      endsLeft: STILL,
    },
    'waiting',
  ],
  [
    'a producer that was heard of is not assumed with the declared ones',
    {
      clients: [producer('p1', 1), consumer('c1', 2)],
      rules: { adoptionSeconds: 180, clientSilentSeconds: 120, assumeProducersAfterSeconds: 10 },
    },
    'waiting',
  ],
  ['no producer was heard of, and home grows', { clients: [consumer('c1', 2)] }, 'waiting'],
  ['no producer was heard of, and home stands still', { clients: [consumer('c1', 2)], endsLeft: STILL }, 'adopted'],
  [
    'no producer was heard of, and a later phase sends none to another cluster',
    { phase: 'refuge', clients: [consumer('c1', 2)] },
    'adopted',
  ],
  [
    'no producer was heard of, and home is where all are told to be',
    { phase: 'home', clients: [consumer('c1', 2)] },
    'adopted',
  ],
  [
    'no producer was heard of in a switchover, and home stands still',
    { phase: 'leaving', target: 'producers', clients: [], endsLeft: STILL },
    'adopted',
  ],
  [
    'no producer was heard of by the deadline of a switchover: nobody is left behind',
    { phase: 'leaving', target: 'producers', clients: [], ...late },
    'held',
  ],
  [
    'a producer that was heard of pauses at the refuge on the way home: only its own word counts',
    { phase: 'returning', target: 'producers', clients: [producer('p1', 1)], endsLeft: STILL },
    'waiting',
  ],
  [
    'a producer stays at the refuge, where members of the group stay as well',
    { phase: 'returning', target: 'producers', clients: [producer('p1', 1)], ...late },
    'stragglers',
  ],
  [
    'a producer stays at the refuge, where nobody of a home-only group will be',
    { phase: 'returning', target: 'producers', clients: [producer('p1', 1)], homeOnly: ['billing'], ...late },
    'held',
  ],
  [
    'a consumer stays at the refuge',
    { phase: 'returning', target: 'consumers', clients: [consumer('c1', 1)], homeOnly: ['billing'], ...late },
    'stragglers',
  ],
  [
    'declared plain readers are assumed after their time',
    { rules: { adoptionSeconds: 180, clientSilentSeconds: 120, assumeProducersAfterSeconds: 10 } },
    'adopted',
  ],
])('%s', (_story, changes, kind) => expect(judgeAdoption(facts(changes)).kind).toBe(kind));

const behind = [producer('p1', 1), producer('p2', 1), consumer('c1', 1)];
const twoUnowned: Ownership = { ...UNOWNED, unowned: ['billing: K1.orders-0', 'billing: K1.orders-1'] };
test.each<readonly [string, Partial<AdoptionFacts>, string]>([
  [
    'adopted',
    { clients: [producer('p1', 2), producer('p2', 2), consumer('c1', 2)] },
    'revision 2 (draining) is adopted by 2 producer(s) and 1 consumer(s)',
  ],
  ['adopted by consumers', { target: 'consumers' }, 'revision 2 (draining) is adopted by 1 consumer(s)'],
  ['adopted by producers', { target: 'producers' }, 'revision 2 (draining) is adopted by 1 producer(s)'],
  [
    'adopted, as far as it can be seen of declared plain readers',
    { rules: { adoptionSeconds: 180, clientSilentSeconds: 120, assumeProducersAfterSeconds: 10 } },
    'revision 2 (draining) is adopted by 1 producer(s), others assumed after 10 s and 1 consumer(s)',
  ],
  [
    'adopted by producers nobody heard of',
    { clients: [consumer('c1', 2)], endsLeft: STILL },
    'revision 2 (draining) is adopted by producers nobody heard of (nothing was written for 120 s where they leave) and 1 consumer(s)',
  ],
  [
    'adopted where no producer is to go',
    { phase: 'refuge', clients: [consumer('c1', 2)] },
    'revision 2 (refuge) is adopted by no producer that was heard of and 1 consumer(s)',
  ],
  [
    'held on the way home',
    { phase: 'returning', target: 'producers', clients: behind, homeOnly: ['audit', 'billing'], ...late },
    'revision 2 (returning) is still not adopted by producer p1 (revision 1); producer p2 (revision 1) after 180 s, and what they write at the refuge is read by nobody once audit, billing (home-only) has left it: have them move or stop them, then resume',
  ],
  [
    'waited for',
    { clients: behind },
    'revision 2 (draining) is not yet adopted by producer p1 (revision 1); producer p2 (revision 1); consumer c1 (revision 1)',
  ],
  [
    'held in a switchover',
    { phase: 'leaving', target: 'producers', clients: behind, ...late },
    'revision 2 (leaving) is still not adopted by producer p1 (revision 1); producer p2 (revision 1) after 180 s, and a switchover leaves nobody behind: have them move or stop them, then resume',
  ],
  [
    'held for want of readers',
    { clients: behind, ownership: twoUnowned, ...late },
    'nobody reads billing: K1.orders-0, billing: K1.orders-1 after 180 s: start the consumers of this set, then resume',
  ],
  [
    'held at home for want of readers of what the refuge had copied',
    { phase: 'recovering', clients: behind, ownership: twoUnowned, ...late },
    'nobody reads billing: K1.orders-0, billing: K1.orders-1 after 180 s: start the consumers of this set, then resume',
  ],
  [
    'left to its stragglers',
    { phase: 'refuge', clients: behind.slice(1), ...late },
    'revision 2 (refuge) is still not adopted by producer p2 (revision 1); consumer c1 (revision 1) after 180 s; the move goes on without them',
  ],
])('a value that is %s is told so', (_story, changes, sentence) =>
  expect(judgeAdoption(facts(changes)).sentence).toBe(sentence),
);
describe('who has adopted a value', () => {
  const rules = { adoptionSeconds: 180, clientSilentSeconds: 120 };
  const alone = { clients: [consumer('c1', 2)] };
  test.each<readonly [string, Partial<AdoptionFacts>, string]>([
    ['those that were heard of', {}, '1 producer(s) and 1 consumer(s)'],
    [
      'those that were heard of, and those that are declared',
      { rules: { ...rules, assumeProducersAfterSeconds: 10 } },
      '1 producer(s), others assumed after 10 s and 1 consumer(s)',
    ],
    [
      'declared ones only',
      { ...alone, rules: { ...rules, assumeProducersAfterSeconds: 10 } },
      '0 producer(s), others assumed after 10 s and 1 consumer(s)',
    ],
    [
      'nobody heard of, and what they leave stands still',
      { ...alone, endsLeft: STILL },
      'producers nobody heard of (nothing was written for 120 s where they leave) and 1 consumer(s)',
    ],
    [
      'nobody heard of, where this publish sends no producer anywhere',
      { ...alone, phase: 'home' },
      'no producer that was heard of and 1 consumer(s)',
    ],
  ])('%s', (_story, changes, who) =>
    expect(judgeAdoption(facts(changes)).sentence).toBe(
      `revision 2 (${changes.phase ?? 'draining'}) is adopted by ${who}`,
    ),
  );
});

test('on the way home groups that nobody stays in hold the move, named with the producers that are missing', () =>
  expect(
    judgeAdoption(
      facts({
        phase: 'returning',
        target: 'producers',
        clients: [producer('p1', 1), producer('p2', 1)],
        homeOnly: ['audit', 'cards'],
        ...late,
      }),
    ),
  ).toEqual({
    kind: 'held',
    sentence:
      'revision 2 (returning) is still not adopted by producer p1 (revision 1); producer p2 (revision 1) after 180 s, and what they write at the refuge is read by nobody once audit, cards (home-only) has left it: have them move or stop them, then resume',
    reasons: ['producer p1 (revision 1)', 'producer p2 (revision 1)'],
  }));
test('on the way out such groups hold nothing up', () =>
  expect(
    judgeAdoption(facts({ clients: [producer('p1', 1), consumer('c1', 2)], homeOnly: ['audit'], ...late })).kind,
  ).toBe('stragglers'));

test('of a value that is adopted nobody is named', () => expect(judgeAdoption(facts({})).reasons).toEqual([]));
test('declared plain readers are named as what they are', () =>
  expect(
    judgeAdoption(facts({ rules: { adoptionSeconds: 180, clientSilentSeconds: 120, assumeProducersAfterSeconds: 30 } }))
      .reasons,
  ).toEqual(['producers that never acknowledge (assumed moved after 30 s)']));
test('a hold that nobody can look into says why', () =>
  expect(judgeAdoption(facts({ clients: [consumer('c1', 1)], ...late })).reasons).toEqual([
    '(cannot be seen: K2 timed out)',
  ]));
test.each<readonly [string, Ownership, string]>([
  ['nothing', UNKNOWN, 'K2 timed out'],
  ['a hole', UNOWNED, 'nobody reads billing: K1.orders-0'],
  ['somebody left behind', { ...OWNED, stillRead: ['billing: K1.old-2'] }, 'somebody still reads billing: K1.old-2'],
  ['nobody', { ...OWNED, unreadable: ['billing'] }, 'the members of billing cannot be read'],
  [
    'all of it, twice',
    {
      kind: 'seen',
      unowned: ['billing: K1.orders-0', 'billing: K1.orders-1'],
      stillRead: ['billing: K1.old-2', 'billing: K1.old-3'],
      unreadable: ['billing', 'audit'],
    },
    'nobody reads billing: K1.orders-0, billing: K1.orders-1; somebody still reads billing: K1.old-2, billing: K1.old-3; the members of billing, audit cannot be read',
  ],
])('when no consumer was heard of, it is told what Kafka shows: %s', (_story, ownership, shown) =>
  expect(judgeAdoption(facts({ clients: [producer('p1', 2)], ownership })).reasons).toEqual([
    `any consumer: none was heard of, and ${shown}`,
  ]),
);
test('stragglers are named with what they obey', () =>
  expect(judgeAdoption(facts({ clients: [producer('p1', 1), consumer('c1', 2)], ...late })).reasons).toEqual([
    'producer p1 (revision 1)',
  ]));
test('a consumer that refuses to start is named with its reason', () =>
  expect(
    judgeAdoption(
      facts({ target: 'consumers', clients: [consumer('c1', 2, { active: false, note: 'no committed position' })] }),
    ).reasons,
  ).toEqual(['consumer c1 (revision 2, not active: no committed position)']));
test('a consumer that is not active for no stated reason is named so', () =>
  expect(
    judgeAdoption(facts({ target: 'consumers', clients: [consumer('c1', 2, { active: false })] })).reasons,
  ).toEqual(['consumer c1 (revision 2, not active)']));
test('a hold names the partitions nobody reads', () =>
  expect(judgeAdoption(facts({ clients: [consumer('c1', 1)], ownership: UNOWNED, ...late })).reasons).toEqual([
    'billing: K1.orders-0',
  ]));

test('acknowledgements alone are enough when somebody was expected and all answered', () =>
  expect(acknowledgedByAll(facts({}))).toBe(true));
test('no consumer ever heard of is not an acknowledgement', () =>
  expect(acknowledgedByAll(facts({ clients: [producer('p1', 2)] }))).toBe(false));
test.each<readonly [string, Partial<AdoptionFacts>, boolean]>([
  ['a producer is behind', { clients: [producer('p1', 1), consumer('c1', 2)] }, false],
  ['a consumer is behind', { clients: [producer('p1', 2), consumer('c1', 1)] }, false],
  [
    'a producer is behind a value for consumers',
    { target: 'consumers', clients: [producer('p1', 1), consumer('c1', 2)] },
    true,
  ],
  [
    'a consumer is behind a value for producers',
    { target: 'producers', clients: [producer('p1', 2), consumer('c1', 1)] },
    true,
  ],
])('acknowledged by all, where %s: %s', (_story, changes, expected) =>
  expect(acknowledgedByAll(facts(changes))).toBe(expected),
);
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
