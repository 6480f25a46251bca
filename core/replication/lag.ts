/** How far a flow is behind, per partition, from the source's ends and the flow's own acknowledged offset. */
import { larger, noNegative, type UpstreamOffset } from './offsets.ts';

export interface LagInput {
  readonly highWatermark: UpstreamOffset;
  readonly lastStable: UpstreamOffset;
  /** How MirrorMaker 2's source consumer reads; its default is read_uncommitted. */
  readonly isolation: 'read_uncommitted' | 'read_committed';
  readonly logStart: UpstreamOffset;
  /**
   * Offset of the last record acknowledged by the target (`offset` in mm2-offsets); null = no entry. Read it before
   * the ends: the other way round a live flow looks as if the source had been recreated.
   */
  readonly copiedOffset: UpstreamOffset | null;
  /** Data records in (copiedOffset, end), where they were counted. */
  readonly dataRecordsBehind?: bigint;
}

/**
 * `pendingOffsets` is an upper bound of the records missing on the target: a flush may be pending, and markers,
 * aborted or compacted records take offsets too. `lostOffsets` were deleted at the source before they were copied.
 */
export type Lag =
  | {
      readonly kind: 'measured';
      readonly pendingOffsets: bigint;
      readonly pendingRecords?: bigint;
      readonly lostOffsets: bigint;
    }
  | { readonly kind: 'not-started'; readonly pendingOffsets: bigint }
  /** More was copied than the source holds: it was truncated or recreated. A lag of 0 would be a lie. */
  | { readonly kind: 'incarnation-mismatch'; readonly end: UpstreamOffset; readonly copiedOffset: UpstreamOffset };

export function measureLag(input: LagInput): Lag {
  const end = input.isolation === 'read_committed' ? input.lastStable : input.highWatermark;
  const copied = noNegative(input.copiedOffset);
  if (copied === null) return { kind: 'not-started', pendingOffsets: larger(0n, end - input.logStart) };
  const next = copied + 1n;
  if (end < next) return { kind: 'incarnation-mismatch', end, copiedOffset: copied };
  const measured = {
    kind: 'measured',
    pendingOffsets: end - larger(next, input.logStart),
    lostOffsets: larger(0n, input.logStart - next),
  } as const;
  return input.dataRecordsBehind === undefined ? measured : { ...measured, pendingRecords: input.dataRecordsBehind };
}

/** Lag of many partitions: what is known, and how many partitions are not in the figure. */
export interface LagSum {
  /** Records where they were counted, offsets elsewhere; includes partitions that have not started. */
  readonly pending: bigint;
  readonly lostOffsets: bigint;
  readonly measured: number;
  readonly notStarted: number;
  readonly mismatched: number;
  readonly unknown: number;
}

export function sumLag(lags: Iterable<Lag | 'unknown'>): LagSum {
  const sum = { pending: 0n, lostOffsets: 0n, measured: 0, notStarted: 0, mismatched: 0, unknown: 0 };
  for (const lag of lags) {
    if (lag === 'unknown') sum.unknown += 1;
    else if (lag.kind === 'incarnation-mismatch') sum.mismatched += 1;
    else if (lag.kind === 'not-started') {
      sum.notStarted += 1;
      sum.pending += lag.pendingOffsets;
    } else {
      sum.measured += 1;
      sum.pending += lag.pendingRecords ?? lag.pendingOffsets;
      sum.lostOffsets += lag.lostOffsets;
    }
  }
  return sum;
}

/** Nothing is missing on the target, for certain. An empty partition that never started has nothing to copy. */
export function isCaughtUp(sum: LagSum): boolean {
  return sum.measured + sum.notStarted > 0 && sum.pending === 0n && sum.mismatched === 0 && sum.unknown === 0;
}
