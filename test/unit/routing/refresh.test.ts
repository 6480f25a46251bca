import { describe, expect, test } from '@jest/globals';
import type { PairConfig } from '../../../core/config/schema.ts';
import type { HomeSample, SetState } from '../../../core/contracts/tables.ts';
import type { RegionReading } from '../../../core/routing/regions.ts';
import {
  decideRefresh,
  refreshChanges,
  refreshedState,
  topicsAtHome,
  wantedRouting,
  type RefreshFacts,
} from '../../../core/routing/refresh.ts';
import {
  claimOf,
  K1_REGION,
  K2_REGION,
  pairConfig,
  placedK1,
  routingOf,
  stateOf,
  TEN_O_CLOCK,
  withTopics,
} from '../../support/builders/pair.ts';

const old = pairConfig();
const K1 = { region: K1_REGION, bootstrapServers: ['k1-a:9092', 'k1-b:9092'], auth: 'k1-clients' };
const K2 = { region: K2_REGION, bootstrapServers: ['k2-a:9092', 'k2-b:9092'], auth: 'k2-clients' };
const withCluster = (alias: 'K1' | 'K2', changes: object): PairConfig =>
  pairConfig(
    {},
    {
      clusters: {
        K1,
        K2: { ...K2, schemaRegistry: 'https://registry.k2' },
        [alias]: { ...{ K1, K2 }[alias], ...changes },
      },
    },
  );
const fourthBroker = withCluster('K1', { bootstrapServers: ['k1-a:9092', 'k1-c:9092'] });
const refunds = pairConfig({ topics: ['orders', 'payments', 'refunds'] });

const atHome = stateOf(old);
const away = (changes: Parameters<typeof routingOf>[1] = { phase: 'refuge' }): SetState =>
  stateOf(old, {
    epoch: 3,
    revision: 7,
    phase: 'refuge',
    routing: routingOf(old, { epoch: 3, revision: 7, ...changes }),
    leftHomeBy: 'switchover',
  });
const values = (state: SetState): readonly RegionReading[] =>
  [K2_REGION, K1_REGION].map((region) => ({ kind: 'value', region, routing: state.routing! }));

const factsOf = (config: PairConfig, state: SetState, changes: Partial<RefreshFacts> = {}): RefreshFacts => {
  const readings = changes.readings ?? values(state);
  const placed = placedK1(config);
  return {
    clientSet: placed.name,
    home: placed.home,
    refuge: placed.refuge,
    state,
    wanted: wantedRouting({ config, placed, state, readings, reason: 'works', nowMs: TEN_O_CLOCK }),
    readings,
    paused: [],
    atHome: placed.set.topics.map((topic) => ({ topic, groupsWithout: [] })),
    firstStart: false,
    ...changes,
  };
};
const decide = (config: PairConfig, state: SetState, changes: Partial<RefreshFacts> = {}) =>
  decideRefresh(factsOf(config, state, changes));
const changesOf = (config: PairConfig, state: SetState) => {
  const decision = decide(config, state);
  return decision.kind === 'refresh' ? decision.changes : decision;
};

