/** The reader and the committer: the in-memory fake and the real adapter on a real broker pass one suite. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { kafkaPorts, KafkaUnavailable } from '../../lambdas/adapters/kafka/index.ts';
import { fakeKafka } from '../support/fakes/kafka.ts';
import { stopAnswering } from '../support/world/stopped.ts';
import { clusterForThisFile, noSecrets, pairWith, RealLab, silentLog } from './support/kafka.ts';
import { clusterReaderContract, fencedCommitterContract, type KafkaLab } from './support/kafka-contract.ts';

describe('in memory', () => {
  const lab = fakeLab();
  clusterReaderContract(() => lab);
  fencedCommitterContract(() => lab);

  test('a cluster that is down throws KafkaUnavailable and remembers everything', async () => {
    const kafka = fakeKafka();
    kafka.cluster('K1').createTopic('orders');
    kafka.cluster('K1').append('orders', 0, [{ value: 'v' }]);
    kafka.cluster('K1').isUp = false;
    await expect(kafka.reader('K1').ends(['orders'])).rejects.toThrow(KafkaUnavailable);
    kafka.cluster('K1').isUp = true;
    expect((await kafka.reader('K1').ends(['orders'])).get('orders')?.get(0)?.highWatermark).toBe(1n);
  });
});

describe('on a real broker', () => {
  const cluster = clusterForThisFile();
  let lab: RealLab;
  beforeAll(() => {
    lab = new RealLab(cluster());
  });
  afterAll(() => lab.close());
  clusterReaderContract(() => lab);
  fencedCommitterContract(() => lab);

  test('what an older committer had staged is rolled back when a newer one is opened, and its end is refused', async () => {
    const topic = await lab.createTopic();
    const producer = cluster()
      .kafka()
      .producer({ transactionalId: 'staged', maxInFlightRequests: 1, idempotent: true });
    await producer.connect();
    const older = await producer.transaction();
    await older.sendOffsets({
      consumerGroupId: 'g-staged',
      topics: [{ topic, partitions: [{ partition: 0, offset: '10' }] }],
    });
    const newer = await lab.kafka.openCommitter('K1', 'staged');
    await expect(older.commit()).rejects.toThrow();
    expect(await newer.commit('g-staged', [{ topic, partition: 0, offset: 60n }])).toEqual({ kind: 'committed' });
    await expect(older.commit()).rejects.toThrow();
    const settled = async () => (await lab.kafka.reader('K1').committed('g-staged', [topic])).get(topic)?.get(0);
    for (let i = 0; i < 100 && (await settled()) !== 60n; i += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await settled()).toBe(60n);
    await producer.disconnect().catch(() => undefined);
    await newer.close();
  });

  test('a commit for a topic that does not exist changes nothing, not even its other positions', async () => {
    const topic = await lab.createTopic();
    const committer = await lab.kafka.openCommitter('K1', 'half');
    const positions = [
      { topic, partition: 0, offset: 3n },
      { topic: 'never-created', partition: 0, offset: 3n },
    ];
    await expect(committer.commit('g-half', positions)).rejects.toThrow(KafkaUnavailable);
    expect((await lab.kafka.reader('K1').committed('g-half', [topic])).get(topic)?.get(0)).toBeNull();
    await committer.close();
  });

  test.each(['gzip', 'snappy', 'lz4', 'zstd'])('%s: records are read and counted', async (codec) => {
    const topic = await lab.createTopic(1, { 'compression.type': codec });
    const value = (i: number) => `record ${i} `.repeat(1 + (i % 50));
    await lab.append(
      topic,
      0,
      Array.from({ length: 2_000 }, (_, i) => ({ key: `k${i}`, value: value(i) })),
    );
    const log = await lab.kafka.reader('K1').readLog(topic, 0, 'start');
    expect(log.map((record) => record.value?.toString())).toEqual(Array.from({ length: 2_000 }, (_, i) => value(i)));
    expect(await lab.kafka.reader('K1').countData(topic, 0, 5n, 1_995n, { limit: 10_000, committedOnly: true })).toBe(
      1_990,
    );
  });

  test('a log that needs many fetches', async () => {
    const topic = await lab.createTopic();
    for (let i = 0; i < 12; i += 1) await lab.append(topic, 0, [{ value: Buffer.alloc(900_000, i) }]);
    const log = await lab.kafka.reader('K1').readLog(topic, 0, 'start');
    expect(log.map((record) => record.value?.[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  test('nobody at the address: KafkaUnavailable at once, with the class of the failure', async () => {
    const ports = kafkaPorts(pairWith(['127.0.0.1:2']), noSecrets, silentLog);
    await expect(ports.reader('K1').ends(['orders'])).rejects.toMatchObject({
      name: 'KafkaUnavailable',
      cluster: 'K1',
      errorClass: 'transport-failure',
    });
  });

  test('a broker that stops answering: KafkaUnavailable in time, and well again when it goes on', async () => {
    const topic = await lab.createTopic();
    const ports = kafkaPorts(pairWith(cluster().bootstrapServers), noSecrets, silentLog, {
      connectMs: 1_000,
      requestMs: 1_000,
      callMs: 2_500,
      readMs: 1_000,
    });
    await ports.reader('K1').ends([topic]);
    const [broker] = cluster().processes;
    await stopAnswering(broker!);
    try {
      const startedAt = performance.now();
      await expect(ports.reader('K1').ends([topic])).rejects.toThrow(KafkaUnavailable);
      expect(performance.now() - startedAt).toBeLessThan(6_000);
    } finally {
      broker!.signal('SIGCONT');
    }
    expect((await ports.reader('K1').ends([topic])).has(topic)).toBe(true);
    await ports.closeAll();
  });
});

function fakeLab(): KafkaLab {
  const kafka = fakeKafka();
  const cluster = kafka.cluster('K1');
  let serial = 0;
  return {
    kafka,
    cluster: 'K1',
    createTopic: async (partitions = 1, settings = {}) => {
      const topic = `topic-${(serial += 1)}`;
      cluster.createTopic(topic, partitions);
      cluster.setSettings(topic, settings);
      return topic;
    },
    append: async (topic, partition, records) => cluster.append(topic, partition, records),
    begin: async (topic, partition, records) => {
      const open = cluster.begin(topic, partition, records);
      return { end: async (how) => open.end(how) };
    },
    deleteBefore: async (topic, partition, offset) => cluster.deleteBefore(topic, partition, offset),
    join: async (group, topic) => {
      const partitions = (await cluster.reader().partitionCounts([topic])).get(topic) ?? 0;
      const assigned = { [topic]: Array.from({ length: partitions }, (_, partition) => partition) };
      cluster.join(group, { memberId: 'm', clientId: 'lab', subscribed: [topic], assigned });
      return { leave: async () => cluster.leave(group, 'm') };
    },
  };
}
