/** Transactions of the client library on two real clusters: committed where they began or nowhere, and never left open. */
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { ISocketFactory } from 'kafkajs';
import {
  createProducer,
  memorySource,
  type AcknowledgedRecord,
  type FailoverProducer,
  type HandedBack,
  type MemorySource,
  type ProducerOptions,
  type RecordsNotConfirmedError,
} from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { waitFor } from '../support/world/conditions.ts';
import type { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { createTopic, fill, startTwoClusters, valuesIn, type TwoClusters } from './support/client-world.ts';
import { PATIENT } from './support/patience.ts';

let world: TwoClusters;
let k1: KafkaCluster;
let k2: KafkaCluster;
const open: FailoverProducer[] = [];

beforeAll(async () => {
  world = await startTwoClusters('client-transactions');
  ({ k1, k2 } = world);
});

afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.disconnect()));
});

afterAll(() => world.stop());

const atK1 = (topic: string) => clientRouting({ ...at('K1', k1.bootstrapServers), topics: [topic] });
const atK2 = (topic: string) =>
  clientRouting({ ...at('K2', k2.bootstrapServers), topics: [topic], revision: 2, phase: 'draining' });

interface Writer {
  readonly client: FailoverProducer;
  readonly acknowledged: readonly AcknowledgedRecord[];
  readonly handedBack: readonly HandedBack[];
}

const writer = async (
  source: MemorySource,
  {
    transactionalId = 'writer',
    ...options
  }: Partial<Omit<ProducerOptions, 'transactionalId'>> & {
    transactionalId?: string | null;
  } = {},
): Promise<Writer> => {
  const seen = { acknowledged: [] as AcknowledgedRecord[], handedBack: [] as HandedBack[] };
  const client = createProducer({
    pair: 'orders',
    clientSet: 'clients-k1',
    clientId: 'writer',
    ...(transactionalId === null ? {} : { transactionalId }),
    source,
    flushMs: 1000,
    adoption: { report: async () => undefined },
    hooks: { onAcknowledged: (record) => seen.acknowledged.push(record) },
    onUnsent: (handedBack) => seen.handedBack.push(...handedBack),
    ...options,
  });
  open.push(client);
  await client.connect();
  return { client, ...seen };
};

const message = (value: string, partition = 0) => ({ value, partition });
const given = (records: RecordsNotConfirmedError['records']) => records.map((record) => record.message.value);
const failureOf = async (work: Promise<unknown>): Promise<RecordsNotConfirmedError> =>
  work.then(
    () => Promise.reject(new Error('it went well')),
    (error: unknown) => error as RecordsNotConfirmedError,
  );

const beginsAtK2 = (client: FailoverProducer) =>
  waitFor(
    'it begins a transaction on K2',
    async () => (client.status().routing?.revision === 2 ? client.transaction() : undefined),
    PATIENT,
  );

/** A commit is answered before its markers are written: readers of committed data see it a moment later. */
const readable = (cluster: KafkaCluster, topic: string, wanted: readonly string[]) =>
  waitFor(
    `${topic} of ${cluster.alias} holds ${wanted.join()} and no more`,
    async () => ((await valuesIn(cluster, topic)).toSorted().join() === wanted.join() ? true : undefined),
    PATIENT,
  );

/** Sockets that can lose what the cluster answers. */
const hardOfHearing = () => {
  let deaf = false;
  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect);
    const emit = socket.emit.bind(socket) as (...args: unknown[]) => boolean;
    socket.emit = (...args: unknown[]) => (deaf && args[0] === 'data') || emit(...args);
    return socket;
  };
  const kafka = () => ({ socketFactory, requestTimeout: 500 });
  return { kafka, lose: (on: boolean) => void (deaf = on) };
};
const oneRetry = { retry: { initialRetryTime: 50, retries: 1 } };

test('what was sent is acknowledged and readable when it is committed, not before', async () => {
  await createTopic(k1, 'committed', 2);
  const { client, acknowledged } = await writer(memorySource(atK1('committed')));
  const transaction = await client.transaction();
  await transaction.send({ topic: 'committed', messages: [message('a'), message('b', 1)] });
  await transaction.send({ topic: 'committed', messages: [message('c')] });
  expect(acknowledged).toEqual([]);
  expect(await valuesIn(k1, 'committed')).toEqual([]);
  await transaction.commit();
  expect(
    acknowledged.map(({ cluster, partition, offset, revision, message: { value } }) => [
      cluster,
      partition,
      offset,
      revision,
      value,
    ]),
  ).toEqual([
    ['K1', 0, 0n, 1, 'a'],
    ['K1', 1, 0n, 1, 'b'],
    ['K1', 0, 1n, 1, 'c'],
  ]);
  await readable(k1, 'committed', ['a', 'b', 'c']);
});

test('what was aborted is neither acknowledged nor readable, and the next transaction is', async () => {
  await createTopic(k1, 'aborted', 1);
  const { client, acknowledged } = await writer(memorySource(atK1('aborted')));
  const first = await client.transaction();
  await first.send({ topic: 'aborted', messages: [message('a')] });
  await first.abort();
  const second = await client.transaction();
  await second.send({ topic: 'aborted', messages: [message('b')] });
  await second.commit();
  expect(acknowledged.map(({ message: { value } }) => value)).toEqual(['b']);
  await readable(k1, 'aborted', ['b']);
});