describe('what reaches clients', () => {
  test('the same phase and epoch under the next revision, with who asked for it', () => {
    expect(decide(fourthBroker, atHome)).toMatchObject({
      kind: 'refresh',
      routing: { phase: 'home', epoch: 0, revision: 2, cause: 'refresh: works', issuedAt: '2026-11-22T10:00:00.000Z' },
      sentence:
        'revision 2 of "clients-k1" (home) replaces revision 1 and changes producers.bootstrapServers, consumers.bootstrapServers',
    });
  });
  test.each<readonly [string, PairConfig, SetState, readonly string[]]>([
    [
      'a broker of home',
      fourthBroker,
      atHome,
      [
        'producers.bootstrapServers: k1-a:9092, k1-b:9092 -> k1-a:9092, k1-c:9092',
        'consumers.bootstrapServers: k1-a:9092, k1-b:9092 -> k1-a:9092, k1-c:9092',
      ],
    ],
    [
      'credentials',
      withCluster('K1', { auth: 'k1-new' }),
      atHome,
      ['producers.auth: k1-clients -> k1-new', 'consumers.auth: k1-clients -> k1-new'],
    ],
    [
      'a registry that was none',
      withCluster('K1', { schemaRegistry: 'https://registry.k1' }),
      atHome,
      [
        'producers.schemaRegistry: none -> https://registry.k1',
        'consumers.schemaRegistry: none -> https://registry.k1',
      ],
    ],
    ['a topic that joins', refunds, atHome, ['topics: orders, payments -> orders, payments, refunds']],
    ['a topic that leaves', pairConfig({ topics: ['orders'] }), atHome, ['topics: orders, payments -> orders']],
    [
      'the name of a remote topic',
      pairConfig({ remoteNames: { payments: 'K1-payments' } }),
      atHome,
      ['remoteNames: none -> {"payments":"K1-payments"}'],
    ],
    ['the pace', pairConfig({ pollSeconds: 9 }), atHome, ['pollSeconds: 5 -> 9']],
    ['the bus', pairConfig({}, { bus: 'other' }), atHome, ['bus: mm2-failover-orders -> other']],
    [
      'a broker of the refuge, while away',
      withCluster('K2', { bootstrapServers: ['k2-c:9092'], schemaRegistry: 'https://registry.k2' }),
      away(),
      [
        'producers.bootstrapServers: k2-a:9092, k2-b:9092 -> k2-c:9092',
        'consumers.bootstrapServers: k2-a:9092, k2-b:9092 -> k2-c:9092',
      ],
    ],
  ])('%s', (_story, config, state, changes) => {
    expect(changesOf(config, state)).toEqual(changes);
  });
  test('the pace while away, also where the topics are listed in another order', () => {
    expect(changesOf(pairConfig({ topics: ['payments', 'orders'], pollSeconds: 9 }), away())).toEqual([
      'pollSeconds: 5 -> 9',
    ]);
  });
  test.each<readonly [string, Parameters<typeof routingOf>[1]]>([
    ['consumers were told to finish at the refuge', { phase: 'returning', target: 'consumers' }],
    ['producers went home before consumers', { phase: 'returning', target: 'producers' }],
    ['producers waited at home', { phase: 'recovering' }],
    ['producers were let write at home', { phase: 'recovering', target: 'producers' }],
  ])('nothing but the pace where a failback ended when %s', (_story, choice) => {
    const before = pairConfig({ ordering: 'per-key' });
    const state = stateOf(before, { epoch: 3, phase: choice.phase, routing: routingOf(before, choice) });
    expect(changesOf(pairConfig({ ordering: 'per-key', pollSeconds: 9 }), state)).toEqual(['pollSeconds: 5 -> 9']);
  });
  test('consumers that read both by the keep-both policy go on reading both', () => {
    const state = away({ phase: 'refuge', keepBoth: true, epoch: 3, revision: 7 });
    expect(decide(pairConfig({ pollSeconds: 9 }), state)).toMatchObject({
      kind: 'refresh',
      routing: { consumers: { read: 'both' }, revision: 8 },
    });
  });
});

test.each<readonly [string, PairConfig, SetState]>([
  ['the configuration is as before', old, atHome],
  ['the topics are listed in another order', pairConfig({ topics: ['payments', 'orders'] }), atHome],
  ['a broker of the other cluster is new', fourthBroker, away()],
])('nothing: %s', (_story, config, state) => {
  expect(decide(config, state)).toEqual({
    kind: 'nothing',
    sentence: `revision ${state.revision} of "clients-k1" is what the configuration says; nothing to refresh`,
  });
});
test('nothing to refresh is said of a paused set too', () => {
  expect(decide(old, atHome, { paused: ['the pair is paused'] }).kind).toBe('nothing');
});

