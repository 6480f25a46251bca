/** The slow look of probe-replication: what it reads, how often, and what it leaves when something cannot be read. */
import { expect, test } from '@jest/globals';
import { lookAtReadiness } from '../../../lambdas/probe-replication/readiness.ts';
import { K1_REGION, K2_REGION, placedK1, stateOf, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { CHECKPOINTS, flowWorld, OFFSETS, oneTopic, SET, SYNCS } from '../../support/builders/positions.ts';
import { fakeSchemaRegistries } from '../../support/fakes/schema-registry.ts';

const clusters = (K1: object = {}) => ({
  K1: { region: K1_REGION, bootstrapServers: ['k1:9092'], auth: 'k1', schemaRegistry: 'http://r1', ...K1 },
  K2: { region: K2_REGION, bootstrapServers: ['k2:9092'], auth: 'k2', schemaRegistry: 'http://r2' },
});

async function world(config = oneTopic({}, { clusters: clusters(), readiness: { everySeconds: 300 } })) {
  const flow = await flowWorld(config, stateOf(config));
  const schemaRegistries = fakeSchemaRegistries('K1', 'K2');
  const ports = { ...flow.ports, schemaRegistries };
  const placed = placedK1(config);
  const compare = lookAtReadiness(ports, config);
  return {
    ...flow,
    config,
    ports,
    r1: schemaRegistries.of.get('K1')!,
    r2: schemaRegistries.of.get('K2')!,
    compare: () => compare(placed),
    restarted: () => lookAtReadiness(ports, config)(placed),
    look: () => flow.ports.observations.newestReadiness(SET),
  };
}

const connector = (name: string, properties: object) => ({
  key: `connector-${name}`,
  value: JSON.stringify({ properties }),
});

test('settings of the topic on both sides, and of the offset syncs', async () => {
  const { k1, k2, compare, look } = await world();
  k1.setSettings('orders', { 'retention.ms': '1000' });
  k2.setSettings(SYNCS, { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '5' });
  await compare();
  const seen = await look();
  expect(seen?.home.topics).toMatchObject({ kind: 'read', value: { orders: { 'retention.ms': '1000' } } });
  expect(seen?.refuge.topics).toMatchObject({ kind: 'read', value: { orders: { 'retention.ms': '604800000' } } });
  expect(seen?.outbound.syncs).toEqual({
    kind: 'read',
    value: { 'cleanup.policy': 'compact', 'min.compaction.lag.ms': '5' },
  });
  expect(seen?.inbound.syncs).toEqual({ kind: 'read', value: null });
});

test('a topic that one side lacks is null there', async () => {
  const { k2, compare, look } = await world();
  k2.deleteTopic('orders');
  await compare();
  expect((await look())?.refuge.topics).toEqual({ kind: 'read', value: { orders: null } });
});

test('of the connectors only what matters here is kept, never their credentials', async () => {
  const { k2, compare, look } = await world();
  k2.createTopic('mm2-configs.K1.internal');
  k2.append('mm2-configs.K1.internal', 0, [
    connector('MirrorSourceConnector', {
      'offset-syncs.topic.location': 'target',
      'source.cluster.sasl.jaas.config': 'password="secret"',
    }),
    { key: 'session-key', value: '{"key":"secret"}' },
    { key: 'task-MirrorSourceConnector-0', value: '{"properties":{"offset-syncs.topic.location":"x"}}' },
  ]);
  await compare();
  expect((await look())?.outbound.connectors).toEqual({
    kind: 'read',
    value: { MirrorSourceConnector: { 'offset-syncs.topic.location': 'target' } },
  });
  expect(JSON.stringify(await look())).not.toContain('secret');
});

test("each of MirrorMaker 2's own topics is read once", async () => {
  const { config, ports } = await world();
  const asked: string[] = [];
  const reader = (alias: string) => {
    const cluster = ports.kafka.reader(alias);
    const readCompacted = async (topic: string) => {
      asked.push(`${topic} at ${alias}`);
      return cluster.readCompacted(topic);
    };
    return { ...cluster, readCompacted };
  };
  await lookAtReadiness({ ...ports, kafka: { ...ports.kafka, reader } }, config)(placedK1(config));
  expect(asked).toContain('mm2-configs.K1.internal at K2');
  expect(asked.toSorted()).toEqual([...new Set(asked)].toSorted());
});

test('how the newest copied heartbeat was written', async () => {
  const { k1, k2, compare, look } = await world();
  for (const [cluster, topic] of [
    [k1, 'K2.heartbeats'],
    [k2, 'K1.heartbeats'],
  ] as const)
    cluster.createTopic(topic);
  k1.append('K2.heartbeats', 0, [{ value: 'before the upgrade' }]);
  k1.begin('K2.heartbeats', 0, [{ value: 'after it' }]).end('commit');
  await compare();
  const seen = await look();
  expect(seen?.inbound.copies).toEqual({ kind: 'read', value: 'transactional' });
  expect(seen?.outbound.copies).toEqual({ kind: 'read', value: 'none' });
});

test('records of MirrorMaker 2 that cannot be read, by topic and reason, with the newest of each', async () => {
  const { k2, compare, look, sync, checkpoint, copied, heartbeat } = await world();
  k2.createTopic('mm2-configs.K1.internal');
  sync(0n, 0n);
  checkpoint('billing', 1n, 1n);
  copied(1n);
  heartbeat();
  const bytes = (hex: string) => Buffer.from(hex, 'hex');
  const aSync = bytes('00066f726465727300000000');
  k2.append(SYNCS, 0, [
    { key: aSync, value: bytes('00') },
    { key: aSync, value: bytes('0000000000000001') },
    { key: aSync, value: bytes('ffffffffffffffff0000000000000001') },
  ]);
  const aCheckpoint = bytes('000762696c6c696e6700094b312e6f726465727300000001');
  k2.append(CHECKPOINTS, 0, [{ key: aCheckpoint, value: bytes('0001') }]);
  k2.append(OFFSETS, 0, [{ key: 'not JSON', value: '{}' }]);
  k2.append('mm2-status.K1.internal', 0, [
    { key: 'status-topic-orders:connector-x', value: '{}' },
    { key: 'status-connector-x', value: '[]' },
  ]);
  k2.append('mm2-configs.K1.internal', 0, [
    { key: 'session-key', value: '{"key":"secret"}' },
    { key: 'connector-x', value: 'password=secret' },
  ]);
  await compare();
  const seen = (await look())?.outbound.unreadable;
  expect(seen?.kind === 'read' && seen.value.map(({ topic, reason, records }) => [topic, reason, records])).toEqual([
    [SYNCS, 'too-short', 2],
    [SYNCS, 'out-of-range', 1],
    [CHECKPOINTS, 'unknown-version', 1],
    [OFFSETS, 'not-json', 1],
    ['mm2-status.K1.internal', 'unexpected-shape', 1],
    ['mm2-configs.K1.internal', 'not-json', 1],
  ]);
  expect(seen).toMatchObject({
    value: [{ newest: 'offset 2: downstream offset needs 16 bytes, there are 8' }, {}, {}, {}, {}, {}],
  });
  expect(JSON.stringify(seen)).not.toContain('secret');
});

test('a flow that has written nothing has nothing unreadable; one that cannot be asked is unread', async () => {
  const { k2, compare, look } = await world();
  k2.isUp = false;
  await compare();
  const seen = await look();
  expect([seen?.outbound.unreadable?.kind, seen?.inbound.unreadable]).toEqual(['unread', { kind: 'read', value: [] }]);
});

test('schemas of both registries, and what the ids of home mean at the refuge', async () => {
  const { r1, r2, compare, look } = await world();
  r1.register('orders-value', 'a', 7);
  r2.register('orders-value', 'b', 7);
  await compare();
  const seen = await look();
  const [home, refuge] = [seen?.home.registry, seen?.refuge.registry];
  const versionOf = (registry: typeof home) =>
    registry?.kind === 'read' ? registry.value.subjects['orders-value']?.versions[0] : undefined;
  expect(versionOf(home)?.schema).not.toBe(versionOf(refuge)?.schema);
  expect(refuge).toMatchObject({
    value: { ids: { '7': versionOf(refuge)?.schema }, subjects: { 'orders-key': null } },
  });
});

test('subjects follow the configured names', async () => {
  const subjects = ['com.acme.{topic}', 'shared'];
  const { compare, look } = await world(oneTopic({}, { clusters: clusters(), readiness: { subjects } }));
  await compare();
  expect((await look())?.home.registry).toMatchObject({
    value: { subjects: { 'com.acme.orders': null, shared: null } },
  });
});

test('a registry that does not answer is unread, with the reason, and costs nothing else', async () => {
  const { r2, compare, look } = await world();
  r2.broken = new Error('http://r2/subjects: HTTP 500');
  await compare();
  const seen = await look();
  expect(seen?.refuge.registry).toEqual({ kind: 'unread', because: 'http://r2/subjects: HTTP 500' });
  expect(seen?.home.registry?.kind).toBe('read');
  expect(seen?.refuge.topics.kind).toBe('read');
});

test('on a cluster with IAM nobody asks for ACLs', async () => {
  const { compare, look } = await world(oneTopic({}, { clusters: clusters({ security: { kind: 'msk-iam' } }) }));
  await compare();
  expect([(await look())?.home.acls.kind, (await look())?.refuge.acls.kind]).toEqual(['unread', 'read']);
});

test('transactional ids that both clusters know, without our own', async () => {
  const { k1, k2, compare, look } = await world();
  const ours = 'mm2-failover.orders.clients-k1.billing.K2';
  for (const id of ['billing-tx', 'only-k1', ours]) await k1.openCommitter(id);
  for (const id of ['billing-tx', 'only-k2', ours]) await k2.openCommitter(id);
  await compare();
  expect((await look())?.sharedTransactionalIds).toEqual({ kind: 'read', value: ['billing-tx'] });
});

test('it looks at once, then at its own pace', async () => {
  const { ports, compare, look } = await world();
  await compare();
  ports.clock.advance(299_000);
  await compare();
  expect((await look())?.atMs).toBe(TEN_O_CLOCK);
  ports.clock.advance(1_000);
  await compare();
  expect((await look())?.atMs).toBe(TEN_O_CLOCK + 300_000);
});

test('a process that was started anew keeps the pace of the one before', async () => {
  const { ports, compare, restarted, look } = await world();
  await compare();
  ports.clock.advance(60_000);
  await restarted();
  expect((await look())?.atMs).toBe(TEN_O_CLOCK);
});

test('while home is out of reach the earlier comparison stands', async () => {
  const { ports, k1, compare, look } = await world();
  await compare();
  k1.isUp = false;
  ports.clock.advance(300_000);
  await compare();
  expect(await look()).toMatchObject({ atMs: TEN_O_CLOCK, home: { topics: { kind: 'read' } } });
  expect(ports.log.lines.length).toBe(1);
});

test('without an earlier one it says what could not be read, and reads the rest', async () => {
  const { k1, compare, look } = await world();
  k1.isUp = false;
  await compare();
  expect(await look()).toMatchObject({
    home: {
      topics: { kind: 'unread', because: expect.stringContaining('K1 did not answer') },
      registry: { kind: 'read' },
    },
    refuge: { topics: { kind: 'read' } },
    outbound: { syncs: { kind: 'read' } },
    inbound: { connectors: { kind: 'unread' }, syncs: { kind: 'unread' } },
  });
});
