/** Where groups had come in the refuge's own topics, as far as home knows when the refuge is lost, and what is processed again. */
import type { EpochMs } from '../contracts/primitives.ts';
import type { HomeSample, HomewardRecord, PositionRecord, SeedRecord } from '../contracts/tables.ts';
import { larger, smaller, type UpstreamOffset } from '../replication/offsets.ts';
import type { RestoreChoice } from './restore.ts';

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

/**
 * Translations that home has made while the refuge lived and since: syncs that answered then may be gone from the look of today,
 * and each holds for every later position of the group at the refuge.
 * @param sinceMs when the set left home: what was kept before is of an earlier stay
 */
export const seedsOf = (kept: readonly HomewardRecord[], sinceMs: EpochMs): readonly SeedRecord[] =>
  kept
    .filter(({ atMs }) => atMs >= sinceMs)
    .map(({ group, topic, atMs, refugeClusterId, copies }) => ({
      group,
      topic,
      atMs,
      clusterId: refugeClusterId,
      partitions: Object.fromEntries(
        Object.entries(copies).map(([partition, { position, ofRefuge }]) => [
          partition,
          { seed: position, forHomePosition: ofRefuge, homePositionBefore: null },
        ]),
      ),
    }));

/**
 * Records of home's own topic, from where the group goes on there, that it may have processed at the refuge: those that the
 * translation of u* could not exclude, where that is known; never more than there are.
 * @param end log end at home; null = home has no such partition
 */
export function againAtHome(
  choice: RestoreChoice,
  end: UpstreamOffset | null,
  { restore, reprocess }: Pick<PositionRecord['partitions'][string], 'restore' | 'reprocess'>,
): bigint {
  if (choice.kind === 'refuse' || end === null) return 0n;
  const toEnd = larger(0n, end - choice.position);
  return restore === null || reprocess?.atMost == null ? toEnd : smaller(toEnd, BigInt(reprocess.atMost));
}