describe('refused', () => {
  const moved = { ...routingOf(old, { phase: 'home', revision: 4 }) };
  const controlled = { ...atHome, routing: { ...atHome.routing!, controlRegion: 'eu-north-1' } };
  const swapped = { ...atHome, routing: routingOf(old, { phase: 'refuge' }) };
  const onlyProducersElsewhere = { ...atHome, routing: routingOf(old, { phase: 'leaving' }) };
  const onlyConsumersElsewhere = {
    ...atHome,
    routing: routingOf(old, { phase: 'returning', target: 'producers' }),
  };
  test.each<readonly [string, PairConfig, SetState, Partial<RefreshFacts>, string]>([
    [
      'while a move is open',
      fourthBroker,
      { ...atHome, epoch: 1, open: claimOf() },
      {},
      'the failover of epoch 1 is open, and each value that it publishes is made of the configuration; look again when it is over',
    ],
    [
      'while it is paused',
      fourthBroker,
      atHome,
      { paused: ['the pair is paused by ana'] },
      'the pair is paused by ana',
    ],
    [
      'over a value that somebody else wrote',
      fourthBroker,
      atHome,
      { readings: [{ kind: 'value', region: K1_REGION, routing: moved }] },
      'eu-west-1 holds revision 4, which is not ours (1); reconcile deals with it within a minute, then ask again',
    ],
    [
      'to another cluster',
      old,
      swapped,
      {},
      'the configuration sends its clients to another cluster; that is a move, not a refresh',
    ],
    [
      'to another cluster for producers alone',
      old,
      onlyProducersElsewhere,
      {},
      'the configuration sends its clients to another cluster; that is a move, not a refresh',
    ],
    [
      'to another cluster for consumers alone',
      old,
      onlyConsumersElsewhere,
      {},
      'the configuration sends its clients to another cluster; that is a move, not a refresh',
    ],
    [
      'to another controlling region',
      old,
      controlled,
      {},
      'the configuration has it controlled from eu-central-1, its clients know eu-north-1; a refresh does not hand it over',
    ],
    [
      'with a topic that nobody has seen at home',
      refunds,
      atHome,
      { atHome: [{ topic: 'orders', groupsWithout: [] }] },
      'refunds was not seen at K1 lately; create it there, or wait a minute for the next look, then ask again',
    ],
    [
      'with two topics that nobody has seen at home',
      pairConfig({ topics: ['orders', 'payments', 'refunds', 'returns'] }),
      atHome,
      { atHome: [] },
      'refunds, returns was not seen at K1 lately; create it there, or wait a minute for the next look, then ask again',
    ],
    [
      'with two topics in which groups have no position',
      pairConfig({ topics: ['orders', 'payments', 'refunds', 'returns'] }),
      atHome,
      {
        atHome: [
          { topic: 'refunds', groupsWithout: ['billing', 'audit'] },
          { topic: 'returns', groupsWithout: ['audit'] },
        ],
      },
      'no committed position at K1: billing, audit in refunds; audit in returns. A consumer that starts from a committed position only would stand still with all its topics; when its application allows a first start (startWithoutPosition, auto.offset.reset), say so: --first-start',
    ],
    [
      'with a topic in which a group has no position',
      refunds,
      atHome,
      { atHome: [{ topic: 'refunds', groupsWithout: ['billing'] }] },
      'no committed position at K1: billing in refunds. A consumer that starts from a committed position only would stand still with all its topics; when its application allows a first start (startWithoutPosition, auto.offset.reset), say so: --first-start',
    ],
    [
      'with a topic that joins while it is away',
      refunds,
      away(),
      {},
      'it is away from home, and its topics change at home only: nothing was pinned at K2 for a topic that joins, and nothing would be restored for it on the way back; go home first (start --move failback), or take the topics out of the configuration to refresh the rest',
    ],
  ])('%s', (_story, config, state, changes, because) => {
    expect(decide(config, state, changes)).toEqual({
      kind: 'refused',
      sentence: `"clients-k1" is not refreshed: ${because}`,
    });
  });
  test('a topic that leaves while the set is away', () => {
    expect(decide(pairConfig({ topics: ['orders'] }), away()).kind).toBe('refused');
  });
  test('another prefix of remote topics while the set is away', () => {
    const renamed = { ...away(), routing: { ...away().routing!, remotePrefix: 'old.' } };
    expect(decide(old, renamed).kind).toBe('refused');
  });
  test('another name of one remote topic while the set is away', () => {
    expect(decide(pairConfig({ remoteNames: { payments: 'K1-payments' } }), away()).kind).toBe('refused');
  });
  test('a value that would not fit', () => {
    const config = withTopics(old, 200);
    expect(decide(config, atHome)).toMatchObject({ kind: 'refused', sentence: expect.stringContaining('bytes') });
  });
  const { routing: _none, ...bare } = atHome;
  test.each<readonly [string, Pick<RefreshFacts, 'state' | 'wanted'>]>([
    ['without a state', { state: null, wanted: atHome.routing! }],
    ['without a first value', { state: bare, wanted: atHome.routing! }],
    ['for which there is nothing to replace', { state: atHome, wanted: null }],
  ])('a set %s', (_story, facts) => {
    expect(decide(fourthBroker, atHome, facts)).toEqual({
      kind: 'refused',
      sentence:
        '"clients-k1" is not refreshed: it has no routing value yet; reconcile publishes the first one within a minute',
    });
  });
});

