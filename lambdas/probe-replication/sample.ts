/** A group's positions and the log ends of one topic, as they are kept. */
import type { HomeSample } from '../../core/contracts/tables.ts';
import { at, partitionsOf } from '../gather/partitions.ts';
import type { ByPartition, Ends } from '../ports.ts';

export const sampleOf = (
  topic: string,
  committed: ByPartition<bigint | null>,
  ends: ByPartition<Ends>,
): HomeSample['partitions'] =>
  Object.fromEntries(
    partitionsOf(ends, topic).map((p) => {
      const end = at(ends, topic, p)!;
      const commit = at(committed, topic, p) ?? null;
      return [
        String(p),
        {
          committed: commit === null ? null : String(commit),
          end: String(end.highWatermark),
          start: String(end.start),
        },
      ];
    }),
  );

/** Five minutes of samples at the default interval: enough to tell a rate, and a burst stays in it for a while. */
const RECENT = 20;

export function recentOf(
  last: HomeSample | undefined,
  { atMs, partitions }: Pick<HomeSample, 'atMs' | 'partitions'>,
): NonNullable<HomeSample['recent']> {
  const end = Object.values(partitions).reduce((sum, partition) => sum + BigInt(partition.end), 0n);
  return [...(last?.recent ?? []), { atMs, end: String(end) }].slice(-RECENT);
}
