/** What tests of the client library do to the clusters around it. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Routing } from '../../../client/index.ts';
import { waitFor } from '../../support/world/conditions.ts';
import { KafkaCluster } from '../../support/world/kafka-cluster.ts';
import { ProcessOwner } from '../../support/world/processes.ts';
import { PATIENT } from './patience.ts';

export interface TwoClusters {
  readonly k1: KafkaCluster;
  readonly k2: KafkaCluster;
  readonly owner: ProcessOwner;
  /** Removed at the end. */
  readonly folder: string;
  stop(): Promise<void>;
}

/** K1 and K2, of one broker each, without anything between them. About 3 s. */
export async function startTwoClusters(name: string): Promise<TwoClusters> {
  const owner = new ProcessOwner();
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  const start = (alias: string) => KafkaCluster.start({ owner, alias, folder: join(folder, alias.toLowerCase()) });
  const [k1, k2] = await Promise.all([start('K1'), start('K2')]);
  const stop = async () => {
    await owner.stopAll();
    rmSync(folder, { recursive: true, force: true });
  };
  return { k1, k2, owner, folder, stop };
}

/** Puts a routing value, or what is none, in a file as a mount does it: the new one is there at once and whole. */
export function mountValue(file: string, value: Routing | string): void {
  writeFileSync(`${file}.new`, typeof value === 'string' ? value : JSON.stringify(value));
  renameSync(`${file}.new`, file);
}

export const createTopic = async (cluster: KafkaCluster, topic: string, numPartitions: number) =>
  cluster.createTopics([{ topic, numPartitions }]);

/** By a transaction without a member: milliseconds, where kafkajs's setOffsets joins the group for five seconds. */
export const commitStart = async (
  cluster: KafkaCluster,
  groupId: string,
  topic: string,
  partitions: readonly number[],
  offset = 0,
) => {
  const transactionalId = `seed-${groupId}-${topic}-${partitions.join('-')}`;
  const offsets = partitions.map((partition) => ({ partition, offset: String(offset) }));
  const commit = async () => {
    const producer = cluster.kafka('seeder').producer({ transactionalId, maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.sendOffsets({ consumerGroupId: groupId, topics: [{ topic, partitions: offsets }] });
    await transaction.commit();
    await producer.disconnect();
    return true;
  };
  // The first use of a new cluster meets coordinators that are still being made.
  await waitFor(`positions of ${groupId} are committed`, commit, PATIENT);
};

export const committed = async (cluster: KafkaCluster, groupId: string, topic: string) => {
  const [answer] = await cluster.admin((admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
  return answer!.partitions.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset);
};

export const fill = async (cluster: KafkaCluster, topic: string, partition: number, values: readonly string[]) => {
  const producer = cluster.kafka('filler').producer();
  await producer.connect();
  await producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
  await producer.disconnect();
};

export const members = async (cluster: KafkaCluster, groupId: string) =>
  cluster.admin(async (admin) =>
    (await admin.describeGroups([groupId])).groups[0]!.members.map(({ memberId }) => memberId),
  );

/** Everything a reader of committed data finds in a topic, by value. */
export const valuesIn = async (cluster: KafkaCluster, topic: string): Promise<readonly string[]> => {
  const ends = await cluster.admin((admin) => admin.fetchTopicOffsets(topic));
  const found: string[] = [];
  const reached = new Map(ends.map(({ partition, low }) => [partition, BigInt(low)]));
  const consumer = cluster
    .kafka('checker')
    .consumer({ groupId: `checker-${topic}-${process.hrtime.bigint()}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachBatchAutoResolve: true,
      eachBatch: async ({ batch }) => {
        for (const { value } of batch.messages) found.push(String(value));
        reached.set(batch.partition, BigInt(batch.lastOffset()) + 1n);
      },
    });
    const read = () => ends.every(({ partition, high }) => (reached.get(partition) ?? 0n) >= BigInt(high));
    await waitFor(`${topic} of ${cluster.alias} is read`, async () => read() || undefined, PATIENT);
    return found;
  } finally {
    await consumer.disconnect();
  }
};
