/**
 * When a flow that is not exactly-once restarts, it sends the records after its last flushed offset again. If it is
 * lost in the middle of that, a sync of the new run maps an offset *behind* copies that were made only once, before
 * the restart: translating with it would skip them. This module finds such boundaries and says which syncs may answer.
 *
 * Smallest case: source 0,1,2 copied to 0,1,2; restart; 0 copied again to 3; source lost. Syncs (0,0),(0,3). A group
 * that committed 1 must go to 1. The newest sync says 4, and records 1 and 2 would never be read.
 */
import type { SyncMap, SyncPoint } from './sync-map.ts';

/** Between `before` and the next point more was written downstream than upstream offsets passed: a re-send. */
interface Boundary {
  readonly before: SyncPoint;
  /** Index of the first point of the re-send. */
  readonly at: number;
  /** Copies between the two points (K). */
  readonly copies: bigint;
  /** Largest source offset that may have been copied before the re-send (Y), if those copies have no gaps. */
  readonly reached: bigint;
}

function findBoundaries(points: readonly SyncPoint[]): readonly Boundary[] {
  return points.flatMap((point, at) => {
    const before = points[at - 1];
    if (before === undefined) return [];
    const wrote = point.downstream - before.downstream;
    if (wrote <= point.upstream - before.upstream) return [];
    return [{ before, at, copies: wrote - 1n, reached: before.upstream + wrote - 1n }];
  });
}

/**
 * Whether the run that begins at `points[start]` had, by `points[index]`, copied again everything that was copied
 * between `boundary.before` and the boundary.
 */
function hasCaughtUp(points: readonly SyncPoint[], start: number, index: number, boundary: Boundary): boolean {
  const point = points[index]!;
  if (point.upstream < boundary.reached) return false;
  const first = points[start]!;
  const { upstream: from } = boundary.before;
  const startedInside = first.upstream <= from + 1n;
  const withoutGaps = point.upstream - first.upstream === point.downstream - first.downstream;
  if (startedInside && withoutGaps) return true;
  const firstBehind = points.slice(start, index + 1).find((candidate) => candidate.upstream >= from);
  if (firstBehind === undefined) return false;
  const counted = point.downstream - firstBehind.downstream + (firstBehind.upstream > from ? 1n : 0n);
  return counted >= boundary.copies;
}

/**
 * For each point: whether a translation may use it. A point behind a re-send may answer only if one run behind that
 * re-send holds a point, not before this one, that proves the re-send complete. Holds for every re-send before it.
 */
export function trustedPoints(map: SyncMap): readonly boolean[] {
  const { points } = map;
  const boundaries = map.exactlyOnce ? [] : findBoundaries(points);
  const trusted = points.map(() => true);
  const starts = [0, ...boundaries.map((boundary) => boundary.at)];
  for (const boundary of boundaries) {
    const lastProof = findLastProof(points, starts, boundary);
    for (let index = Math.max(boundary.at, lastProof + 1); index < points.length; index += 1) trusted[index] = false;
  }
  return trusted;
}

/** Index of the last point that proves the re-send complete, -1 if none does. */
function findLastProof(points: readonly SyncPoint[], starts: readonly number[], boundary: Boundary): number {
  let start = points.length;
  for (let index = points.length - 1; index >= boundary.at; index -= 1) {
    start = starts.findLast((candidate) => candidate <= index)!;
    if (hasCaughtUp(points, start, index, boundary)) return index;
  }
  return -1;
}
