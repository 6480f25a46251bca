/** The client library on two real clusters: what it promises when one of them is killed under it. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { AssignerProtocol, Kafka, logLevel, type logCreator } from 'kafkajs';
import {
  failoverAssigner,
  memorySource,
  type AssignedPartitions,
  type RecordsNotConfirmedError,
  type Routing,
} from '../../client/index.ts';
import { createLeash } from '../../client/leash.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { waitFor } from '../support/world/conditions.ts';
import {
  commitStart,
  committed,
  createTopic,
  fill,
  members,
  startTwoClusters,
  type TwoClusters,
} from './support/client-world.ts';
import type { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { eventually, PATIENT } from './support/patience.ts';
import { prompt, routedClients } from './support/routed-clients.ts';

let world: TwoClusters;
let k1: KafkaCluster;
let k2: KafkaCluster;
const { reader, writer, opened, close } = routedClients();

beforeAll(async () => {
  world = await startTwoClusters('client');
  ({ k1, k2 } = world);
});

afterEach(close);

afterAll(() => world.stop());

const atK1 = (read: Routing['consumers']['read'] = 'local', state: Routing['producers']['state'] = 'active') =>
  at('K1', k1.bootstrapServers, read, state);
const atK2 = (read: Routing['consumers']['read'] = 'local', state: Routing['producers']['state'] = 'active') =>
  at('K2', k2.bootstrapServers, read, state);

const values = (records: readonly { readonly message: { readonly value: unknown } }[]) =>
  records.map(({ message }) => String(message.value)).toSorted();
const partitionsOf = (assigned: AssignedPartitions | undefined) => assigned?.partitions ?? {};

test('members of one group with different subscriptions read every partition of both topics, whoever leads', async () => {
  await createTopic(k2, 'mixed', 3);
  await createTopic(k2, 'K1.mixed', 5);
  await commitStart(k2, 'g-mixed', 'mixed', [0, 1, 2]);
  await commitStart(k2, 'g-mixed', 'K1.mixed', [0, 1, 2, 3, 4]);
  const remote = clientRouting({ ...atK2('remote'), topics: ['mixed'], phase: 'draining' });
  const local = clientRouting({ ...atK2('local'), clientSet: 'clients-k2', topics: ['mixed'], remotePrefix: 'K2.' });
  const stays = await reader(memorySource(local), 'g-mixed', { clientSet: 'clients-k2' });
  await eventually('the first member leads', () => stays.client.status().state === 'open');
  const moved = await reader(memorySource(remote), 'g-mixed');
  const both = () => [partitionsOf(stays.assigned.at(-1)), partitionsOf(moved.assigned.at(-1))];
  const wanted = [{ mixed: [0, 1, 2] }, { 'K1.mixed': [0, 1, 2, 3, 4] }];
  await eventually('everything is assigned', () => JSON.stringify(both()) === JSON.stringify(wanted));
  for (const partition of [0, 1, 2]) await fill(k2, 'mixed', partition, [`l${partition}`]);
  for (const partition of [0, 1, 2, 3, 4]) await fill(k2, 'K1.mixed', partition, [`r${partition}`]);
  await eventually('everything is read', () => stays.processed.length >= 3 && moved.processed.length >= 5);
  expect([values(stays.processed), values(moved.processed)]).toEqual([
    ['l0', 'l1', 'l2'],
    ['r0', 'r1', 'r2', 'r3', 'r4'],
  ]);
});

test('a consumer without a committed position refuses to start, says so, and starts when a position appears', async () => {
  await createTopic(k2, 'seeded', 2);
  await fill(k2, 'seeded', 0, ['a', 'b', 'c']);
  await commitStart(k2, 'g-seeded', 'seeded', [0]);
  const late = await reader(
    memorySource(clientRouting({ ...atK2(), topics: ['seeded'], phase: 'refuge', pollSeconds: 0.2 })),
    'g-seeded',
  );
  await eventually('it refuses', () => late.client.status().state === 'refused');
  expect(late.refusals[0]).toContain('group "g-seeded" has no committed position on K2 for seeded-1');
  expect(late.adoptions.at(-1)).toMatchObject({
    active: false,
    revision: 1,
    group: 'g-seeded',
    note: late.refusals[0],
  });
  expect(await members(k2, 'g-seeded')).toEqual([]);
  await k2.admin((admin) =>
    admin.setOffsets({ groupId: 'g-seeded', topic: 'seeded', partitions: [{ partition: 1, offset: '0' }] }),
  );
  await eventually('it reads', () => late.processed.length === 3);
  expect(late.adoptions.at(-1)).toMatchObject({ active: true, revision: 1 });
});

test('acknowledged records carry cluster, partition, offset and revision, as they lie in the log', async () => {
  await createTopic(k1, 'acked', 2);
  const source = memorySource(clientRouting({ ...atK1(), topics: ['acked'], revision: 7 }));
  const { client, acknowledged } = writer(source);
  await client.connect();
  await client.sendBatch({
    topicMessages: [
      {
        topic: 'acked',
        messages: [
          { value: 'a', partition: 0 },
          { value: 'b', partition: 1 },
        ],
      },
      { topic: 'acked', messages: [{ value: 'c', partition: 0 }] },
    ],
  });
  expect(acknowledged).toEqual([
    { cluster: 'K1', topic: 'acked', partition: 0, offset: 0n, revision: 7, message: { value: 'a', partition: 0 } },
    { cluster: 'K1', topic: 'acked', partition: 1, offset: 0n, revision: 7, message: { value: 'b', partition: 1 } },
    { cluster: 'K1', topic: 'acked', partition: 0, offset: 1n, revision: 7, message: { value: 'c', partition: 0 } },
  ]);
});

test('under hold sends wait, and go to the cluster that the next revision names, in the order they were made', async () => {
  await createTopic(k2, 'held', 1);
  const source = memorySource(clientRouting({ ...atK1('local', 'hold'), topics: ['held'], revision: 1 }));
  const { client, acknowledged, adoptions } = writer(source);
  await client.connect();
  expect(client.status().state).toBe('holding');
  expect(adoptions.at(-1)).toMatchObject({ revision: 1, active: true, note: 'holding' });
  const sends = ['a', 'b', 'c'].map((value) => client.send({ topic: 'held', messages: [{ value }] }));
  source.publish(clientRouting({ ...atK2(), topics: ['held'], revision: 2 }));
  await Promise.all(sends);
  expect(
    acknowledged.map(({ cluster, offset, revision, message }) => [cluster, offset, revision, message.value]),
  ).toEqual([
    ['K2', 0n, 2, 'a'],
    ['K2', 1n, 2, 'b'],
    ['K2', 2n, 2, 'c'],
  ]);
});

test('a refresh that brings other addresses of K1 and a topic more is followed in the middle of the stream, without loss', async () => {
  for (const topic of ['staying', 'joined']) {
    await createTopic(k1, topic, 1);
    await commitStart(k1, 'g-refreshed', topic, [0]);
  }
  const source = memorySource(clientRouting({ ...atK1(), topics: ['staying'] }));
  const consumer = await reader(source, 'g-refreshed');
  const producer = writer(source);
  await producer.client.connect();
  const send = (topic: string, value: string) => producer.client.send({ topic, messages: [{ value }] });
  const sends = Array.from({ length: 20 }, (_, n) => send('staying', `before-${n}`));
  await eventually('it is in the middle', () => consumer.processed.length > 0);
  const others = k1.bootstrapServers.map((server) => server.replace('127.0.0.1', 'localhost'));
  source.publish(
    clientRouting({ ...at('K1', [...others, ...k1.bootstrapServers]), topics: ['staying', 'joined'], revision: 2 }),
  );
  sends.push(...Array.from({ length: 20 }, (_, n) => send('staying', `after-${n}`)), send('joined', 'new'));
  await Promise.all(sends);
  const sent = [...Array.from({ length: 20 }, (_, n) => [`before-${n}`, `after-${n}`]).flat(), 'new'].toSorted();
  await eventually('all of it is read', () => new Set(values(consumer.processed)).size === sent.length);
  expect([...new Set(values(consumer.processed))]).toEqual(sent);
  expect([consumer, producer].map(({ adoptions }) => adoptions.at(-1))).toMatchObject([
    { revision: 2, active: true },
    { revision: 2, active: true },
  ]);
}, 30_000);

test('a consumer commits its last processed position when it leaves a living cluster', async () => {
  await createTopic(k1, 'left', 1);
  await createTopic(k2, 'K1.left', 1);
  await commitStart(k1, 'g-left', 'left', [0]);
  await commitStart(k2, 'g-left', 'K1.left', [0]);
  await fill(
    k1,
    'left',
    0,
    Array.from({ length: 200 }, (_, n) => `${n}`),
  );
  const source = memorySource(clientRouting({ ...atK1(), topics: ['left'] }));
  const mover = await reader(source, 'g-left', { handle: () => new Promise((resolve) => setTimeout(resolve, 5)) });
  await eventually('it is in the middle', () => mover.processed.length > 20);
  source.publish(clientRouting({ ...atK2('remote'), topics: ['left'], revision: 2, phase: 'draining' }));
  await eventually('it has moved', () => mover.assigned.at(-1)?.cluster === 'K2');
  const last = mover.processed.at(-1)!;
  expect(last.offset).toBeLessThan(199n);
  expect(await committed(k1, 'g-left', 'left')).toEqual([`${last.offset + 1n}`]);
  expect(await members(k1, 'g-left')).toEqual([]);
});

test('without autoCommit positions are committed when the application says so, and only while it has joined', async () => {
  await createTopic(k1, 'by-hand', 1);
  await commitStart(k1, 'g-by-hand', 'by-hand', [0]);
  await fill(k1, 'by-hand', 0, ['a', 'b', 'c']);
  const source = memorySource(clientRouting({ ...atK1(), topics: ['by-hand'] }));
  const { client, processed } = await reader(source, 'g-by-hand', { autoCommit: false });
  const commit = (offset: string) => client.commitOffsets([{ topic: 'by-hand', partition: 0, offset }]);
  await expect(commit('1')).rejects.toThrow('commitOffsets() needs a consumer that has joined its group');
  await eventually('everything is processed', () => processed.length === 3);
  expect(await committed(k1, 'g-by-hand', 'by-hand')).toEqual(['0']);
  await commit('2');
  expect(await committed(k1, 'g-by-hand', 'by-hand')).toEqual(['2']);
  await client.disconnect();
  expect(await committed(k1, 'g-by-hand', 'by-hand')).toEqual(['2']);
});

test('a topic that is paused is not read until it is resumed, and a pause ends with the stay', async () => {
  const topics = ['kept', 'halted'];
  for (const topic of topics) {
    await createTopic(k1, topic, 1);
    await commitStart(k1, 'g-paused', topic, [0]);
  }
  await createTopic(k2, 'halted', 1);
  await createTopic(k2, 'kept', 1);
  for (const topic of topics) await commitStart(k2, 'g-paused', topic, [0]);
  const source = memorySource(clientRouting({ ...atK1(), topics }));
  const { client, processed } = await reader(source, 'g-paused');
  await eventually('it has joined', () => client.status().state === 'open');
  client.pause([{ topic: 'halted' }]);
  expect(client.paused()).toEqual([{ topic: 'halted', partitions: [0] }]);
  await fill(k1, 'halted', 0, ['h1']);
  await fill(k1, 'kept', 0, ['k1']);
  await fill(k1, 'kept', 0, ['k2']);
  await eventually('the other topic is read', () => processed.length >= 2);
  expect(values(processed)).toEqual(['k1', 'k2']);
  client.resume([{ topic: 'halted' }]);
  await eventually('it is read as well', () => values(processed).includes('h1'));
  client.pause([{ topic: 'halted' }]);
  await fill(k2, 'halted', 0, ['h2']);
  source.publish(clientRouting({ ...atK2(), topics, revision: 2, phase: 'refuge' }));
  await eventually('it reads on at the refuge', () => values(processed).includes('h2'));
  expect(client.paused()).toEqual([]);
});

/** kafkajs as it comes: what this library must not do. Counts its starts, which it tells nobody but its log. */
const stockConsumer = async (cluster: KafkaCluster, groupId: string, leash = createLeash()) => {
  let starts = 0;
  const logCreator: logCreator = () => (entry) => {
    if (entry.log.message === 'Starting') starts += 1;
  };
  let over = false;
  const retry = { initialRetryTime: 100, retries: 2, restartOnFailure: async () => !over };
  const kafka = new Kafka({
    brokers: [...cluster.bootstrapServers],
    logLevel: logLevel.INFO,
    logCreator,
    retry,
    socketFactory: leash.socketFactory,
  });
  // A short session: the broker waits for the member it lost in the kill before it lets anybody join.
  const consumer = kafka.consumer({ groupId, sessionTimeout: 6000, ...prompt });
  await consumer.connect();
  await consumer.subscribe({ topic: 'stock' });
  await consumer.run({ eachMessage: async () => undefined });
  const disconnect = async () => {
    over = true;
    await consumer.disconnect();
  };
  opened({ disconnect });
  return { consumer, starts: () => starts };
};

