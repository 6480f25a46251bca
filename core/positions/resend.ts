/**
 * When a flow that is not exactly-once restarts, it sends the records after its last flushed offset again. If it is
 * lost in the middle of that, a sync of the new run maps an offset *behind* copies that were made only once, before
 * the restart: translating with it would skip them. This module finds such boundaries and says which syncs may answer.
 *
 * Smallest case: source 0,1,2 copied to 0,1,2; restart; 0 copied again to 3; source lost. Syncs (0,0),(0,3). A group
 * that committed 1 must go to 1. The newest sync says 4, and records 1 and 2 would never be read.
 */
import type { DownstreamOffset, UpstreamOffset } from '../replication/offsets.ts';

/** The record at `upstream` was copied to `downstream`. */
export interface SyncPoint {
  readonly upstream: UpstreamOffset;
  readonly downstream: DownstreamOffset;
}

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

/** More was written between two consecutive syncs than source offsets passed: records were sent again. */
export const isResend = (before: SyncPoint, after: SyncPoint): boolean =>
  after.downstream - before.downstream > after.upstream - before.upstream;

function findBoundaries(points: readonly SyncPoint[]): readonly Boundary[] {
  return points.flatMap((point, at) => {
    const before = points[at - 1];
    if (before === undefined || !isResend(before, point)) return [];
    const copies = point.downstream - before.downstream - 1n;
    return [{ before, at, copies, reached: before.upstream + copies }];
  });
}

/**
 * For each point in log order: whether a translation may use it. A point behind a re-send may answer only if one run
 * behind that re-send holds a point, not before this one, that proves the re-send complete; so for every re-send
 * before the point. Under exactly-once nothing is ever sent again: do not ask.
 */
export function findTrusted(points: readonly SyncPoint[]): readonly boolean[] {
  const boundaries = findBoundaries(points);
  const starts = [0, ...boundaries.map((boundary) => boundary.at)];
  const untrustedFrom = boundaries.map((boundary) =>
    Math.max(boundary.at, findLastProof(points, starts, boundary) + 1),
  );
  // Behind `at` of a boundary, points up to its last proof are trusted as far as that boundary is concerned.
  return points.map((_, index) => untrustedFrom.every((from) => index < from));
}

/** Index of the last point that would prove the re-send complete, -1 if none does; one before the re-send proves nothing. */
function findLastProof(points: readonly SyncPoint[], starts: readonly number[], boundary: Boundary): number {
  for (const [run, start] of [...starts.entries()].reverse()) {
    const proof = findLastProofInRun(points.slice(start, starts[run + 1]), boundary);
    if (proof >= 0) return start + proof;
  }
  return -1;
}

/**
 * A run has copied again what was copied between `before` and the boundary when it began inside or right behind
 * `before` and went on without gaps past what was reached; or when it has made as many copies from there on.
 */
function findLastProofInRun(run: readonly SyncPoint[], { before, copies, reached }: Boundary): number {
  const first = run[0]!;
  const beganInside = first.upstream <= before.upstream + 1n;
  const behind = run.find((point) => point.upstream >= before.upstream);
  return run.findLastIndex((point) => {
    if (point.upstream < reached) return false;
    const withoutGaps = point.upstream - first.upstream === point.downstream - first.downstream;
    // What was reached is not below `before`, so where this point is, "behind" is found.
    const counted = point.downstream - behind!.downstream + (behind!.upstream > before.upstream ? 1n : 0n);
    return (beganInside && withoutGaps) || counted >= copies;
  });
}
