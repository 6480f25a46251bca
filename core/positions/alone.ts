/** Where groups had come in the refuge's own topics, as far as home knows when the refuge is lost. */
import type { EpochMs } from '../contracts/primitives.ts';
import type { HomeSample, PositionRecord } from '../contracts/tables.ts';

/**
 * In the shape of home samples, because along the flow from the refuge that cluster is the source. The newest look of this
 * stay; a partition that was not seen then, or in which the group had no commit, counts from where it was pinned when the stay
 * began; one of which neither is known is unknown, and read from its log start.
 * @param sinceMs when the set left home: looks from before are of an earlier stay
 */
export const knownAtRefuge = (
  records: readonly PositionRecord[],
  samples: readonly HomeSample[],
  sinceMs: EpochMs,
): readonly HomeSample[] =>
  records.map(({ group, topic, atMs, partitions }) => {
    const sample = samples.find((one) => one.group === group && one.topic === topic && one.atMs >= sinceMs);
    const seen = sample?.partitions ?? {};
    const all = [...new Set([...Object.keys(partitions), ...Object.keys(seen)])];
    return {
      group,
      topic,
      atMs: sample?.atMs ?? atMs,
      clusterId: sample?.clusterId ?? '',
      partitions: Object.fromEntries(
        all.map((partition) => {
          const { committed = null, end = '0', start = '0' } = seen[partition] ?? {};
          return [partition, { committed: committed ?? partitions[partition]?.localPin ?? null, end, start }];
        }),
      ),
    };
  });