test('when K1 is killed, its clients move to K2 within the bounds and nothing of them comes back to K1 when K1 does', async () => {
  for (const [cluster, topic] of [
    [k1, 'moved'],
    [k2, 'moved'],
    [k2, 'K1.moved'],
    [k1, 'stock'],
  ] as const)
    await createTopic(cluster, topic, 1);
  await commitStart(k1, 'g-moved', 'moved', [0]);
  await commitStart(k2, 'g-moved', 'K1.moved', [0]);
  await fill(k2, 'K1.moved', 0, ['copied']);
  const source = memorySource(clientRouting({ ...atK1(), topics: ['moved'] }));
  const mover = await reader(source, 'g-moved');
  const { client, acknowledged } = writer(source);
  const leash = createLeash();
  const zombie = await stockConsumer(k1, 'g-stock');
  const leashed = await stockConsumer(k1, 'g-leashed', leash);
  await client.connect();
  const sends: Promise<unknown>[] = [];
  const outcomes: (readonly [string, 'unsent' | 'unknown'])[] = [];
  const send = (value: string) => {
    const failed = (error: unknown) => outcomes.push([value, (error as RecordsNotConfirmedError).outcome]);
    sends.push(client.send({ topic: 'moved', messages: [{ value }] }).catch(failed));
  };
  for (let n = 0; n < 10; n += 1) send(`before ${n}`);
  await Promise.all(sends);
  await eventually('everything before is read', () => mover.processed.length === 10);

  const groups = ['g-moved', 'g-stock', 'g-leashed'];
  const membersBefore = (await Promise.all(groups.map((group) => members(k1, group)))).flat();
  expect(membersBefore).toHaveLength(3);
  // A killed broker finds its members of before in its log; only those that joined since are zombies.
  const joinedSince = async (groupId: string) =>
    (await members(k1, groupId)).filter((id) => !membersBefore.includes(id));
  for (let n = 0; n < 50; n += 1) send(`in flight ${n}`);
  await Promise.all([k1.kill(), new Promise((resolve) => setImmediate(resolve))]);
  send('while dead');
  for (const { consumer, starts } of [zombie, leashed]) {
    await eventually('kafkajs starts its consumer again', () => starts() > 1);
    await consumer.disconnect();
  }
  leash.cut();
  const switchedAt = performance.now();
  source.publish(clientRouting({ ...atK2('remote'), topics: ['moved'], revision: 2, phase: 'draining' }));
  await eventually('the producer has left K1', () => client.status().routing?.revision === 2);
  send('after');
  await eventually('the producer has moved', () =>
    acknowledged.some(({ cluster, message }) => cluster === 'K2' && message.value === 'after'),
  );
  expect(performance.now() - switchedAt).toBeLessThan(4000);
  await eventually('the consumer has moved', () =>
    mover.processed.some(({ cluster, message }) => cluster === 'K2' && String(message.value) === 'copied'),
  );
  await Promise.all(sends);
  expect(outcomes.find(([value]) => value === 'while dead')?.[1]).toBe('unsent');

  await k1.restart();
  await waitFor(
    'the stock consumer is back though it was disconnected',
    async () => (await joinedSince('g-stock')).length > 0 || undefined,
    PATIENT,
  );
  const startsSoFar = leashed.starts();
  await eventually('the leashed consumer has tried again', () => leashed.starts() >= startsSoFar + 2);
  expect(await joinedSince('g-leashed')).toEqual([]);
  expect(await joinedSince('g-moved')).toEqual([]);
  const log: string[] = [];
  const checker = k1.kafka('checker').consumer({ groupId: 'checker', ...prompt });
  opened(checker);
  await checker.connect();
  await checker.subscribe({ topic: 'moved', fromBeginning: true });
  await checker.run({ eachMessage: async ({ message }) => void log.push(String(message.value)) });
  const onK1 = acknowledged.filter(({ cluster }) => cluster === 'K1').map(({ message }) => String(message.value));
  const end = Number((await k1.admin((admin) => admin.fetchTopicOffsets('moved')))[0]!.high);
  await eventually('the log of K1 is read', () => log.length === end);
  const written = new Set(log);
  expect(onK1.filter((value) => !written.has(value))).toEqual([]);
  expect(outcomes.filter(([value, outcome]) => outcome === 'unsent' && written.has(value))).toEqual([]);
  expect(log).toHaveLength(written.size);
  expect(log).not.toContain('after');
});

