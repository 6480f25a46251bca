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
