/** A real cluster for contract tests, and a lab on it. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';
import { Kafka, Partitioners, type Consumer, type Producer } from 'kafkajs';
import { readConfig } from '../../../core/config/read.ts';
import type { PairConfig } from '../../../core/config/schema.ts';
import { kafkaPorts, type KafkaPorts, type SecretResolver } from '../../../lambdas/adapters/kafka/index.ts';
import type { Log } from '../../../lambdas/ports.ts';
import type { NewRecord } from '../../support/fakes/kafka.ts';
import { waitFor } from '../../support/world/conditions.ts';
import { KafkaCluster, type ClusterOptions } from '../../support/world/kafka-cluster.ts';
import { ProcessOwner } from '../../support/world/processes.ts';
import type { KafkaLab } from './kafka-contract.ts';
import { PATIENT } from './patience.ts';

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
export const noSecrets: SecretResolver = async (arn) => Promise.reject(new Error(`no secret ${arn}`));

/** A pair whose K1 is what a test is about; its K2 is never asked. */
export function pairWith(
  bootstrapServers: readonly string[],
  security: object = { kind: 'plaintext' },
  rungTimeoutSeconds = 3,
): PairConfig {
  const reading = readConfig({
    schema: 1,
    pair: 'orders',
    probe: { rungTimeoutSeconds },
    clusters: {
      K1: { region: 'eu-west-1', bootstrapServers: [...bootstrapServers], auth: 'k1-clients', security },
      K2: { region: 'eu-central-1', bootstrapServers: ['127.0.0.1:1'], auth: 'k2-clients' },
    },
    clientSets: { 'clients-k1': { home: 'K1', topics: ['orders'], groups: [{ id: 'g' }] } },
  });
  if (reading.kind !== 'valid') throw new Error(JSON.stringify(reading.problems));
  return reading.config;
}

/** Starts a cluster before the tests of this file; ask for it inside a test or a hook. */
export function clusterForThisFile(
  settings: (folder: string) => Promise<Partial<ClusterOptions>> = async () => ({}),
): () => KafkaCluster {
  const owner = new ProcessOwner();
  let cluster: KafkaCluster | undefined;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mm2-failover-kafka-'));
    owner.removeAtEnd(folder);
    cluster = await KafkaCluster.start({ owner, alias: 'K1', folder, ...(await settings(folder)) });
  });
  afterAll(() => owner.stopAll());
  return () => {
    if (cluster === undefined) throw new Error('the cluster runs only while tests run');
    return cluster;
  };
}

let serial = 0;

export class RealLab implements KafkaLab {
  readonly cluster = 'K1';
  readonly kafka: KafkaPorts;
  readonly #cluster: KafkaCluster;
  readonly #client: Kafka;
  #plain: Producer | undefined;
  readonly #consumers: Consumer[] = [];

  constructor(cluster: KafkaCluster) {
    this.#cluster = cluster;
    this.#client = cluster.kafka('lab');
    this.kafka = kafkaPorts(pairWith(cluster.bootstrapServers), noSecrets, silentLog);
  }

  async createTopic(partitions = 1, config: Readonly<Record<string, string>> = {}): Promise<string> {
    const topic = `topic-${(serial += 1)}`;
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await this.#cluster.createTopics([{ topic, numPartitions: partitions, configEntries }]);
    return topic;
  }

  async append(topic: string, partition: number, records: readonly NewRecord[]): Promise<void> {
    if (this.#plain === undefined) {
      this.#plain = this.#client.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await this.#plain.connect();
    }
    await this.#plain.send({ topic, messages: records.map((record) => messageOf(record, partition)) });
  }

  async begin(topic: string, partition: number, records: readonly NewRecord[]) {
    const transactionalId = `lab-${(serial += 1)}`;
    const producer = this.#client.producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      transactionalId,
      maxInFlightRequests: 1,
      idempotent: true,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: records.map((record) => messageOf(record, partition)) });
    const before = await this.#end(topic, partition);
    return {
      end: async (how: 'commit' | 'abort') => {
        await transaction[how]();
        await producer.disconnect();
        // The coordinator answers before the marker is in the log.
        await waitFor('the marker', async () => ((await this.#end(topic, partition)) > before ? true : undefined), {
          ...PATIENT,
          everyMs: 10,
        });
      },
    };
  }

  async deleteBefore(topic: string, partition: number, offset: bigint): Promise<void> {
    await this.#cluster.admin(async (admin) => {
      await admin.fetchTopicOffsets(topic); // kafkajs deletes only where it knows the leader
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: offset.toString() }] });
    });
  }

  async join(group: string, topic: string) {
    const consumer = this.#client.consumer({ groupId: group, maxWaitTimeInMs: 100 });
    this.leavesAtTheEnd(consumer);
    await consumer.connect();
    await consumer.subscribe({ topics: [topic] });
    const joined = new Promise<void>((resolve) => consumer.on('consumer.group_join', () => resolve()));
    await consumer.run({ autoCommit: false, eachMessage: async () => Promise.resolve() });
    await joined;
    return { leave: () => consumer.disconnect() };
  }

  /** One that a failed test leaves behind would keep the process of the tests alive. */
  leavesAtTheEnd(consumer: Consumer): void {
    this.#consumers.push(consumer);
  }

  async close(): Promise<void> {
    await Promise.all(this.#consumers.map((consumer) => consumer.disconnect()));
    await this.#plain?.disconnect();
    await this.kafka.closeAll();
  }

  async #end(topic: string, partition: number): Promise<bigint> {
    return (await this.kafka.reader('K1').ends([topic])).get(topic)?.get(partition)?.highWatermark ?? -1n;
  }
}

const messageOf = ({ key, value, timestampMs, headers }: NewRecord, partition: number) => ({
  key: key ?? null,
  value: value ?? null,
  partition,
  ...(headers && { headers }),
  ...(timestampMs === undefined ? {} : { timestamp: timestampMs.toString() }),
});