test('the leader looks up the partitions of a topic that no member reported', async () => {
  await createTopic(k2, 'looked-up', 2);
  const old = AssignerProtocol.MemberMetadata.encode({ version: 0, topics: ['looked-up'], userData: Buffer.alloc(0) });
  let given: Promise<unknown> | undefined;
  const consumer = k2.kafka('leader').consumer({
    groupId: 'g-leader',
    ...prompt,
    partitionAssigners: [
      (context) => {
        const assigner = failoverAssigner()(context);
        const assign = async (group: Parameters<typeof assigner.assign>[0]) => {
          const withOld = assigner.assign({
            ...group,
            members: [...group.members, { memberId: 'zz-old', memberMetadata: old }],
          });
          given = withOld
            .then((all) => all.find(({ memberId }) => memberId === 'zz-old')!.memberAssignment)
            .then((one) => AssignerProtocol.MemberAssignment.decode(one)?.assignment);
          return (await withOld).filter(({ memberId }) => memberId !== 'zz-old');
        };
        return { ...assigner, assign };
      },
    ],
  });
  opened(consumer);
  await createTopic(k2, 'own', 1);
  await consumer.connect();
  await consumer.subscribe({ topic: 'own' });
  await consumer.run({ eachMessage: async () => undefined });
  expect(await given).toEqual({ 'looked-up': [0, 1] });
});
