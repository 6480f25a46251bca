/** Where a consumer of the client library begins, and where it does not: against the positions and logs of a real broker. */
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { ISocketFactory } from 'kafkajs';
import { memorySource, type Routing } from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { waitFor } from '../support/world/conditions.ts';
import type { KafkaCluster } from '../support/world/kafka-cluster.ts';
import {
  commitStart,
  committed,
  createTopic,
  fill,
  startTwoClusters,
  type TwoClusters,
} from './support/client-world.ts';
import { eventually, PATIENT } from './support/patience.ts';
import { routedClients } from './support/routed-clients.ts';

let world: TwoClusters;
let k1: KafkaCluster;
let k2: KafkaCluster;
const { reader, writer, close } = routedClients();

beforeAll(async () => {
  world = await startTwoClusters('client-starts');
  ({ k1, k2 } = world);
});

afterEach(close);

afterAll(() => world.stop());

const atHome = (topic: string, changes: Partial<Routing> = {}): Routing =>
  clientRouting({ ...at('K1', k1.bootstrapServers), topics: [topic], pollSeconds: 0.2, ...changes });
const atRefuge = (topic: string): Routing =>
  clientRouting({ ...at('K2', k2.bootstrapServers), topics: [topic], revision: 2, phase: 'refuge', pollSeconds: 0.2 });

const commit = (topic: string, offset: number) =>
  k1.admin((admin) =>
    admin.setOffsets({ groupId: `g-${topic}`, topic, partitions: [{ partition: 0, offset: `${offset}` }] }),
  );
const valuesOf = (records: readonly { readonly message: { readonly value: unknown } }[]) =>
  records.map(({ message }) => String(message.value));

test('a position behind the end of the log is refused and left as it is, until a person has said where to go on', async () => {
  await createTopic(k1, 'outside', 1);
  await fill(k1, 'outside', 0, ['a', 'b', 'c']);
  await commit('outside', 100);
  const { client, refusals, processed } = await reader(memorySource(atHome('outside')), 'g-outside');
  await eventually('it refuses', () => client.status().state === 'refused');
  expect(refusals[0]).toContain('the committed position is outside the log');
  expect(await committed(k1, 'g-outside', 'outside')).toEqual(['100']);
  await waitFor('the position is set', async () => (await commit('outside', 1), true), PATIENT);
  await eventually('it reads', () => processed.length === 2);
  expect(valuesOf(processed)).toEqual(['b', 'c']);
});

test('a position before the start of the log is refused as well: retention has passed it', async () => {
  await createTopic(k1, 'expired', 1);
  await commitStart(k1, 'g-expired', 'expired', [0]);
  await fill(k1, 'expired', 0, ['a', 'b', 'c']);
  await k1.admin(async (admin) => {
    await admin.fetchTopicOffsets('expired'); // kafkajs deletes only where it knows who leads
    await admin.deleteTopicRecords({ topic: 'expired', partitions: [{ partition: 0, offset: '2' }] });
  });
  const { client, refusals, processed } = await reader(memorySource(atHome('expired')), 'g-expired');
  await eventually('it refuses', () => client.status().state === 'refused');
  expect(refusals[0]).toContain('the committed position is outside the log');
  expect([processed.length, await committed(k1, 'g-expired', 'expired')]).toEqual([0, ['0']]);
});

const JOIN_GROUP = 11;

test('a position that is lost between the look at it and the join is refused, not replaced by an end of the log', async () => {
  await createTopic(k1, 'vanished', 1);
  await fill(k1, 'vanished', 0, ['a']);
  await commitStart(k1, 'g-vanished', 'vanished', [0]);
  let vanished: Promise<unknown> | undefined;
  /** Holds the first request to join back until the group is deleted. */
  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]) => {
      if (vanished || (args[0] as Buffer).readInt16BE(4) !== JOIN_GROUP) return write(...args);
      vanished = k1.admin((admin) => admin.deleteGroups(['g-vanished'])).finally(() => write(...args));
      return true;
    };
    return socket;
  };
  const { client, refusals, processed } = await reader(memorySource(atHome('vanished')), 'g-vanished', {
    kafka: () => ({ socketFactory }),
  });
  await eventually('it refuses', () => client.status().state === 'refused');
  await vanished;
  expect(refusals[0]).toContain('no committed position for vanished, partitions 0');
  expect([processed.length, await committed(k1, 'g-vanished', 'vanished')]).toEqual([0, ['-1']]);
});

