/**
 * A re-send that is cut short on real brokers: MirrorMaker 2 is killed before it flushes, sends everything again after its
 * restart, and the source is lost in the middle of that. What was copied only before the restart must not be skipped.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigResourceTypes } from 'kafkajs';
import { offsetSyncs } from '../../core/replication/names.ts';
import type { LogRecord } from '../../lambdas/ports.ts';
import { waitFor } from '../support/world/conditions.ts';
import { startWorld, type World } from '../support/world/world.ts';
import { skipped, translate, truthOf, type Truth } from '../support/positions.ts';
import { worldPorts } from './support/positions.ts';
import { PATIENT } from './support/patience.ts';

const topic = 'cut';
const RECORDS = 20_000;
const flow = { source: 'K1', target: 'K2' };

describe('a re-send cut short by the loss of the source', () => {
  let world: World;
  let ports: ReturnType<typeof worldPorts>;
  let source: readonly LogRecord[];
  let truth: Truth;
  const remoteEnd = async () =>
    Number((await ports.kafka.reader('K2').ends([`K1.${topic}`])).get(`K1.${topic}`)?.get(0)?.highWatermark ?? 0n);
  const reaches = (count: number, everyMs: number) =>
    waitFor(`${count} copies`, async () => ((await remoteEnd()) >= count ? true : undefined), {
      ...PATIENT,
      everyMs,
    });

  beforeAll(async () => {
    world = await startWorld({
      name: 'cut',
      emulator: false,
      endWithThisProcess: false,
      mirror: {
        // Never flushed, so that a restart sends everything again; read in small pieces, so that there is a middle.
        settings: { 'K2.offset.flush.interval.ms': '3600000', 'K1.consumer.max.partition.fetch.bytes': '8192' },
      },
    });
    ports = worldPorts(world);
    await world.k1.createTopics([{ topic, numPartitions: 1 }]);
    const producer = world.k1.kafka().producer();
    await producer.connect();
    for (let i = 0; i < RECORDS; i += 1_000)
      await producer.send({
        topic,
        messages: Array.from({ length: 1_000 }, (_, j) => ({ value: `record ${i + j} ${'x'.repeat(500)}` })),
      });
    await producer.disconnect();
    source = await ports.kafka.reader('K1').readLog(topic, 0, 'start');
    await reaches(RECORDS, 100);
    await world.flow('K1->K2').kill();
    world.flow('K1->K2').restart();
    await reaches(RECORDS + 500, 2);
    await world.k1.kill();
    truth = await truthOf(ports, topic, 0, source);
  });
  afterAll(async () => {
    await ports.kafka.closeAll();
    await world.stop();
  });

  const at = async (home: bigint) => (await translate(ports, topic, [{ partition: 0, home }]))[0]!;

  test('the source was lost in the middle of the re-send', () => {
    expect(truth.copies.length).toBeGreaterThan(RECORDS + 499);
    expect(truth.copies.length).toBeLessThan(2 * RECORDS - 1_000);
  });

  test('each sync tells which life of the task wrote it', async () => {
    const { map } = await at(1n);
    const lives = map.points.map(({ downstream, life }) => ({ life, isResent: downstream >= BigInt(RECORDS) }));
    const of = (isResent: boolean) => [
      ...new Set(lives.filter((one) => one.isResent === isResent).map(({ life }) => life)),
    ];
    const [first, second] = [of(false), of(true)];
    expect([first, second]).toEqual([[expect.any(BigInt)], [expect.any(BigInt)]]);
    expect(second).not.toEqual(first);
  });

  test.each([1n, 250n])(
    'a group that stood at %s: the plain rule would skip thousands, ours skips nothing',
    async (home) => {
      const { map, bySyncs, answer } = await at(home);
      const nearest = map.points.findLast(({ upstream }) => upstream <= home)!;
      const plain = nearest.upstream === home ? nearest.downstream : nearest.downstream + 1n;
      const resent = truth.copies.length - RECORDS;
      process.stdout.write(
        `cut after ${resent} of ${RECORDS}, group at ${home}: the plain rule begins at ${plain} and skips ${skipped(truth, home, plain)}, ours at ${answer.kind === 'unknown' ? answer.reason : answer.position}\n`,
      );
      expect(plain).toBeGreaterThanOrEqual(BigInt(RECORDS));
      expect(skipped(truth, home, plain)).toBeGreaterThan(1_000);
      for (const one of [bySyncs, answer]) {
        if (one.kind === 'unknown') throw new Error(one.reason);
        expect(skipped(truth, home, one.position)).toBe(0);
      }
    },
  );

  test('with the syncs of before the restart gone, no answer is given', async () => {
    const syncs = offsetSyncs(flow, 'target').topic;
    const { map } = await at(1n);
    const boundary = map.points.findIndex(({ downstream }) => downstream >= BigInt(RECORDS));
    await deleteSyncs(world, syncs, await offsetOfSync(ports, syncs, boundary, map.points.length));
    const { answer } = await at(1n);
    expect(answer).toMatchObject({ kind: 'unknown', reason: 'INCOMPLETE_HISTORY' });
  });

  test('once the source is back and the re-send has gone through, the remote log proves it', async () => {
    await world.k1.restart();
    await reaches(2 * RECORDS, 200);
    truth = await truthOf(ports, topic, 0, source);
    const { bySyncs, answer } = await at(1n);
    expect(bySyncs).toMatchObject({ kind: 'unknown', reason: 'INCOMPLETE_HISTORY' });
    if (answer.kind === 'unknown') throw new Error(answer.reason);
    expect(answer.position).toBe(BigInt(RECORDS) + 1n);
    expect(skipped(truth, 1n, answer.position)).toBe(0);
  });
});

/** Offset, in the topic of syncs, of the first sync of the re-send: as many of this topic lie behind it as in the map. */
async function offsetOfSync(
  { kafka }: ReturnType<typeof worldPorts>,
  syncs: string,
  boundary: number,
  all: number,
): Promise<bigint> {
  const ours = (await kafka.reader('K2').readLog(syncs, 0, 'start')).filter(({ key }) => key?.includes(topic) === true);
  return ours.at(boundary - all)!.offset;
}

/** A compacted topic refuses to delete; as compaction and retention together it does not. */
async function deleteSyncs(world: World, syncs: string, before: bigint): Promise<void> {
  await world.k2.admin(async (admin) => {
    await admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: ConfigResourceTypes.TOPIC,
          name: syncs,
          configEntries: [{ name: 'cleanup.policy', value: 'compact,delete' }],
        },
      ],
    });
    await admin.fetchTopicOffsets(syncs);
    await admin.deleteTopicRecords({ topic: syncs, partitions: [{ partition: 0, offset: `${before}` }] });
  });
}
