/**
 * When a remote topic counts as drained, judged from what a real broker holds: markers, aborted data, open transactions, logs
 * that retention or compaction has shortened, partitions that were added. That nothing can be added is given here; what says
 * so is the flow's own evidence, which has tests of its own.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { DrainMemory } from '../../core/contracts/drain.ts';
import { judgeDrain, type DrainVerdict } from '../../core/drain/drain.ts';
import { judgePartitionFence } from '../../core/drain/fence.ts';
import type { Inflow } from '../../core/drain/inflow.ts';
import { historyOf, remember, sampleSpots, spotKey, type Reads } from '../../lambdas/gather/drain.ts';
import { membersOf } from '../../lambdas/gather/owners.ts';
import { waitFor } from '../support/world/conditions.ts';
import { clusterForThisFile, RealLab } from './support/kafka.ts';
import { PATIENT } from './support/patience.ts';

const RULES = { stallAfterMs: 30_000, stableMs: 5_000 };
const CLOSED: Inflow = { kind: 'closed', how: 'SOURCE_SILENT', because: 'home is down' };
const records = (count: number) => Array.from({ length: count }, (_, i) => ({ key: `k${i}`, value: `v${i}` }));

const cluster = clusterForThisFile(async () => ({
  settings: () => ({ 'log.cleaner.backoff.ms': '100', 'log.initial.task.delay.ms': '100' }),
}));
let lab: RealLab;
beforeAll(() => {
  lab = new RealLab(cluster());
});
afterAll(() => lab.close());

let serial = 0;
const newGroup = (): string => `billing-${(serial += 1)}`;

async function commit(group: string, topic: string, offset: bigint, partition = 0): Promise<void> {
  const committer = await lab.kafka.openCommitter('K1', `commit-${(serial += 1)}`);
  expect(await committer.commit(group, [{ topic, partition, offset }])).toEqual({ kind: 'committed' });
  await committer.close();
  // The coordinator answers before the position can be read.
  const read = async () => (await lab.kafka.reader('K1').committed(group, [topic])).get(topic)?.get(partition);
  await waitFor('the position', async () => ((await read()) === offset ? true : undefined), {
    timeoutMs: 10_000,
    everyMs: 10,
  });
}

interface Looking {
  readonly reads?: Reads;
  readonly inflow?: Inflow;
  readonly between?: () => Promise<void>;
  /** When the second look is, by the clock of the verdict. */
  readonly againMs?: number;
}

/** Looks at 0 s and at 10 s; `between` happens in the meantime. */
async function look(
  topic: string,
  group: string,
  { reads = 'all', inflow = CLOSED, between = async () => undefined, againMs = 10_000 }: Looking = {},
): Promise<DrainVerdict> {
  const reader = lab.kafka.reader('K1');
  let memory: DrainMemory = { partitions: {}, inflow: [] };
  const at = async (nowMs: number) => {
    const spots = await sampleSpots(reader, { groups: [group], topics: [topic], reads: () => reads, nowMs });
    memory = remember(memory, spots, RULES.stallAfterMs);
    return spots;
  };
  await at(0);
  await between();
  const spots = await at(againMs);
  const view = (await reader.groups([group])).get(group);
  const histories = spots.map((spot) => historyOf(memory, spot, view));
  return judgeDrain(histories, { members: membersOf(view) }, inflow, RULES);
}

/** One look at a group on its way to a fence in partition 0. */
async function lookAtFence(topic: string, group: string, fence: bigint, reads: Reads) {
  const reader = lab.kafka.reader('K1');
  const what = { groups: [group], topics: [topic], reads: () => reads, nowMs: 0 };
  const spots = await sampleSpots(reader, { ...what, fence: { [spotKey(group, topic, 0)]: String(fence) } });
  const memory = remember({ partitions: {}, inflow: [] }, spots, RULES.stallAfterMs);
  const view = (await reader.groups([group])).get(group);
  const [spot] = spots;
  return judgePartitionFence({ ...historyOf(memory, spot!, view), fence }, { members: membersOf(view) }, RULES);
}

/** A consumer with kafkajs's own settings, from the start of the log, until it has passed a batch that ends at `last`. */
async function consume(group: string, topic: string, last: bigint, readUncommitted: boolean) {
  const settings = { groupId: group, readUncommitted, maxWaitTimeInMs: 100 };
  const consumer = cluster().kafka('drain').consumer(settings);
  lab.leavesAtTheEnd(consumer);
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const passed = new Promise<void>((resolve) =>
    consumer.on('consumer.end_batch_process', ({ payload }) => {
      if (BigInt(payload.lastOffset) >= last) resolve();
    }),
  );
  await consumer.run({ eachMessage: async () => Promise.resolve() });
  await passed;
  return consumer;
}

const committed = async (group: string, topic: string) =>
  (await lab.kafka.reader('K1').committed(group, [topic])).get(topic)?.get(0);

const partition = (verdict: DrainVerdict, number = 0) =>
  verdict.partitions.find((one) => one.partition === number) ?? { kind: 'absent' };

