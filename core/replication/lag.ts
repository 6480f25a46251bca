/** How far a flow is behind, per partition, from the source's ends and the flow's own acknowledged offset. */
import { larger, noNegative, type UpstreamOffset } from './offsets.ts';

/** As Kafka says it of a consumer. */
export type IsolationLevel = 'read_uncommitted' | 'read_committed';

export interface LagInput {
  readonly highWatermark: UpstreamOffset;
  readonly lastStable: UpstreamOffset;
  /** How MirrorMaker 2's source consumer reads; its default is read_uncommitted. */
  readonly isolation: IsolationLevel;
  readonly logStart: UpstreamOffset;
  /**
   * Offset of the last record acknowledged by the target (`offset` in mm2-offsets); null = no entry. Read it before
   * the ends: the other way round a live flow looks as if the source had been recreated.
   */
  readonly copiedOffset: UpstreamOffset | null;
  /** Data records that are pending, where they were counted: those in `pendingRange`. */
  readonly dataRecordsBehind?: bigint | undefined;
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
      /** The flow waits for an open transaction at the source; what it holds is copied once it is committed. */
      readonly mayGrow?: true;
    }
  | {
      readonly kind: 'not-started';
      readonly pendingOffsets: bigint;
      readonly pendingRecords?: bigint;
      readonly mayGrow?: true;
    }
  /** More was copied than the source holds: it was truncated or recreated. A lag of 0 would be a lie. */
  | { readonly kind: 'incarnation-mismatch'; readonly end: UpstreamOffset; readonly copiedOffset: UpstreamOffset };

const endFor = ({ isolation, lastStable, highWatermark }: LagInput): UpstreamOffset =>
  isolation === 'read_committed' ? lastStable : highWatermark;

/** Offsets [from, to) that the flow has yet to copy; null = none, as far as offsets tell. */
export function pendingRange(input: LagInput): { readonly from: UpstreamOffset; readonly to: UpstreamOffset } | null {
  const [from, to] = [larger((noNegative(input.copiedOffset) ?? -1n) + 1n, input.logStart), endFor(input)];
  return from < to ? { from, to } : null;
}

export function measureLag(input: LagInput): Lag {
  const end = endFor(input);
  const copied = noNegative(input.copiedOffset);
  const counted = {
    ...(input.dataRecordsBehind !== undefined && { pendingRecords: input.dataRecordsBehind }),
    ...(end < input.highWatermark && { mayGrow: true as const }),
  };
  if (copied === null) return { kind: 'not-started', pendingOffsets: larger(0n, end - input.logStart), ...counted };
  const next = copied + 1n;
  if (end < next) return { kind: 'incarnation-mismatch', end, copiedOffset: copied };
  return {
    kind: 'measured',
    pendingOffsets: end - larger(next, input.logStart),
    lostOffsets: larger(0n, input.logStart - next),
    ...counted,
  };
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
  /** Partitions in which the flow waits for an open transaction. */
  readonly mayGrow: number;
}

export function sumLag(lags: Iterable<Lag | 'unknown'>): LagSum {
  const sum = { pending: 0n, lostOffsets: 0n, measured: 0, notStarted: 0, mismatched: 0, unknown: 0, mayGrow: 0 };
  for (const lag of lags) {
    if (lag === 'unknown') sum.unknown += 1;
    else if (lag.kind === 'incarnation-mismatch') sum.mismatched += 1;
    else {
      sum.pending += lag.pendingRecords ?? lag.pendingOffsets;
      if (lag.mayGrow === true) sum.mayGrow += 1;
      if (lag.kind === 'not-started') sum.notStarted += 1;
      else {
        sum.measured += 1;
        sum.lostOffsets += lag.lostOffsets;
      }
    }
  }
  return sum;
}

/** Nothing is missing on the target, for certain. An empty partition that never started has nothing to copy. */
export function isCaughtUp(sum: LagSum): boolean {
  const isKnown = sum.measured + sum.notStarted > 0 && sum.mismatched === 0 && sum.unknown === 0;
  return isKnown && sum.pending === 0n && sum.mayGrow === 0;
}
