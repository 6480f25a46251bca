import { expect, test } from '@jest/globals';
import { probeReplication } from '../../../lambdas/probe-replication/probe-replication.ts';
import {
  claimedState,
  K2_REGION,
  keptPosition,
  positionRecordOf,
  stateOf,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import { flowWorld, member, oneTopic, SET } from '../../support/builders/positions.ts';

const config = oneTopic();

async function world(state = stateOf(config)) {
  const flow = await flowWorld(config, state);
  const { ports, k1, k2 } = flow;
  flow.heartbeat();
  flow.copy(10);
  flow.copied(9n);
  flow.writeHome(3);
  k1.commit('billing', 'orders', 0, 7n);
  k2.join('billing', member('native', { orders: [0] }));
  k2.join('K1-mm2', member('worker', {}));
  return {
    ...flow,
    turn: probeReplication(ports, config, { region: K2_REGION }),
    flowNow: async () => (await ports.observations.flowsSince('K1', 'K2', 0)).at(-1),
    set: () => ports.observations.newestSet(SET),
    sample: async () => (await ports.control.homeSamples(SET))[0],
  };
}

const ends = (end: string) => ({ orders: { '0': { start: '0', highWatermark: end, lastStable: end } } });

test('a flow is observed whole: heartbeats, both ends, what is copied, its workers', async () => {
  const { turn, flowNow } = await world();
  await turn();
  expect(await flowNow()).toMatchObject({
    ownHeartbeatMs: TEN_O_CLOCK,
    copiedHeartbeatMs: TEN_O_CLOCK,
    sourceEnds: ends('13'),
    remoteEnds: { 'K1.orders': ends('10').orders },
    replicatedOffsets: { orders: { '0': '9' } },
    workerMembers: 1,
    problems: [],
  });
});

test('a set is observed on both sides, and home is sampled', async () => {
  const { ports, turn, set, sample } = await world();
  await turn();
  expect(await set()).toMatchObject({
    homeTopics: { orders: 1 },
    refugeTopics: { orders: 1 },
    remoteTopics: { 'K1.orders': 1 },
    homeClusterId: 'id-of-K1',
    refugeClusterId: 'id-of-K2',
  });
  expect(await sample()).toMatchObject({
    clusterId: 'id-of-K1',
    partitions: { '0': { committed: '7', end: '13', start: '0' } },
  });
  expect(await ports.control.incarnation('K1')).toMatchObject({ clusterId: 'id-of-K1' });
});

test('a schema registry that hangs holds up no turn, and counts as unread', async () => {
  const flow = await flowWorld(config, stateOf(config));
  const clusters = Object.fromEntries(
    Object.entries(config.clusters).map(([alias, one]) => [alias, { ...one, schemaRegistry: `https://${alias}` }]),
  );
  const replication = { ...config.replication, sampleIntervalSeconds: 0.1 };
  const hanging = () => new Promise<never>(() => undefined);
  const schemaRegistries = { registry: () => ({ subject: hanging, schema: hanging }) };
  const ports = { ...flow.ports, schemaRegistries };
  await probeReplication(ports, { ...config, clusters, replication }, { region: K2_REGION })();
  expect((await ports.observations.newestReadiness(SET))?.refuge.registry).toEqual({
    kind: 'unread',
    because: 'no answer within 0.1 s',
  });
});

test('with a dead home everything at the refuge is still observed, and the last sample stays', async () => {
  const { ports, k1, turn, flowNow, set, sample } = await world();
  await turn();
  k1.isUp = false;
  ports.clock.advance(15_000);
  await turn();
  const seen = await flowNow();
  expect(seen).toMatchObject({
    atMs: TEN_O_CLOCK + 15_000,
    copiedHeartbeatMs: TEN_O_CLOCK,
    replicatedOffsets: { orders: { '0': '9' } },
    remoteEnds: { 'K1.orders': ends('10').orders },
  });
  expect(seen).not.toHaveProperty('sourceEnds');
  expect(seen?.problems).toEqual([expect.stringContaining('ends on K1: K1 did not answer')]);
  const there = await set();
  expect(there).toMatchObject({ refugeTopics: { orders: 1 }, groupsAtRefuge: { billing: { activity: 'active' } } });
  expect(there).not.toHaveProperty('homeTopics');
  expect(there).not.toHaveProperty('groupsAtHome');
  expect(await sample()).toMatchObject({ atMs: TEN_O_CLOCK, partitions: { '0': { committed: '7' } } });
});

test('ends are remembered from sample to sample, so that a rate can be told, and no longer than twenty', async () => {
  const { ports, k1, turn, sample } = await world();
  await turn();
  k1.append('orders', 0, [{ value: 'one more' }]);
  ports.clock.advance(15_000);
  await turn();
  expect((await sample())?.recent).toEqual([
    { atMs: TEN_O_CLOCK, end: '13' },
    { atMs: TEN_O_CLOCK + 15_000, end: '14' },
  ]);
  for (let i = 0; i < 20; i += 1) {
    ports.clock.advance(15_000);
    await turn();
  }
  expect((await sample())?.recent).toHaveLength(20);
  expect((await sample())?.recent?.[0]?.atMs).toBe(TEN_O_CLOCK + 30_000);
});

test('ends of another cluster behind the same name begin anew', async () => {
  const { ports, turn, sample } = await world();
  await turn();
  const before = (await sample())!;
  await ports.control.putHomeSample(SET, { ...before, clusterId: 'another' });
  ports.clock.advance(15_000);
  await turn();
  expect((await sample())?.recent).toEqual([{ atMs: TEN_O_CLOCK + 15_000, end: '13' }]);
});

test('a dead home is asked for one thing per look, not for each', async () => {
  const { ports, k1, turn, set } = await world();
  k1.isUp = false;
  await turn();
  expect((await set())?.problems).toEqual([expect.stringContaining('K1 itself')]);
  expect(ports.log.lines.length).toBe(1);
});

test('a dead refuge is asked for one thing per flow as well', async () => {
  const { k2, turn, flowNow } = await world();
  k2.isUp = false;
  await turn();
  expect((await flowNow())?.problems).toEqual([expect.stringContaining('K2 itself')]);
});

test('a dead refuge leaves an observation of home', async () => {
  const { k2, turn, flowNow, set } = await world();
  k2.isUp = false;
  await turn();
  expect(await flowNow()).toMatchObject({ sourceEnds: ends('13') });
  expect(await flowNow()).not.toHaveProperty('remoteEnds');
  expect(await flowNow()).not.toHaveProperty('workerMembers');
  expect(await set()).toMatchObject({ homeClusterId: 'id-of-K1' });
});

test('topics that do not exist are null, in the flow they are absent', async () => {
  const { k2, turn, set, flowNow } = await world();
  k2.deleteTopic('K1.orders');
  await turn();
  expect((await set())?.remoteTopics).toEqual({ 'K1.orders': null });
  expect((await flowNow())?.remoteEnds).toEqual({});
});

test.each([
  ['away from home', stateOf(config, { phase: 'refuge' })],
  ['with an open claim', claimedState(config)],
] as const)('%s the samples of home are left as they were', async (_story, state) => {
  const { ports, turn, sample } = await world(state);
  await turn();
  expect([await sample(), await ports.control.incarnation('K1')]).toEqual([undefined, null]);
});

test('a table that does not take a sample costs the sample only', async () => {
  const { ports, turn, set, sample } = await world();
  ports.control.faults.failNext('putHomeSample');
  await turn();
  expect(await sample()).toBeUndefined();
  expect(await set()).not.toBeNull();
  await turn();
  expect(await sample()).toBeDefined();
});

/** The set left home ten minutes ago; everybody was to have followed seven minutes ago. */
const LEFT = TEN_O_CLOCK - 600_000;
const away = async () => {
  const it = await world(stateOf(config, { phase: 'refuge', epoch: 1, leftHomeAtMs: LEFT }));
  const look = async (afterMs: number) => {
    it.ports.clock.advance(afterMs);
    await it.turn();
    return (await it.set())?.homeWrites;
  };
  return { ...it, look };
};

test('away from home, what is there at the first look is given, and grows uncounted until replicas are in sync', async () => {
  const { look, k1 } = await away();
  expect(await look(0)).toEqual({
    leftHomeAtMs: LEFT,
    clusterId: 'id-of-K1',
    sinceMs: TEN_O_CLOCK,
    lookedAtMs: TEN_O_CLOCK,
    ends: { orders: { '0': '13' } },
    written: {},
  });
  k1.append('orders', 0, [{ value: 'acknowledged before' }]);
  expect(await look(44_999)).toMatchObject({ sinceMs: TEN_O_CLOCK, ends: { orders: { '0': '14' } }, written: {} });
});

test('after that every data record at home counts, by topic, and is remembered', async () => {
  const { look, writeHome } = await away();
  await look(0);
  await look(45_000);
  writeHome(2);
  expect((await look(15_000))?.written).toEqual({ orders: { records: 2, lastMs: TEN_O_CLOCK + 60_000 } });
  writeHome(3);
  expect((await look(15_000))?.written).toEqual({ orders: { records: 5, lastMs: TEN_O_CLOCK + 75_000 } });
  expect((await look(15_000))?.written).toEqual({ orders: { records: 5, lastMs: TEN_O_CLOCK + 75_000 } });
});

test('neither a marker of a transaction that is given up nor a topic of MirrorMaker 2 counts', async () => {
  const { look, k1 } = await away();
  k1.createTopic('K2.orders');
  const transaction = k1.begin('orders', 0, [{ value: 'before the move' }]);
  await look(0);
  await look(45_000);
  transaction.end('abort');
  k1.append('K2.orders', 0, [{ value: 'copied' }]);
  const seen = await look(15_000);
  expect(seen).toMatchObject({ ends: { orders: { '0': '15' } }, written: {} });
});

test('a home that is gone leaves what was seen before, and begins to settle anew when it is back', async () => {
  const { look, k1, writeHome } = await away();
  await look(0);
  await look(45_000);
  writeHome(1);
  await look(15_000);
  k1.isUp = false;
  expect(await look(60_000)).toMatchObject({ lookedAtMs: TEN_O_CLOCK + 60_000, written: { orders: { records: 1 } } });
  k1.isUp = true;
  writeHome(1);
  expect(await look(15_000)).toMatchObject({ sinceMs: TEN_O_CLOCK + 135_000, written: { orders: { records: 1 } } });
});

test('a topic that was created anew begins anew', async () => {
  const { look, k1, set } = await away();
  await look(0);
  k1.deleteTopic('orders');
  k1.createTopic('orders');
  expect(await look(50_000)).toMatchObject({ sinceMs: TEN_O_CLOCK + 50_000, written: {} });
  expect((await set())?.homeClusterId).toBe('id-of-K1');
});

test.each([
  ['at home', { phase: 'home' }],
  ['on the way home', { phase: 'returning' }],
  ['while clients are on their way', { leftHomeAtMs: TEN_O_CLOCK - 179_999 }],
] as const)('%s nothing is counted', async (_story, changes) => {
  const { turn, set } = await world(stateOf(config, { phase: 'refuge', epoch: 1, leftHomeAtMs: LEFT, ...changes }));
  await turn();
  expect(await set()).not.toHaveProperty('homeWrites');
});

test.each(['leaving', 'refuge'] as const)(
  'after a switchover, in phase %s, home is sampled on: it was well when it was left',
  async (phase) => {
    const { ports, turn, sample } = await world(stateOf(config, { phase, leftHomeBy: 'switchover' }));
    await ports.control.putIncarnation({ cluster: 'K1', clusterId: 'id-of-K1', seenAtMs: 0 });
    await turn();
    expect((await sample())?.partitions['0']?.committed).toBe('7');
  },
);

test('after a switchover another cluster behind the address of home is not taken for it', async () => {
  const { ports, turn, sample } = await world(stateOf(config, { phase: 'refuge', leftHomeBy: 'switchover' }));
  await ports.control.putIncarnation({ cluster: 'K1', clusterId: 'the-one-that-was-left', seenAtMs: 0 });
  await turn();
  expect(await sample()).toBeUndefined();
  expect(await ports.control.incarnation('K1')).toMatchObject({ clusterId: 'the-one-that-was-left' });
});

test('at home another cluster takes the place of the one before: since when is kept', async () => {
  const { ports, turn } = await world();
  await ports.control.putIncarnation({ cluster: 'K1', clusterId: 'the-one-before', seenAtMs: 0 });
  await turn();
  expect(await ports.control.incarnation('K1')).toEqual({
    cluster: 'K1',
    clusterId: 'id-of-K1',
    seenAtMs: ports.clock.nowMs(),
    replacedAtMs: ports.clock.nowMs(),
  });
});

test('the first cluster ever seen at home has taken no place', async () => {
  const { ports, turn } = await world();
  await turn();
  expect((await ports.control.incarnation('K1'))?.replacedAtMs).toBeUndefined();
});

/** Home was lost with three records that nobody had copied; ten had been. */
const afterFailover = async (tail: string | null = '3') => {
  const it = await world(stateOf(config, { phase: 'refuge', epoch: 1, leftHomeAtMs: LEFT, leftHomeBy: 'failover' }));
  const partitions = { '0': keptPosition({ tail }) };
  await it.ports.control.putPositions(SET, positionRecordOf({ epoch: 1, topic: 'orders', partitions }));
  await it.sampleHome(7n, { atMs: TEN_O_CLOCK - 620_000 });
  it.k1.isUp = false;
  it.k2.setSettings('K1.orders', { 'retention.ms': '604800000', 'cleanup.policy': 'delete' });
  const look = async (afterMs = 0) => {
    it.ports.clock.advance(afterMs);
    await it.turn();
    return (await it.set())?.tailAge;
  };
  return { ...it, look };
};

test('after a failover the tail is as old as the newest copy at the most, and the copy tells how long it is kept', async () => {
  const { look } = await afterFailover();
  expect(await look()).toEqual({
    leftHomeAtMs: LEFT,
    lookedAtMs: TEN_O_CLOCK,
    topics: { orders: { oldestMs: TEN_O_CLOCK, retentionMs: 604_800_000 } },
  });
});

test('where everything was copied, what came later is as old as the last sample at the most', async () => {
  const { look } = await afterFailover('0');
  expect((await look())?.topics).toEqual({ orders: { oldestMs: TEN_O_CLOCK - 620_000, retentionMs: 604_800_000 } });
});

test('it is looked at again after ten minutes, and home tells its retention itself once it answers', async () => {
  const { look, k1, k2 } = await afterFailover();
  await look();
  k2.setSettings('K1.orders', { 'retention.ms': '1000', 'cleanup.policy': 'delete' });
  expect((await look(599_999))?.lookedAtMs).toBe(TEN_O_CLOCK);
  k1.isUp = true;
  k1.setSettings('orders', { 'retention.ms': '-1', 'cleanup.policy': 'delete' });
  expect(await look(1)).toEqual({
    leftHomeAtMs: LEFT,
    lookedAtMs: TEN_O_CLOCK + 600_000,
    topics: { orders: { oldestMs: TEN_O_CLOCK, retentionMs: null } },
  });
});

test.each([
  [
    'a compacted topic deletes nothing by age',
    { 'cleanup.policy': 'compact' },
    { oldestMs: TEN_O_CLOCK, retentionMs: null },
  ],
  [
    'a topic that deletes beside compacting does',
    { 'cleanup.policy': 'compact,delete' },
    { oldestMs: TEN_O_CLOCK, retentionMs: 604_800_000 },
  ],
  [
    'a copy that the broker stamps tells no time of the record',
    { 'message.timestamp.type': 'LogAppendTime' },
    { unknown: 'message.timestamp.type is LogAppendTime, so copies do not carry the time of the record' },
  ],
] as const)('%s', async (_story, settings, of) => {
  const { look, k2 } = await afterFailover();
  k2.setSettings('K1.orders', { 'retention.ms': '604800000', 'cleanup.policy': 'delete', ...settings });
  expect((await look())?.topics).toEqual({ orders: of });
});

test('without a copy that is left, the age of the tail is unknown, and so it is without the copied topic', async () => {
  const emptied = await afterFailover();
  emptied.k2.deleteBefore('K1.orders', 0, 10n);
  expect((await emptied.look())?.topics).toEqual({
    orders: { unknown: 'no copy tells how old what was not copied is' },
  });
  const gone = await afterFailover();
  gone.k2.deleteTopic('K1.orders');
  expect((await gone.look())?.topics).toEqual({ orders: { unknown: 'its retention cannot be read' } });
});

test.each([
  ['at home', { phase: 'home' }],
  ['away by a switchover', { leftHomeBy: 'switchover' }],
] as const)('%s nobody looks for a tail', async (_story, changes) => {
  const { turn, set } = await world(
    stateOf(config, { phase: 'refuge', epoch: 1, leftHomeAtMs: LEFT, leftHomeBy: 'failover', ...changes }),
  );
  await turn();
  expect(await set()).not.toHaveProperty('tailAge');
});