test('a switch waits for a transaction that is about to be committed', async () => {
  await createTopic(k1, 'about-to', 1);
  await createTopic(k2, 'about-to', 1);
  const source = memorySource(atK1('about-to'));
  const { client, handedBack } = await writer(source);
  const first = await client.transaction();
  await first.send({ topic: 'about-to', messages: [message('a')] });
  source.publish(atK2('about-to'));
  await waitFor('the switch has begun', async () => client.status().state === 'switching' || undefined, PATIENT);
  await first.commit();
  const second = await client.transaction();
  await second.send({ topic: 'about-to', messages: [message('b')] });
  await second.commit();
  expect(handedBack).toEqual([]);
  await readable(k1, 'about-to', ['a']);
  await readable(k2, 'about-to', ['b']);
});

test('a transaction that stays open at a switch is aborted on the old cluster and handed back as unsent', async () => {
  await createTopic(k1, 'stays', 1);
  await createTopic(k2, 'stays', 1);
  const source = memorySource(atK1('stays'));
  const { client, handedBack } = await writer(source);
  const first = await client.transaction();
  await first.send({ topic: 'stays', messages: [message('a')] });
  source.publish(atK2('stays'));
  const second = await beginsAtK2(client);
  expect(handedBack).toMatchObject([{ cluster: 'K1', revision: 1, outcome: 'unsent' }]);
  expect(given(handedBack[0]!.records)).toEqual(['a']);
  expect(await failureOf(first.commit())).toMatchObject({ outcome: 'unsent', cluster: 'K1' });
  await second.send({ topic: 'stays', messages: [message('b')] });
  await second.commit();
  // A transaction left open would hide what comes after it, for a minute.
  await fill(k1, 'stays', 0, ['after']);
  await readable(k1, 'stays', ['after']);
  await readable(k2, 'stays', ['b']);
});

test('a twin of another client set with the same transactionalId does not fence it; its own next life does', async () => {
  await createTopic(k1, 'fenced', 1);
  const source = memorySource(atK1('fenced'));
  const mine = await writer(source);
  const first = await mine.client.transaction();
  await first.send({ topic: 'fenced', messages: [message('mine')] });
  const other = memorySource({ ...atK1('fenced'), clientSet: 'clients-k2' });
  const twin = await writer(other, { clientSet: 'clients-k2' });
  const theirs = await twin.client.transaction();
  await theirs.send({ topic: 'fenced', messages: [message('theirs')] });
  await theirs.commit();
  await first.commit();
  const zombie = await mine.client.transaction();
  await zombie.send({ topic: 'fenced', messages: [message('zombie')] });
  const nextLife = await writer(source);
  await (await nextLife.client.transaction()).abort();
  expect(await failureOf(zombie.commit())).toMatchObject({ cluster: 'K1' });
  await readable(k1, 'fenced', ['mine', 'theirs']);
});

test('after a send whose answer was lost the next transaction is not taken for its repetition', async () => {
  await createTopic(k1, 'answer', 1);
  const { kafka, lose } = hardOfHearing();
  const { client } = await writer(memorySource(atK1('answer')), { kafka, producer: oneRetry });
  const first = await client.transaction();
  await first.send({ topic: 'answer', messages: [message('before')] });
  lose(true);
  const lost = await failureOf(first.send({ topic: 'answer', messages: [message('lost')] }));
  lose(false);
  expect(lost).toMatchObject({ outcome: 'unsent', cluster: 'K1' });
  expect(await failureOf(first.commit())).toMatchObject({ outcome: 'unsent' });
  const second = await client.transaction();
  await second.send({ topic: 'answer', messages: [message('next')] });
  await second.commit();
  await readable(k1, 'answer', ['next']);
});

test('after a send of an idempotent producer whose answer was lost no other is taken for its repetition', async () => {
  await createTopic(k1, 'repetition', 1);
  const { kafka, lose } = hardOfHearing();
  const { client } = await writer(memorySource(atK1('repetition')), {
    transactionalId: null,
    kafka,
    producer: { ...oneRetry, idempotent: true, maxInFlightRequests: 1 },
  });
  const send = (value: string) => client.send({ topic: 'repetition', messages: [message(value)] });
  await send('a-before');
  lose(true);
  const [lost, behind] = await Promise.all([failureOf(send('b-lost')), failureOf(send('c-behind'))]);
  lose(false);
  expect([lost.outcome, behind.outcome]).toEqual(['unknown', 'unsent']);
  await send('d-next');
  await readable(k1, 'repetition', ['a-before', 'b-lost', 'd-next']);
});

test('when a cluster dies, an open transaction is handed back as unsent, and what is said of one in its commit is true', async () => {
  await createTopic(k1, 'died', 2);
  await createTopic(k2, 'died', 2);
  const source = memorySource(atK1('died'));
  const [holds, commits] = [
    await writer(source),
    await writer(source, { clientId: 'other', transactionalId: 'other' }),
  ];
  const held = await holds.client.transaction();
  await held.send({ topic: 'died', messages: [message('held')] });
  const committing = await commits.client.transaction();
  await committing.send({ topic: 'died', messages: [message('committing', 1)] });
  const end = committing.commit().then(
    () => 'committed',
    (error: unknown) => (error as RecordsNotConfirmedError).outcome,
  );
  await k1.kill();
  source.publish(atK2('died'));
  const begun = performance.now();
  const second = await beginsAtK2(holds.client);
  expect(performance.now() - begun).toBeLessThan(4000);
  expect(holds.handedBack).toMatchObject([{ cluster: 'K1', revision: 1, outcome: 'unsent' }]);
  expect(given(holds.handedBack[0]!.records)).toEqual(['held']);
  await second.send({ topic: 'died', messages: [message('b')] });
  await second.commit();
  await k1.restart();
  const there = await valuesIn(k1, 'died');
  const may = { committed: [['committing']], unsent: [[]], unknown: [[], ['committing']] };
  expect(may[(await end) as keyof typeof may]).toContainEqual(there);
  await readable(k2, 'died', ['b']);
});
