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
  const usable = fromAnchor(map, homeCommit, seed).filter((point) => point.downstream <= drained);
  if (usable.length === 0) return stay('NO_ANCHOR', drained - seed);
  const by = usable.reduce((best, point) => (reach(point, drained) >= reach(best, drained) ? point : best));
  const position = larger(homeCommit, reach(by, drained));
  const reprocessAtMost = boundReprocess(map, by, { seed, drained });
  if (position > reach(by, drained)) return stay('NOTHING_BEYOND', reprocessAtMost);
  return reprocessAtMost === 0n
    ? { kind: 'exact', position, by, reprocessAtMost }
    : { kind: 'bounded', position, by, reprocessAtMost };
}

const reach = (point: SyncPoint, drained: DownstreamOffset): UpstreamOffset =>
  point.downstream < drained ? point.upstream + 1n : point.upstream;

function fromAnchor(map: SyncMap, homeCommit: UpstreamOffset, seed: DownstreamOffset): readonly SyncPoint[] {
  const anchor = map.points.findIndex(
    (point) => point.upstream <= homeCommit && point.downstream + (point.upstream < homeCommit ? 1n : 0n) >= seed,
  );
  return map.points.slice(anchor < 0 ? map.points.length : anchor);
}

/** Copies behind the answering sync and before d; with a re-send inside [S, d) any copy since the seed may count. */
function boundReprocess(
  map: SyncMap,
  by: SyncPoint,
  { seed, drained }: { readonly seed: DownstreamOffset; readonly drained: DownstreamOffset },
): bigint {
  const resent =
    !map.exactlyOnce &&
    map.points.some((point, index) => {
      const before = map.points[index - 1];
      const isInside = point.downstream > seed && point.downstream <= drained;
      // In front of the first sync a life may have been that left none.
      return isInside && (before === undefined ? point.life !== undefined : mayBeResend(before, point));
    });
  return resent ? drained - seed : larger(0n, drained - by.downstream - 1n);
}
