import { describe, expect, test } from '@jest/globals';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { evaluateGuards, GUARDS, isInTheWay, liftedBy, namesGuard } from '../../../core/move/guards.ts';
import {
  byPerson,
  group,
  member,
  nothingWritten,
  outageFacts,
  recoveryFacts,
  requestOfRule,
  setLook,
  storedVerdict,
  withVerdicts,
  inTheWay,
} from '../../support/builders/judgement.ts';
import { claimOf, pairConfig, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';

const config = pairConfig();
const outage = outageFacts;
const withState = (changes: Parameters<typeof stateOf>[1]) => outage({ state: stateOf(config, changes) });
const withGroups = (
  groupsAtRefuge: NonNullable<ReturnType<typeof setLook>['groupsAtRefuge']>,
  mode: 'shared' | 'home-only' | 'reads-remote' = 'shared',
) => {
  const facts = outage({ found: setLook({ groupsAtRefuge }) });
  return { ...facts, place: { ...facts.place, groups: [{ id: 'billing', mode, offsetReset: 'latest' as const }] } };
};
const active = (assignor: string | undefined, assigned: Record<string, number[]> = {}) =>
  group({
    activity: 'active',
    members: [member('k2-billing', assigned)],
    ...(assignor === undefined ? {} : { assignor }),
  });

test('a confirmed outage with everything ready: no guard is in the way', () => {
  expect(inTheWay(outage())).toEqual([]);
});

test('home back for an hour and asked for by a person: no guard is in the way', () => {
  expect(inTheWay(recoveryFacts())).toEqual([]);
});

describe('a rule asks for a failover', () => {
  test.each<readonly [string, MoveFacts, readonly string[]]>([
    ['home is healthy', withVerdicts(outage(), { home: 'HEALTHY' }), ['G1', 'G1-corroborated']],
    ['home is only suspected', withVerdicts(outage(), { home: 'SUSPECTED_DOWN' }), ['G1', 'G1-corroborated']],
    [
      'probers cannot reach home, replication can',
      withVerdicts(outage(), { home: 'UNREACHABLE_FROM_PROBERS' }),
      ['G1', 'G1-corroborated'],
    ],
    ['replication cannot tell', withVerdicts(outage(), { home: 'CONFIRMED_DOWN_UNCORROBORATED' }), ['G1-corroborated']],
    [
      'both are down',
      withVerdicts(outage(), { home: 'BOTH_DOWN', refuge: 'BOTH_DOWN' }),
      ['G1', 'G1-corroborated', 'G2-healthy', 'G8'],
    ],
    ['nobody knows', withVerdicts(outage(), { home: 'UNKNOWN' }), ['G1', 'G1-corroborated', 'G8']],
    ['the probers are broken', withVerdicts(outage(), { home: 'PROBER_FAULT' }), ['G1', 'G1-corroborated', 'G8']],
    ['the refuge is suspected', withVerdicts(outage(), { refuge: 'SUSPECTED_DOWN' }), ['G2-healthy']],
    ['the refuge is unknown', withVerdicts(outage(), { refuge: 'UNKNOWN' }), ['G2-healthy']],
    ['an epoch is open', withState({ epoch: 1, open: claimOf() }), ['G4']],
    [
      'it is paused',
      withState({ pause: { owner: 'ada', reason: 'maintenance', untilMs: TEN_O_CLOCK + 1, setAtMs: 0 } }),
      ['G7'],
    ],
    [
      'the pause is over',
      withState({ pause: { owner: 'ada', reason: 'maintenance', untilMs: TEN_O_CLOCK, setAtMs: 0 } }),
      [],
    ],
    [
      'a person has rejected it for this incident',
      {
        ...withState({ rejected: { incidentId: 'one', by: 'ada', atMs: 0 } }),
        request: requestOfRule({ incidentId: 'one' }),
      },
      ['G10-rejected'],
    ],
    [
      'a person has rejected it for another incident',
      {
        ...withState({ rejected: { incidentId: 'one', by: 'ada', atMs: 0 } }),
        request: requestOfRule({ incidentId: 'two' }),
      },
      [],
    ],
    [
      'a person has rejected it, an alarm without an incident asks',
      withState({ rejected: { incidentId: 'one', by: 'ada', atMs: 0 } }),
      [],
    ],
    ['mode off', withState({ mode: 'off' }), ['G10']],
    ['mode observe', withState({ mode: 'observe' }), ['G10']],
    ['mode approve', withState({ mode: 'approve' }), ['G10-approval']],
    ['the set is at the refuge already', withState({ phase: 'refuge' }), ['PHASE']],
    [
      'asked on epoch 0, and it is 2 now',
      outage({ request: requestOfRule({ expectedEpoch: 0 }), state: stateOf(config, { epoch: 2 }) }),
      ['EPOCH'],
    ],
    ['asked on the present epoch', outage({ request: requestOfRule({ expectedEpoch: 0 }) }), []],
    [
      'automatic failover 59 min ago',
      withState({ lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK - 3_540_000 } }),
      ['G5-cooldown'],
    ],
    [
      'automatic failover 60 min ago',
      withState({ lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK - 3_600_000 } }),
      [],
    ],
    [
      'automatic failover just now, acknowledged',
      withState({ lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK, acknowledgedBy: 'ada' } }),
      [],
    ],
    [
      'the same in mode approve: a person will decide',
      withState({ mode: 'approve', lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK } }),
      ['G10-approval'],
    ],
    [
      'two automatic failovers today',
      withState({ automaticStartsMs: [TEN_O_CLOCK - 80_000_000, TEN_O_CLOCK - 40_000_000] }),
      ['G5-day'],
    ],
    [
      'two, one of them a day ago',
      withState({ automaticStartsMs: [TEN_O_CLOCK - 86_400_000, TEN_O_CLOCK - 40_000_000] }),
      [],
    ],
    ['the refuge was left 29 min ago', withState({ returnedHomeAtMs: TEN_O_CLOCK - 1_740_000 }), ['G6']],
    ['the refuge was left 30 min ago', withState({ returnedHomeAtMs: TEN_O_CLOCK - 1_800_000 }), []],
    ['nobody has looked at the refuge', outage({ found: null }), ['G2-topics', 'G2-remote', 'G2-groups', 'G2-unowned']],
    [
      'the last look is 181 s old',
      outage({ found: setLook({ atMs: TEN_O_CLOCK - 181_000 }) }),
      ['G2-topics', 'G2-remote', 'G2-groups', 'G2-unowned'],
    ],
    ['the last look is 180 s old', outage({ found: setLook({ atMs: TEN_O_CLOCK - 180_000 }) }), []],
  ])('%s', (_story, facts, ids) => {
    expect(inTheWay(facts)).toEqual(ids);
  });
});

