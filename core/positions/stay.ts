/** What a group had processed of a remote topic in the stay that goes on, when home is lost again on the way back. */
import type { EpochMs } from '../contracts/primitives.ts';
import type { PositionRecord, SeedRecord } from '../contracts/tables.ts';
import { larger, type DownstreamOffset, type UpstreamOffset } from '../replication/offsets.ts';
import type { EarlierSeed } from './seed.ts';

type Stored = PositionRecord['partitions'][string];

const number = (text: string | null | undefined): bigint | null => (text == null ? null : BigInt(text));

/**
 * The S that the inverse rule may use: the group has processed all copies from there on. Where this epoch goes on right
 * where an earlier one of the same stay stood, that is the earlier one's; else copies between the two were never read.
 */
export function processedSince({ seed, processed }: Pick<Stored, 'seed' | 'processed'>): DownstreamOffset | null {
  return number(processed !== undefined && processed.to === seed ? processed.from : seed);
}

/** The range of the remote topic that the group has processed since the stay began; undefined when it never read there. */
export function processedIn(
  stored: Stored,
  live: DownstreamOffset | null,
): { readonly from: DownstreamOffset; readonly to: DownstreamOffset } | undefined {
  const from = processedSince(stored);
  const to = larger(number(stored.drained) ?? -1n, live ?? -1n);
  return from === null || to < from ? undefined : { from, to };
}

/**
 * Every record from C on that was copied has a copy behind S or was processed; so it holds for the present home position
 * too, as long as that is not below C.
 */
export const earlierOfStay = (stored: Stored, to: DownstreamOffset): EarlierSeed => ({
  position: to,
  forHomePosition: number(stored.homeCommit) ?? 0n,
});

/**
 * What seeds go on from when a stay has ended without a look at the refuge: the group does not begin again before what it had
 * processed there. What was seeded for other partitions stays.
 */
export const seedsBehind = (
  records: readonly PositionRecord[],
  before: readonly SeedRecord[],
  atMs: EpochMs,
): readonly SeedRecord[] =>
  records.flatMap(({ group, topic, clusterId, partitions }) => {
    const behind = Object.entries(partitions).flatMap(([partition, stored]) => {
      const range = processedIn(stored, null);
      if (range === undefined) return [];
      const { position, forHomePosition } = earlierOfStay(stored, range.to);
      const seed = { seed: String(position), forHomePosition: String(forHomePosition), homePositionBefore: null };
      return [[partition, seed] as const];
    });
    const old = before.find((one) => one.group === group && one.topic === topic);
    return behind.length === 0
      ? []
      : [
          {
            ...refugeOf(old),
            group,
            topic,
            atMs,
            clusterId,
            partitions: { ...old?.partitions, ...Object.fromEntries(behind) },
          },
        ];
  });

/** A stay was on the cluster that was seeded before it. */
export const refugeOf = (old: SeedRecord | undefined): Pick<SeedRecord, 'refugeClusterId'> =>
  old?.refugeClusterId === undefined ? {} : { refugeClusterId: old.refugeClusterId };

/** Seeds that are positions of this cluster; of a refuge that was rebuilt they would skip what it was sent since. */
export const seedsAt = (refugeClusterId: string, seeds: readonly SeedRecord[]): readonly SeedRecord[] =>
  seeds.filter((seed) => (seed.refugeClusterId ?? refugeClusterId) === refugeClusterId);

/** Of two earlier seeds the one that takes the group furthest, given where it stands at home. */
export function furthestFor(home: UpstreamOffset | undefined, seeds: readonly EarlierSeed[]): EarlierSeed | undefined {
  const holding = seeds.filter(({ forHomePosition }) => forHomePosition <= (home ?? -1n));
  const [first, ...others] = holding.length > 0 ? holding : seeds;
  return others.reduce((best, one) => (one.position > best!.position ? one : best), first);
}