describe('drained', () => {
  test('a topic that nobody ever wrote to', async () => {
    expect(await look(await lab.createTopic(), newGroup())).toMatchObject({ kind: 'drained', lostBelowLogStart: 0n });
  });

  test('a position at the end', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(5));
    await commit(group, topic, 5n);
    expect(partition(await look(topic, group))).toMatchObject({ kind: 'drained', position: 5n });
  });

  test('a position before the mark that ends a transaction, which no consumer ever passes', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await (await lab.begin(topic, 0, records(3))).end('commit');
    await commit(group, topic, 3n);
    expect(partition(await look(topic, group))).toMatchObject({ kind: 'drained', position: 4n });
  });

  test('aborted data behind the position, where the copies are read committed', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(2));
    await (await lab.begin(topic, 0, records(3))).end('abort');
    await commit(group, topic, 2n);
    expect(partition(await look(topic, group, { reads: 'committed' }))).toMatchObject({ kind: 'drained' });
  });

  test('a log that retention has emptied before the group had read it, with the loss', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(9));
    await commit(group, topic, 4n);
    await lab.deleteBefore(topic, 0, 9n);
    expect(await look(topic, group)).toMatchObject({ kind: 'drained', lostBelowLogStart: 5n });
  });
});

const COMPACTED = { 'cleanup.policy': 'compact', 'min.cleanable.dirty.ratio': '0.0001', 'segment.ms': '60000' };

/** By a producer that has not heard of the topic before: others learn of a new partition later. */
async function written(topic: string, number: number, count: number): Promise<void> {
  const other = new RealLab(cluster());
  const end = async () => (await lab.kafka.reader('K1').ends([topic])).get(topic)?.get(number)?.highWatermark;
  await waitFor('the new partition is led', async () => ((await end()) === 0n ? true : undefined), {
    timeoutMs: 10_000,
  });
  await other.append(topic, number, records(count));
  await other.close();
}

describe('not drained', () => {
  test('data behind the position, however few', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(5));
    await commit(group, topic, 4n);
    expect(partition(await look(topic, group))).toMatchObject({
      kind: 'draining',
      remaining: 1n,
      reasons: ['NO_MEMBERS'],
    });
  });

  test('aborted data behind the position, where the copies are read uncommitted', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await (await lab.begin(topic, 0, records(3))).end('abort');
    await commit(group, topic, 0n);
    expect(partition(await look(topic, group))).toMatchObject({ kind: 'draining', remaining: 3n });
  });

  test('an open transaction behind a position at the last stable offset', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(2));
    const open = await lab.begin(topic, 0, records(3));
    await commit(group, topic, 2n);
    const verdict = partition(await look(topic, group, { reads: 'committed' }));
    await open.end('abort');
    expect(verdict).toMatchObject({ kind: 'draining', reasons: ['SOURCE_STILL_FLOWING'] });
  });

  test('data and no position at all', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(2));
    const { reasons } = partition(await look(topic, group)) as { reasons?: readonly string[] };
    expect(reasons).toContain('NO_OFFSET');
  });

  test('a partition that was added, with data that nobody has read', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(2));
    await commit(group, topic, 2n);
    const verdict = await look(topic, group, {
      between: async () => {
        await cluster().admin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count: 2 }] }));
        await written(topic, 1, 2);
      },
    });
    expect(partition(verdict, 0)).toMatchObject({ kind: 'drained' });
    expect(partition(verdict, 1)).toMatchObject({ kind: 'draining', remaining: 2n });
    expect(verdict.kind).toBe('draining');
  });

  test('an end that moved between the two looks', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(2));
    await commit(group, topic, 2n);
    const verdict = await look(topic, group, {
      between: async () => {
        await lab.append(topic, 0, records(1));
        await commit(group, topic, 3n);
      },
    });
    expect(partition(verdict)).toMatchObject({ kind: 'draining', reasons: ['SETTLING'] });
  });

  test('a position that went back between the two looks', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(6));
    await commit(group, topic, 5n);
    const { reasons } = partition(await look(topic, group, { between: () => commit(group, topic, 1n) })) as {
      reasons?: readonly string[];
    };
    expect(reasons).toContain('REWOUND');
  });

  test('a finished log to which the flow may still add', async () => {
    const inflow: Inflow = { kind: 'open', because: 'heartbeats fresh' };
    expect(partition(await look(await lab.createTopic(), newGroup(), { inflow }))).toMatchObject({
      kind: 'draining',
      reasons: ['SOURCE_STILL_FLOWING'],
    });
  });

  test('a compacted log: what compaction has taken away is not waited for, what is left is', async () => {
    const [topic, group] = [await lab.createTopic(1, COMPACTED), newGroup()];
    // Each record begins a segment, because it is so much younger than the one before; the last segment is never compacted.
    for (const [i, key] of ['a', 'a', 'a', 'end'].entries())
      await lab.append(topic, 0, [{ key, value: `v${i}`, timestampMs: Date.now() - (4 - i) * 3_600_000 }]);
    const reader = lab.kafka.reader('K1');
    const left = () => reader.countData(topic, 0, 0n, 4n, { limit: 10, committedOnly: false });
    await waitFor('compaction', async () => ((await left()) === 2 ? true : undefined), { timeoutMs: 60_000 });
    await commit(group, topic, 0n);
    expect(partition(await look(topic, group))).toMatchObject({ kind: 'draining', remaining: 2n });
    await commit(group, topic, 4n);
    expect(partition(await look(topic, group))).toMatchObject({ kind: 'drained' });
  });

  test('a topic that does not exist', async () => {
    expect((await look('never-created', newGroup())).kind).toBe('draining');
  });
});