describe('what is at the refuge', () => {
  test.each<readonly [string, Parameters<typeof setLook>[0], readonly string[]]>([
    ['a topic is missing', { refugeTopics: { orders: 3, payments: null } }, ['G2-topics']],
    ['fewer partitions than at home', { homeTopics: { orders: 4, payments: 3 } }, ['G2-topics']],
    [
      'home unread: fewer partitions than the remote topic',
      { remoteTopics: { 'K1.orders': 4, 'K1.payments': 3 } },
      ['G2-topics'],
    ],
    ['more partitions than at home', { homeTopics: { orders: 2, payments: 3 } }, []],
    ['a remote topic is missing', { remoteTopics: { 'K1.orders': 3, 'K1.payments': null } }, ['G2-remote']],
  ])('%s', (_story, changes, ids) => {
    expect(inTheWay(outage({ found: setLook(changes) }))).toEqual(ids);
  });

  test.each(['constructor', '__proto__', 'toString'])('a topic "%s" that nobody saw there is missing', (topic) => {
    const facts = outage();
    const place = { ...facts.place, topics: [{ home: topic, remote: 'K1.orders' }] };
    expect(inTheWay({ ...facts, place })).toEqual(['G2-topics']);
  });

  test('a group "constructor" that nobody saw there could not be read', () => {
    const facts = outage();
    const place = {
      ...facts.place,
      groups: [{ id: 'constructor', mode: 'shared' as const, offsetReset: 'latest' as const }],
    };
    expect(inTheWay({ ...facts, place })).toEqual(['G2-groups']);
  });

  test.each<readonly [string, MoveFacts, readonly string[]]>([
    ['members under the assignor of our library', withGroups({ billing: active('mm2-failover') }), []],
    ['members under "cooperative-sticky"', withGroups({ billing: active('cooperative-sticky') }), []],
    [
      'members under the stock assignor of kafkajs',
      withGroups({ billing: active('RoundRobinAssigner') }),
      ['G2-groups'],
    ],
    ['members under an assignor nobody knows', withGroups({ billing: active('made-up') }), ['G2-groups']],
    ['members under an assignor that could not be read', withGroups({ billing: active(undefined) }), ['G2-groups']],
    ['no members', withGroups({ billing: group({ activity: 'empty', assignor: 'RoundRobinAssigner' }) }), []],
    [
      'a group of the new protocol: the broker assigns',
      withGroups({ billing: group({ activity: 'active-unreadable' }) }),
      [],
    ],
    ['the group could not be read', withGroups({ billing: group({ activity: 'unknown' }) }), ['G2-groups']],
    ['the group is not in the look', withGroups({}), ['G2-groups']],
    ['a home-only group with members there', withGroups({ billing: active('range') }, 'home-only'), ['G2-groups']],
    ['a home-only group without members there', withGroups({ billing: group() }, 'home-only'), []],
    [
      'somebody owns a remote partition',
      withGroups({ billing: active('range', { 'K1.orders': [0] }) }),
      ['G2-unowned'],
    ],
    [
      'a wildcard group owns it by declaration',
      withGroups({ billing: active('range', { 'K1.orders': [0] }) }, 'reads-remote'),
      [],
    ],
  ])('%s', (_story, facts, ids) => {
    expect(inTheWay(facts)).toEqual(ids);
  });
});