test('a partition that is added later is read from its beginning', async () => {
  await createTopic(k1, 'grown', 1);
  await commitStart(k1, 'g-grown', 'grown', [0]);
  const consumer = { metadataMaxAge: 500 };
  const { client, processed } = await reader(memorySource(atHome('grown')), 'g-grown', { consumer });
  await eventually('it has joined', () => client.status().state === 'open');
  await k1.admin((admin) => admin.createPartitions({ topicPartitions: [{ topic: 'grown', count: 2 }] }));
  const added = async () => (await fill(k1, 'grown', 1, ['first of the new one']), true);
  await waitFor('the new partition takes records', added, PATIENT);
  await eventually('it is read', () => processed.length === 1);
  expect(processed[0]).toMatchObject({ partition: 1, offset: 0n });
});

test("startWithoutPosition: 'latest' begins a first start at home at the end of the log", async () => {
  await createTopic(k1, 'newest', 1);
  await fill(k1, 'newest', 0, ['old 1', 'old 2']);
  const { processed } = await reader(memorySource(atHome('newest')), 'g-newest', { startWithoutPosition: 'latest' });
  const another = async () => {
    await fill(k1, 'newest', 0, ['new']);
    return processed.length > 0 || undefined;
  };
  await waitFor('it reads what comes', another, PATIENT);
  expect(new Set(valuesOf(processed))).toEqual(new Set(['new']));
});

test("startWithoutPosition: 'earliest' begins a first start at home at the start of the log", async () => {
  await createTopic(k1, 'oldest', 1);
  await fill(k1, 'oldest', 0, ['old 1', 'old 2']);
  const { processed } = await reader(memorySource(atHome('oldest')), 'g-oldest', { startWithoutPosition: 'earliest' });
  await eventually('it reads all of it', () => processed.length === 2);
  expect(valuesOf(processed)).toEqual(['old 1', 'old 2']);
});

test.each(['earliest', 'latest'] as const)(
  "startWithoutPosition: '%s' is for home alone: at the refuge a start without a position is refused",
  async (startWithoutPosition) => {
    const topic = `away-${startWithoutPosition}`;
    await createTopic(k2, topic, 1);
    await fill(k2, topic, 0, ['a']);
    const { client, refusals, processed } = await reader(memorySource(atRefuge(topic)), `g-${topic}`, {
      startWithoutPosition,
    });
    await eventually('it refuses', () => client.status().state === 'refused');
    expect(refusals[0]).toContain(`group "g-${topic}" has no committed position on K2 for ${topic}-0`);
    expect(processed).toEqual([]);
  },
);

test('a handler that never ends holds a switch up for finishMs; its record is not committed, to be read again', async () => {
  await createTopic(k1, 'stuck', 1);
  await createTopic(k2, 'stuck', 1);
  for (const cluster of [k1, k2]) await commitStart(cluster, 'g-stuck', 'stuck', [0]);
  await fill(k1, 'stuck', 0, ['done', 'stuck', 'behind']);
  await fill(k2, 'stuck', 0, ['at the refuge']);
  const source = memorySource(atHome('stuck'));
  const begun: string[] = [];
  const warnings: string[] = [];
  const nothing = () => undefined;
  const logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (message: string) => void warnings.push(message),
  };
  const { processed } = await reader(source, 'g-stuck', {
    finishMs: 300,
    logger,
    handle: (value) => {
      begun.push(value);
      return value === 'stuck' ? new Promise(nothing) : Promise.resolve();
    },
  });
  await eventually('a handler is stuck', () => begun.includes('stuck'));
  const switchedAt = performance.now();
  source.publish(atRefuge('stuck'));
  await eventually('it reads at the refuge', () => valuesOf(processed).includes('at the refuge'));
  expect(performance.now() - switchedAt).toBeGreaterThan(300);
  expect(begun).toEqual(['done', 'stuck', 'at the refuge']);
  expect(warnings).toContain(
    'a handler ran longer than 300 ms; what was processed since the last commit will be read again',
  );
  // kafkajs commits when its handler is back; only what was committed before is certain.
  expect(['0', '1']).toEqual(expect.arrayContaining(await committed(k1, 'g-stuck', 'stuck')));
});

test("under onHold: 'reject' a record that was refused is nowhere, and sends pass again when a cluster is open", async () => {
  await createTopic(k1, 'held', 1);
  const source = memorySource(atHome('held', at('K1', k1.bootstrapServers, 'local', 'hold')));
  const { client, acknowledged } = writer(source, { onHold: 'reject' });
  await client.connect();
  const send = (value: string) => client.send({ topic: 'held', messages: [{ value }] });
  await expect(send('refused')).rejects.toMatchObject({ outcome: 'unsent' });
  source.publish(atHome('held', { revision: 2 }));
  await waitFor('sends pass', async () => (await send('taken'), true), PATIENT);
  expect(acknowledged.map(({ offset, message }) => `${offset} ${String(message.value)}`)).toEqual(['0 taken']);
});
