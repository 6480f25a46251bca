/**
 * When a flow that is not exactly-once restarts, it sends the records after its last flushed offset again. If it is
 * lost in the middle of that, a sync of the new life maps an offset *behind* copies that were made only once, before
 * the restart: translating with it would skip them. This module finds such boundaries and says which syncs may answer.
 *
 * Smallest case: source 0,1,2 copied to 0,1,2; restart; 0 copied again to 3; source lost. Syncs (0,0),(0,3). A group
 * that committed 1 must go to 1. The newest sync says 4, and records 1 and 2 would never be read.
 *
 * The offsets alone do not always show it. MirrorMaker 2 keeps at most ten syncs of a task under way; one that waits is
 * replaced by the next of its partition, and a crash takes those that wait or are under way. Smallest case without any
 * sync of the first life: source 0,1 copied to 0,1, sync lost; restart; 0 copied again to 2. The only sync is (0,2).
 * With gaps at the source (markers, compaction) it hides between two syncs: 0,5,10 copied to 0,1,2; restart; 0,5 copied
 * again to 3,4. Of the syncs (0,0) and (5,4) arrive: four offsets on for five at the source, as if 4 were a marker. A
 * group that committed 5 must go to 1; by the newest sync it would go to 4 and never read 10.
 *
 * What tells them apart is the producer that wrote the syncs: each life of a task has its own, and within one life nothing
 * is sent again. So every change of life is a boundary when copies lie between the two syncs, and so is what lies before
 * the first sync. However many syncs are missing there, no more records can have been copied than copies were made.
 */
import type { DownstreamOffset, UpstreamOffset } from '../replication/offsets.ts';

/** The record at `upstream` was copied to `downstream`. */
export interface SyncPoint {
  readonly upstream: UpstreamOffset;
  readonly downstream: DownstreamOffset;
  /** The life of the task that told it (id of its producer). Absent = not known: see KeptSyncs. */
  readonly life?: bigint;
}

/** Between `before` and the next point copies may have been made of what was copied before, or of what is copied behind. */
interface Boundary {
  readonly before: Pick<SyncPoint, 'upstream'>;
  /** Index of the first point behind it. */
  readonly at: number;
  /** Copies between the two points (K). */
  readonly copies: bigint;
  /** Largest source offset that may have been copied before the second point (Y), if those copies have no gaps. */
  readonly reached: bigint;
}

/**
 * Whether records may have been sent again between two consecutive syncs: more was written than source offsets passed, or
 * another life of the task took over and copies were made that neither sync tells of.
 */
export const mayBeResend = (before: SyncPoint, after: SyncPoint): boolean => {
  const written = after.downstream - before.downstream;
  return written > after.upstream - before.upstream || (written > 1n && before.life !== after.life);
};

/** Nothing was ever copied before these offsets. */
const BEFORE_ALL: SyncPoint = { upstream: -1n, downstream: -1n };

function findBoundaries(points: readonly SyncPoint[], isWhole: boolean): readonly Boundary[] {
  return points.flatMap((point, at) => {
    // Where lives are known, copies before the first sync are those of a life that left no sync.
    const before = points[at - 1] ?? (isWhole && point.life !== undefined ? BEFORE_ALL : undefined);
    if (before === undefined || !mayBeResend(before, point)) return [];
    const copies = point.downstream - before.downstream - 1n;
    return [{ before, at, copies, reached: before.upstream + copies }];
  });
}

/**
 * For each point in log order: whether a translation may use it. A point behind a re-send may answer only if one run
 * behind that re-send holds a point, not before this one, that proves the re-send complete; so for every re-send
 * before the point. Under exactly-once nothing is ever sent again: do not ask.
 * @param isWhole nothing is known to be hidden or harmless before the first point: what was copied there counts
 */
export function findTrusted(points: readonly SyncPoint[], isWhole: boolean): readonly boolean[] {
  const boundaries = findBoundaries(points, isWhole);
  const starts = [...new Set([0, ...boundaries.map((boundary) => boundary.at)])];
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
 * A run has copied again what was copied between `before` and the boundary when it has made as many copies of what lies
 * behind `before` at the source; or when it began in front of `before` and went on without gaps past what was reached.
 */
function findLastProofInRun(run: readonly SyncPoint[], { before, copies, reached }: Boundary): number {
  const first = run[0]!;
  const behind = run.find((point) => point.upstream >= before.upstream);
  const beganInFront = first !== behind;
  return run.findLastIndex((point) => {
    if (point.upstream < reached) return false;
    const withoutGaps = point.upstream - first.upstream === point.downstream - first.downstream;
    // What was reached is not below `before`, so where this point is, "behind" is found.
    const counted = point.downstream - behind!.downstream + (behind!.upstream > before.upstream ? 1n : 0n);
    return (beganInFront && withoutGaps) || counted >= copies;
  });
}