describe('a person asks for a failover', () => {
  const asked = (changes: Partial<MoveFacts> = {}, request: Parameters<typeof byPerson>[0] = {}) =>
    outage({ request: byPerson(request), ...changes });
  test.each<readonly [string, MoveFacts, readonly string[]]>([
    ['mode off limits rules, not people', asked({ state: stateOf(config, { mode: 'off' }) }), []],
    [
      'a pause limits rules, not people',
      asked({ state: stateOf(config, { pause: { owner: 'ada', reason: 'x', untilMs: TEN_O_CLOCK + 1, setAtMs: 0 } }) }),
      [],
    ],
    [
      'cooldown limits rules, not people',
      asked({ state: stateOf(config, { lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK } }) }),
      [],
    ],
    ['replication cannot tell: a person decides', withVerdicts(asked(), { home: 'CONFIRMED_DOWN_UNCORROBORATED' }), []],
    ['home is healthy', withVerdicts(asked(), { home: 'HEALTHY' }), ['G1']],
    ['home is healthy, with force', withVerdicts(asked({}, { force: true }), { home: 'HEALTHY' }), []],
    ['nobody knows about home, with force', withVerdicts(asked({}, { force: true }), { home: 'UNKNOWN' }), []],
    [
      'the refuge is down: force does not help',
      withVerdicts(asked({}, { force: true }), { refuge: 'CONFIRMED_DOWN' }),
      ['G2-healthy'],
    ],
    [
      'an epoch is open: force does not help',
      asked({ state: stateOf(config, { epoch: 1, open: claimOf() }) }, { force: true }),
      ['G4'],
    ],
    [
      'topics are missing: force does not help',
      asked({ found: setLook({ refugeTopics: { orders: 3, payments: null } }) }, { force: true }),
      ['G2-topics'],
    ],
    ['switchover, while home is lost', asked({}, { move: 'switchover' }), ['SW-home', 'G3-leaving']],
    [
      'the refuge is lost while the set lives there',
      recoveryFacts({ request: byPerson({ move: 'failback', refugeLost: true }) }),
      ['RL-lost', 'RL-copy', 'RL-approval'],
    ],
    ['home was rebuilt', recoveryFacts({ request: byPerson({ move: 'failback', rebuiltHome: true }) }), []],
  ])('%s', (_story, facts, ids) => {
    expect(inTheWay(facts)).toEqual(ids);
  });

  test('a rule cannot force', () => {
    expect(inTheWay(withVerdicts(outage({ request: requestOfRule({ force: true }) }), { home: 'HEALTHY' }))).toEqual([
      'G1',
      'G1-corroborated',
    ]);
  });

  test('what force skips is still named', () => {
    const [g1] = evaluateGuards(withVerdicts(asked({}, { force: true }), { home: 'HEALTHY' })).filter(
      ({ id }) => id === 'G1',
    );
    expect(g1).toMatchObject({ holds: false, skipped: true, sentence: 'cluster:K1 is HEALTHY (skipped by force)' });
  });

  test('force skips exactly G1, G3, G5, G6 and G10', () => {
    const families = GUARDS.filter(({ skippableByForce }) => skippableByForce).map(({ id }) => id.split('-')[0]);
    expect([...new Set(families)].sort()).toEqual(['G1', 'G10', 'G3', 'G5', 'G6']);
  });

  test('of those families force skips every row; of the others none', () => {
    const skippable = new Set(['G1', 'G3', 'G5', 'G6', 'G10']);
    for (const { id, skippableByForce } of GUARDS)
      expect([id, skippableByForce]).toEqual([id, skippable.has(id.split('-')[0] ?? '')]);
  });

  test.each<readonly [string, MoveFacts, readonly string[]]>([
    [
      'parameters cannot be put at the refuge',
      asked({ scratch: [{ region: 'eu-central-1', because: 'throttled' }] }),
      ['G13'],
    ],
    ['no region was tried', asked({ scratch: [] }), ['G13']],
    [
      'parameters cannot be put at home',
      asked({ scratch: [{ region: 'eu-central-1' }, { region: 'eu-west-1', because: 'x' }] }),
      [],
    ],
    ['a hook objects', asked({ veto: { kind: 'vetoed', sentence: 'no' } }), ['G12']],
    ['a hook does not object', asked({ veto: { kind: 'allowed', sentence: 'fine' } }), []],
  ])('%s: force or not', (_story, facts, ids) => {
    expect(inTheWay(facts)).toEqual(ids);
    expect(inTheWay({ ...facts, request: { ...facts.request, force: true } })).toEqual(ids);
  });

  test.each([
    ['waits for nothing', {}, ['G3']],
    ['accepts it', { acceptDataLoss: true }, []],
    ['forces', { force: true }, []],
  ] as const)('too much may be lost and the person %s', (_story, request, ids) => {
    const facts = asked({ loss: { kind: 'unknown', because: ['nobody sampled'] } }, request);
    expect(inTheWay({ ...facts, place: { ...facts.place, rpo: { records: 5 } } })).toEqual(ids);
    expect(inTheWay(facts)).toEqual([]);
  });
});

