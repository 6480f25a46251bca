/** Sends of the client library while a leader moves between brokers: what is confirmed is there, and there once. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProducer, memorySource, type AcknowledgedRecord, type ProducerOptions } from '../../client/index.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { waitFor } from '../support/world/conditions.ts';
import { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { ProcessOwner } from '../support/world/processes.ts';
import { valuesIn } from './support/client-world.ts';
import { PATIENT } from './support/patience.ts';

const owner = new ProcessOwner();
let k1: KafkaCluster;

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'client-leaders-'));
  owner.removeAtEnd(folder);
  k1 = await KafkaCluster.start({ owner, alias: 'K1', folder, brokers: 2 });
});

afterAll(() => owner.stopAll());

/** Partition 0 is led by broker 1, partition 1 by broker 2. */
const createLedTopic = (topic: string) =>
  k1.createTopics([
    {
      topic,
      replicaAssignment: [1, 2].map((broker, partition) => ({ partition, replicas: [broker] })),
    },
  ]);

async function leadersOf(topic: string): Promise<readonly number[]> {
  const { topics } = await k1.admin((admin) => admin.fetchTopicMetadata({ topics: [topic] }));
  return topics[0]!.partitions.toSorted((a, b) => a.partitionId - b.partitionId).map(({ leader }) => leader);
}

/** From now on broker 2 leads both; clients learn it when broker 1 refuses. */
async function moveLeader(topic: string): Promise<void> {
  const partitionAssignment = [{ partition: 0, replicas: [2] }];
  await k1.admin((admin) => admin.alterPartitionReassignments({ topics: [{ topic, partitionAssignment }] }));
  await waitFor(
    `broker 2 leads all of ${topic}`,
    async () => ((await leadersOf(topic)).every((leader) => leader === 2) ? true : undefined),
    PATIENT,
  );
}

async function writer(topic: string, options: Pick<ProducerOptions, 'producer' | 'transactionalId'> = {}) {
  const acknowledged: AcknowledgedRecord[] = [];
  const client = createProducer({
    pair: 'orders',
    clientSet: 'clients-k1',
    clientId: 'writer',
    source: memorySource(clientRouting({ ...at('K1', k1.bootstrapServers), topics: [topic] })),
    adoption: { report: async () => undefined },
    hooks: { onAcknowledged: (record) => acknowledged.push(record) },
    ...options,
  });
  await client.connect();
  return { client, acknowledged };
}

const toBoth = (name: string) => [0, 1].map((partition) => ({ value: `${name} ${partition}`, partition }));

test.each([
  ['a plain producer', 'plain', {}],
  ['an idempotent producer', 'idempotent', { producer: { idempotent: true, maxInFlightRequests: 1 } }],
])(
  '%s: a record whose leader has moved to a broker that answered already is sent there',
  async (_who, topic, options) => {
    await createLedTopic(topic);
    const { client, acknowledged } = await writer(topic, options);
    try {
      await client.send({ topic, messages: toBoth('before') });
      await moveLeader(topic);
      const metadata = await client.send({ topic, messages: toBoth('after') });
      expect(metadata.map(({ partition, baseOffset }) => [partition, baseOffset]).toSorted()).toEqual([
        [0, '1'],
        [1, '1'],
      ]);
      const wanted = ['after 0', 'after 1', 'before 0', 'before 1'];
      expect((await valuesIn(k1, topic)).toSorted()).toEqual(wanted);
      expect(acknowledged.map(({ message }) => message.value).toSorted()).toEqual(wanted);
      expect(acknowledged.every(({ offset }) => offset !== null)).toBe(true);
    } finally {
      await client.disconnect();
    }
  },
);

test('a transaction holds a record whose leader has moved to a broker that answered already', async () => {
  await createLedTopic('transaction');
  const { client, acknowledged } = await writer('transaction', { transactionalId: 'writer' });
  try {
    const transaction = await client.transaction();
    await transaction.send({ topic: 'transaction', messages: toBoth('before') });
    await moveLeader('transaction');
    await transaction.send({ topic: 'transaction', messages: toBoth('after') });
    await transaction.commit();
    const wanted = ['after 0', 'after 1', 'before 0', 'before 1'];
    expect(acknowledged.map(({ message }) => message.value).toSorted()).toEqual(wanted);
    const readable = async () =>
      (await valuesIn(k1, 'transaction')).toSorted().join() === wanted.join() ? true : undefined;
    await waitFor('all of it is readable', readable, PATIENT);
  } finally {
    await client.disconnect();
  }
});