test('a person may say that consumers start without a position', () => {
  const groupless = { atHome: [{ topic: 'refunds', groupsWithout: ['billing'] }], firstStart: true };
  expect(decide(refunds, atHome, groupless).kind).toBe('refresh');
});
test('a group without a position in a topic that it was told of before refuses nothing', () => {
  const known = [
    { topic: 'orders', groupsWithout: ['billing'] },
    { topic: 'refunds', groupsWithout: [] },
  ];
  expect(decide(refunds, atHome, { atHome: known }).kind).toBe('refresh');
});
test('of a set without state there is nothing to replace', () => {
  const wish = { config: old, placed: placedK1(old), readings: [], reason: 'works', nowMs: TEN_O_CLOCK };
  expect(wantedRouting({ ...wish, state: null })).toBeNull();
});
test('the next revision goes past whatever a region holds', () => {
  const readings: readonly RegionReading[] = [
    { kind: 'value', region: K1_REGION, routing: routingOf(old, { phase: 'home', revision: 9 }) },
  ];
  expect(factsOf(fourthBroker, atHome, { readings }).wanted?.revision).toBe(10);
});

test.each<readonly [string, SetState, string]>([
  ['home', atHome, 'failback'],
  ['the refuge', away(), 'switchover'],
  ['the refuge by an older release', { ...away(), leftHomeBy: undefined }, 'failover'],
])(
  'the state of a set at %s takes the value and has it told, as of the move that leads there',
  (_place, state, move) => {
    const routing = { ...state.routing!, revision: 8 };
    expect(refreshedState(state, routing)).toEqual({
      ...state,
      routing,
      revision: 8,
      untoldRouting: { revision: 8, epoch: state.epoch, move },
      version: 2,
    });
  },
);

describe('what status says of it', () => {
  test('what a refresh would change', () => {
    expect(refreshChanges(refunds, placedK1(refunds), atHome)).toEqual([
      'topics: orders, payments -> orders, payments, refunds',
    ]);
  });
  test('that the configuration sends clients elsewhere', () => {
    const swapped = { ...atHome, routing: routingOf(old, { phase: 'leaving' }) };
    expect(refreshChanges(old, placedK1(old), swapped)).toContain('producers.cluster: K2 -> K1');
  });
  test.each<readonly [string, SetState | null]>([
    ['a set without state', null],
    ['a set in mid-move', { ...atHome, epoch: 1, open: claimOf() }],
  ])('nothing of %s', (_story, state) => {
    expect(refreshChanges(refunds, placedK1(refunds), state)).toEqual([]);
  });
});

describe('topics seen at home', () => {
  const sample = (changes: Partial<HomeSample> = {}): HomeSample => ({
    group: 'billing',
    topic: 'orders',
    atMs: TEN_O_CLOCK,
    clusterId: 'id-of-K1',
    partitions: { '0': { committed: '5', end: '9', start: '0' } },
    ...changes,
  });
  const seen = (...samples: readonly HomeSample[]) => topicsAtHome(placedK1(old), samples, TEN_O_CLOCK);

  test('with a position in every partition nothing is missing', () =>
    expect(seen(sample())).toEqual([{ topic: 'orders', groupsWithout: [] }]));
  test('one partition without a position is enough', () => {
    const partitions = {
      '0': { committed: '5', end: '9', start: '0' },
      '1': { committed: null, end: '0', start: '0' },
    };
    expect(seen(sample({ partitions }))).toEqual([{ topic: 'orders', groupsWithout: ['billing'] }]);
  });
  test('a sample from before counts for nothing', () => expect(seen(sample({ atMs: TEN_O_CLOCK - 1 }))).toEqual([]));
  test('a group that was not sampled has no position, as far as anybody knows', () =>
    expect(seen(sample({ group: 'other' }))).toEqual([{ topic: 'orders', groupsWithout: ['billing'] }]));
  test('a topic that is not of the set is not told of', () => expect(seen(sample({ topic: 'else' }))).toEqual([]));
});