describe('failback', () => {
  const found = (changes: Parameters<typeof setLook>[0]) => recoveryFacts({ found: setLook(changes) });
  const homeSince = (ms: number, request = byPerson({ move: 'failback' })) => {
    const facts = recoveryFacts({ request });
    return {
      ...facts,
      verdicts: { ...facts.verdicts, home: storedVerdict('cluster:K1', 'HEALTHY', { sinceMs: TEN_O_CLOCK - ms }) },
    };
  };
  const alone = (changes: Parameters<typeof stateOf>[1] = {}) => {
    const facts = recoveryFacts({ request: requestOfRule({ move: 'failback' }) });
    return {
      ...facts,
      place: { ...facts.place, failback: 'automatic' as const },
      state: { ...facts.state, ...changes },
      found: setLook({
        homeWrites: nothingWritten(changes.leftHomeAtMs === undefined ? {} : { leftHomeAtMs: changes.leftHomeAtMs }),
      }),
    };
  };
  test.each<readonly [string, MoveFacts, readonly string[]]>([
    ['home is recovering', withVerdicts(recoveryFacts(), { home: 'RECOVERING' }), ['FB-healthy', 'G6-dwell']],
    ['home is unknown', withVerdicts(recoveryFacts(), { home: 'UNKNOWN' }), ['FB-healthy', 'G6-dwell']],
    [
      'home is recovering: force skips the dwell time only',
      withVerdicts(recoveryFacts({ request: byPerson({ move: 'failback', force: true }) }), { home: 'RECOVERING' }),
      ['FB-healthy'],
    ],
    ['home healthy for 29 min', homeSince(1_740_000), ['G6-dwell']],
    ['home healthy for 30 min', homeSince(1_800_000), []],
    ['home healthy for 29 min, with force', homeSince(1_740_000, byPerson({ move: 'failback', force: true })), []],
    ['the refuge is down', withVerdicts(recoveryFacts(), { refuge: 'CONFIRMED_DOWN' }), ['FB-refuge']],
    ['the refuge serves in part', withVerdicts(recoveryFacts(), { refuge: 'PARTIAL_OUTAGE' }), []],
    ['another cluster answers at home', found({ homeClusterId: 'cluster-two' }), ['FB-same-cluster']],
    [
      "home's id could not be read",
      { ...recoveryFacts(), found: { ...setLook(), homeClusterId: undefined } },
      ['FB-same-cluster'],
    ],
    ['nobody knows which cluster home was', recoveryFacts({ homeClusterId: null }), ['FB-same-cluster']],
    ['the way out lags', withVerdicts(recoveryFacts(), { outbound: 'REPLICATION_LAGGING' }), ['G3-outbound']],
    ['the way back is down', withVerdicts(recoveryFacts(), { inbound: 'REPLICATION_DOWN' }), ['G3-inbound']],
    [
      'both, with force',
      withVerdicts(recoveryFacts({ request: byPerson({ move: 'failback', force: true }) }), {
        outbound: 'REPLICATION_DOWN',
        inbound: 'UNKNOWN',
      }),
      [],
    ],
    ['a member is at home', found({ groupsAtHome: { billing: active('range') } }), ['FB-nobody-home']],
    [
      'a group of the new protocol is active at home',
      found({ groupsAtHome: { billing: group({ activity: 'active-unreadable' }) } }),
      ['FB-nobody-home'],
    ],
    [
      'the groups at home could not be read',
      { ...recoveryFacts(), found: { ...setLook(), groupsAtHome: undefined } },
      ['FB-nobody-home'],
    ],
    ['nobody has looked', recoveryFacts({ found: null }), ['FB-same-cluster', 'FB-nobody-home']],
    ['the set is at home', recoveryFacts({ state: stateOf(config) }), ['PHASE']],
    ['a rule, failback by approval', recoveryFacts({ request: requestOfRule({ move: 'failback' }) }), ['G10-approval']],
    ['a rule, failback automatic', alone(), []],
    ['a rule, failback automatic, mode approve', alone({ mode: 'approve' }), ['G10-approval']],
    ['a rule, failback automatic, home left 29 min ago', alone({ leftHomeAtMs: TEN_O_CLOCK - 1_740_000 }), ['G6-left']],
    ['cooldown does not limit failbacks', alone({ lastAutomatic: { epoch: 1, finishedAtMs: TEN_O_CLOCK } }), []],
  ])('%s', (_story, facts, ids) => {
    expect(inTheWay(facts)).toEqual(ids);
  });

  test('a rule does not start what only people may start', () => {
    const facts = recoveryFacts({ request: requestOfRule({ move: 'failback' }) });
    expect(inTheWay({ ...facts, place: { ...facts.place, failback: 'manual' } })).toContain('G10');
  });
});

