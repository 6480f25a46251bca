/**
 * A consumer starts only from a committed position, as with `auto.offset.reset=none` in Java. kafkajs has no such
 * setting: without a position it starts at one end of the log, and out of range it even commits -1 or -2.
 */
import type { Cluster, Kafka } from 'kafkajs';
import { StartRefusedError } from './errors.ts';

/** What to do in phase `home` for a partition whose group never committed. Anywhere else a start is refused. */
export type StartWithoutPosition = 'refuse' | 'earliest' | 'latest';

const EARLIEST = -2;
const LATEST = -1;

export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  /** null = the group has no committed position. */
  readonly offset: bigint | null;
}

/** Committed positions of every partition of the topics. Throws what kafkajs throws, also for a missing topic. */
export async function readPositions(
  kafka: Kafka,
  groupId: string,
  topics: readonly string[],
): Promise<readonly PartitionPosition[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const answer = await admin.fetchOffsets({ groupId, topics: [...topics] });
    return answer.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({
        topic,
        partition,
        offset: offset.startsWith('-') ? null : BigInt(offset),
      })),
    );
  } finally {
    await admin.disconnect();
  }
}

/** Throws StartRefusedError naming every partition without a position. */
export function requirePositions(positions: readonly PartitionPosition[], groupId: string, cluster: string): void {
  const missing = positions
    .filter(({ offset }) => offset === null)
    .map(({ topic, partition }) => `${topic}-${partition}`);
  if (missing.length === 0) return;
  throw new StartRefusedError(
    `group "${groupId}" has no committed position on ${cluster} for ${missing.join(', ')}; it starts as soon as there is one ` +
      '(commit it with kafka-consumer-groups --reset-offsets, or set startWithoutPosition for a first start at home)',
  );
}

/** @throws TypeError for what is no position: kafkajs takes -1 and -2 for the ends of the log, and commits them as they are. */
export function requireOffset(offset: string): void {
  if (!/^\d+$/.test(offset))
    throw new TypeError(`seek() to offset "${offset}"; allowed: the offset of a record, "0" or higher`);
}

/**
 * Teaches one kafkajs consumer's cluster object the same rule for everything that happens later.
 *
 * - A partition that existed at the check and has lost its position: refused, unless `policy` says where to start.
 * - A partition that appeared after the check: all its records are new, so it is read from its beginning.
 * - A position outside the log: refused. kafkajs would commit a negative offset, which breaks MirrorMaker 2's checkpoints.
 */
export function guardPositions(
  cluster: Cluster,
  checked: readonly PartitionPosition[],
  policy: StartWithoutPosition,
): void {
  const known = new Set(checked.map(({ topic, partition }) => `${topic}-${partition}`));
  const fetchTopicsOffset = cluster.fetchTopicsOffset.bind(cluster);
  cluster.fetchTopicsOffset = async (topics) =>
    fetchTopicsOffset(
      topics.map(({ topic, partitions }) => {
        const lost = partitions.filter(({ partition }) => known.has(`${topic}-${partition}`));
        if (lost.length > 0 && policy === 'refuse')
          throw refusal(`no committed position for ${topic}, partitions ${list(lost)}`);
        // Re-reading a few records is the lesser evil where an old and a new partition meet.
        const atEnd = policy === 'latest' && lost.length === partitions.length;
        return { topic, partitions, fromTimestamp: atEnd ? LATEST : EARLIEST };
      }),
    );
  cluster.defaultOffset = () => {
    throw refusal(
      'the committed position is outside the log: retention passed it, or the log was cut; a person must decide where to go on',
    );
  };
}

const list = (partitions: readonly { readonly partition: number }[]) =>
  partitions.map(({ partition }) => partition).join(', ');

/** `retriable: false` is what makes kafkajs give up at once instead of trying for a while. */
const refusal = (sentence: string): StartRefusedError =>
  Object.assign(new StartRefusedError(sentence), { retriable: false });