describe('aborted records before a fence', () => {
  test('a consumer that reads committed passes them and never commits it: they are owed to nobody', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(2));
    await (await lab.begin(topic, 0, records(3))).end('abort');
    const consumer = await consume(group, topic, 5n, false);
    // The batch that holds nothing but aborted records is behind it; what it has to commit is on its way.
    await waitFor('its position', async () => ((await committed(group, topic))! >= 2n ? true : undefined), PATIENT);
    expect(await committed(group, topic)).toBe(2n);
    const [told, asOthers, untold] = await Promise.all(
      (['committed', 'all', 'unknown'] as const).map((reads) => lookAtFence(topic, group, 6n, reads)),
    );
    await consumer.disconnect();
    expect(await committed(group, topic)).toBe(2n);
    expect(told).toMatchObject({ kind: 'drained', position: 6n });
    expect(asOthers).toMatchObject({ kind: 'draining', remaining: 3n, reasons: [] });
    expect(untold).toMatchObject({ kind: 'draining', remaining: 3n, reasons: ['ABORTED_ONLY'] });
  });

  test('a consumer that reads uncommitted passes them by itself, all but the marker', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(2));
    await (await lab.begin(topic, 0, records(3))).end('abort');
    expect(await lookAtFence(topic, group, 6n, 'all')).toMatchObject({ kind: 'draining', remaining: 5n });
    const consumer = await consume(group, topic, 4n, true);
    await waitFor('its position', async () => ((await committed(group, topic))! >= 5n ? true : undefined), PATIENT);
    for (const reads of ['all', 'unknown'] as const)
      expect(await lookAtFence(topic, group, 6n, reads)).toMatchObject({ kind: 'drained' });
    await consumer.disconnect();
  });

  test('count for everybody until the transaction is decided', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(2));
    await commit(group, topic, 2n);
    const open = await lab.begin(topic, 0, records(3));
    expect(await lookAtFence(topic, group, 5n, 'committed')).toMatchObject({ kind: 'draining', remaining: 3n });
    await open.end('abort');
    expect(await lookAtFence(topic, group, 5n, 'committed')).toMatchObject({ kind: 'drained' });
  });
});

describe('what keeps a partition open while members live', () => {
  const reasonsOf = async (...asked: Parameters<typeof look>) =>
    (partition(await look(...asked)) as { reasons?: readonly string[] }).reasons;

  test('a member that owns it and does not get further is STALLED', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(5));
    await commit(group, topic, 2n);
    const member = await lab.join(group, topic);
    expect(await reasonsOf(topic, group, { againMs: 40_000 })).toEqual(['STALLED']);
    await member.leave();
  });

  test('a member that takes less than arrives is SLOW, one that takes more is on its way', async () => {
    const [topic, group] = [await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(5));
    await commit(group, topic, 1n);
    const member = await lab.join(group, topic);
    const between = (arrive: number, position: bigint) => async () => {
      await lab.append(topic, 0, records(arrive));
      await commit(group, topic, position);
    };
    expect(await reasonsOf(topic, group, { between: between(4, 2n), againMs: 40_000 })).toEqual(['SLOW']);
    expect(await reasonsOf(topic, group, { between: between(1, 6n), againMs: 40_000 })).toEqual([]);
    await member.leave();
  });

  test('members that read another topic are there, and it is NOT_ASSIGNED', async () => {
    const [topic, other, group] = [await lab.createTopic(), await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(5));
    await commit(group, topic, 2n);
    const member = await lab.join(group, other);
    expect(await reasonsOf(topic, group)).toEqual(['NOT_ASSIGNED']);
    expect(await reasonsOf(topic, group, { againMs: 40_000 })).toEqual(['NOT_ASSIGNED', 'STALLED']);
    await member.leave();
  });

  test('a position that no record of this log can have is UNKNOWN', async () => {
    const [topic, other, group] = [await lab.createTopic(), await lab.createTopic(), newGroup()];
    await lab.append(topic, 0, records(5));
    await commit(group, topic, 9n);
    // Who reads the topic itself sets such a position back within moments.
    const member = await lab.join(group, other);
    expect(partition(await look(topic, group))).toMatchObject({ reasons: ['UNKNOWN'], remaining: 'unknown' });
    await member.leave();
  });
});