describe('after the claim', () => {
  const claimed = (changes: Parameters<typeof stateOf>[1] = {}) =>
    outage({
      stance: 'after-claim',
      state: stateOf(config, {
        epoch: 1,
        open: claimOf({ execution: 'execution-one', claimedAtMs: TEN_O_CLOCK }),
        automaticStartsMs: [TEN_O_CLOCK],
        ...changes,
      }),
    });
  test('our own claim is in nobody’s way', () => {
    expect(inTheWay(claimed())).toEqual([]);
  });

  test('our own start does not count against the daily limit', () => {
    expect(inTheWay(claimed({ automaticStartsMs: [TEN_O_CLOCK - 1_000, TEN_O_CLOCK] }))).toEqual([]);
  });

  test.each<readonly [string, MoveFacts]>([
    ["another execution's claim", claimed({ open: claimOf({ execution: 'execution-two' }) })],
    ['no claim at all', outage({ stance: 'after-claim' })],
  ])('%s is', (_story, facts) => {
    expect(inTheWay(facts)).toContain('G4');
  });
});

test('ids are unique, and every guard says what lifts it', () => {
  expect(new Set(GUARDS.map(({ id }) => id)).size).toBe(GUARDS.length);
  expect(GUARDS.filter(({ liftedBy, uses, title }) => !liftedBy || !uses || !title)).toEqual([]);
});

test.each([
  ['of a guard', 'G7', GUARDS.find(({ id }) => id === 'G7')!.liftedBy],
  ['of a guard of another release', 'G99', 'see docs/judgement.md'],
])('what lifts a refusal is told by the id %s', (_story, id, lifts) => {
  expect(liftedBy(id)).toBe(lifts);
});

test.each([
  ['G7: paused by ada', true],
  ['G7 paused by ada', true],
  ['G7', false],
  ['K1 is HEALTHY', false],
  ['paused, says G7: ada', false],
  ['paused by ada, see G7:', false],
  ['paused by ada, see G7 ', false],
])('a reason "%s" names the guard it comes from: %s', (reason, names) => {
  expect(namesGuard(reason)).toBe(names);
});

test('a refusal names the client that stands in the way', () => {
  const [unowned] = evaluateGuards(withGroups({ billing: active('range', { 'K1.orders': [0] }) })).filter(isInTheWay);
  expect(unowned?.sentence).toBe('group "billing" already reads the remote topics at K2: k2-billing; stop them');
});
