/** Every committed position of some groups, in the order in which the cluster took them, from its own topic of them. */
import type { ClusterReader } from '../../lambdas/ports.ts';
import type { Commit } from './checker/records.ts';

const TOPIC = '__consumer_offsets';
/** Versions of a key that stands for a committed position; others are of groups and their members. */
const COMMIT_KEYS: readonly number[] = [0, 1];

/** All commits of a group lie in one partition, so their order is that of the log. Transactions that were aborted are left out. */
export async function readCommits(
  cluster: string,
  reader: Pick<ClusterReader, 'ends' | 'readLog'>,
  groups: readonly string[],
): Promise<readonly Commit[]> {
  const commits: Commit[] = [];
  for (const partition of ((await reader.ends([TOPIC])).get(TOPIC) ?? new Map<number, unknown>()).keys())
    for (const { key, value, timestampMs } of await reader.readLog(TOPIC, partition, 'start', {
      committedOnly: true,
    })) {
      const of = key === null ? undefined : decodeKey(key);
      if (of !== undefined && groups.includes(of.group))
        commits.push({ cluster, ...of, offset: value === null ? null : decodeOffset(value), atMs: timestampMs });
    }
  return commits;
}

/** Kafka's `OffsetCommitKey`: version, group, topic, partition. */
export function decodeKey(key: Buffer): Pick<Commit, 'group' | 'topic' | 'partition'> | undefined {
  if (!COMMIT_KEYS.includes(key.readInt16BE(0))) return undefined;
  const [group, afterGroup] = text(key, 2);
  const [topic, afterTopic] = text(key, afterGroup);
  return { group, topic, partition: key.readInt32BE(afterTopic) };
}

/** Kafka's `OffsetCommitValue`: each version begins with itself and the offset. */
export const decodeOffset = (value: Buffer): bigint => value.readBigInt64BE(2);

function text(bytes: Buffer, at: number): readonly [string, number] {
  const end = at + 2 + bytes.readInt16BE(at);
  return [bytes.toString('utf8', at + 2, end), end];
}
