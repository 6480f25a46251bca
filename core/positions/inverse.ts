/** From a group's position in the remote topic back to the position at home from which it must go on there. */
import { larger, noNegative, type DownstreamOffset, type UpstreamOffset } from '../replication/offsets.ts';
import { mayBeResend } from './resend.ts';
import type { SyncMap, SyncPoint } from './sync-map.ts';

export interface InverseQuestion {
  /** C: the group's commit at home when it moved; null = nothing is known to be done there, which counts as 0. */
  readonly homeCommit: UpstreamOffset | null;
  /** S: where the group started in the remote topic; null = not known. */
  readonly seed: DownstreamOffset | null;
  /** d: its present commit in the remote topic; null = it never committed there. */
  readonly drained: DownstreamOffset | null;
  /** Copies whose records were found at home by content (boundary.ts). */
  readonly found?: FoundCopies | undefined;
}

/** A copy whose record is known is as good as a sync. */
export interface FoundCopies {
  /** The last data record before d: no copy lies between the two. */
  readonly last?: SyncPoint | undefined;
  /** Around S. */
  readonly atSeed: readonly SyncPoint[];
}

export type InverseAnswer =
  | { readonly kind: 'exact'; readonly position: UpstreamOffset; readonly by: SyncPoint; readonly reprocessAtMost: 0n }
  | {
      readonly kind: 'bounded';
      readonly position: UpstreamOffset;
      readonly by: SyncPoint;
      /** Records processed at the refuge that are processed again at home, at most. */
      readonly reprocessAtMost: bigint;
    }
  /** Nothing can be said beyond what was done at home: go on there. Never a skip, only repetition. */
  | {
      readonly kind: 'home-commit';
      readonly position: UpstreamOffset;
      readonly reason: 'NO_SEED' | 'NO_PROGRESS' | 'NO_ANCHOR' | 'NOTHING_BEYOND';
      readonly reprocessAtMost: bigint | 'unknown';
    };

/**
 * u* = max(C, every sync from the anchor on in log order with s.d <= d: one past it, or itself when s.d = d).
 * The group has processed {below C at home} and {copies in [S, d)}. The anchor is the first sync whose copies C and S
 * both cover; from it on, everything copied up to a sync inside [S, d) is done. Without an anchor C is the answer.
 */
export function translateInverse(map: SyncMap, question: InverseQuestion): InverseAnswer {
  const homeCommit = noNegative(question.homeCommit) ?? 0n;
  const seed = noNegative(question.seed);
  const stay = (
    reason: 'NO_SEED' | 'NO_PROGRESS' | 'NO_ANCHOR' | 'NOTHING_BEYOND',
    reprocessAtMost: bigint | 'unknown',
  ) => ({ kind: 'home-commit', position: homeCommit, reason, reprocessAtMost }) as const;
  if (seed === null) return stay('NO_SEED', 'unknown');
  const drained = noNegative(question.drained) ?? seed;
  if (drained <= seed) return stay('NO_PROGRESS', 0n);
  const points = question.found === undefined ? map.points : withFound(map.points, question.found);
  const usable = fromAnchor(points, homeCommit, seed).filter((point) => point.downstream <= drained);
  if (usable.length === 0) return stay('NO_ANCHOR', drained - seed);
  const by = usable.reduce((best, point) => (reach(point, drained) >= reach(best, drained) ? point : best));
  const position = larger(homeCommit, reach(by, drained));
  const behind = by.downstream === question.found?.last?.downstream ? 0n : drained - by.downstream - 1n;
  const reprocessAtMost = mayRepeat(map, points, { seed, drained }) ? drained - seed : larger(0n, behind);
  if (position > reach(by, drained)) return stay('NOTHING_BEYOND', reprocessAtMost);
  return reprocessAtMost === 0n
    ? { kind: 'exact', position, by, reprocessAtMost }
    : { kind: 'bounded', position, by, reprocessAtMost };
}

const reach = (point: SyncPoint, drained: DownstreamOffset): UpstreamOffset =>
  point.downstream < drained ? point.upstream + 1n : point.upstream;

function fromAnchor(
  points: readonly SyncPoint[],
  homeCommit: UpstreamOffset,
  seed: DownstreamOffset,
): readonly SyncPoint[] {
  const anchor = points.findIndex(
    (point) => point.upstream <= homeCommit && point.downstream + (point.upstream < homeCommit ? 1n : 0n) >= seed,
  );
  return points.slice(anchor < 0 ? points.length : anchor);
}

/**
 * The points of a map with what was found put in its place. Where a sync says otherwise, the sync stands. A copy between
 * two syncs of one life is of that life.
 */
function withFound(points: readonly SyncPoint[], { last, atSeed }: FoundCopies): readonly SyncPoint[] {
  const copies = last === undefined ? atSeed : [...atSeed, last];
  return copies.reduce<readonly SyncPoint[]>((all, found) => {
    const behind = all.filter(({ downstream }) => downstream >= found.downstream);
    const before = all.slice(0, all.length - behind.length);
    if (behind[0]?.downstream === found.downstream) return all;
    const life = before.at(-1)?.life;
    const isLivedOn = life !== undefined && behind[0]?.life === life;
    return [...before, isLivedOn ? { ...found, life } : found, ...behind];
  }, points);
}

/**
 * Whether copies in [S, d) may lie beyond the answer, of records that were sent again since: any copy since the seed may
 * count then. Where syncs are missing, one that would tell may be among them.
 */
function mayRepeat(
  map: SyncMap,
  points: readonly SyncPoint[],
  { seed, drained }: { readonly seed: DownstreamOffset; readonly drained: DownstreamOffset },
): boolean {
  if (map.exactlyOnce) return false;
  if (map.history === 'incomplete' || map.points.length === 0) return true;
  return points.some((point, index) => {
    const before = points[index - 1];
    const isInside = point.downstream > seed && point.downstream <= drained;
    // In front of the first sync, where syncs tell lives, one may have been that left none.
    return isInside && (before === undefined ? map.points[0]!.life !== undefined : mayBeResend(before, point));
  });
}
