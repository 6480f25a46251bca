/** Whether a group has finished a remote topic, for good: the condition for switching it to the refuge's own topic. */
import { isNonEmptyList, sumRemaining, type PartitionProgress, type ProgressSum } from './summary.ts';
import type { Inflow } from './inflow.ts';
import {
  isFinished,
  isStable,
  judgeProgress,
  lostIn,
  paceOf,
  type DrainReason,
  type DrainRules,
  type GroupActivity,
  type Owner,
  type ProgressSample,
} from './progress.ts';

/** One remote partition at one moment; committed and counts as in ProgressSample. */
export interface DrainSample {
  readonly atMs: number;
  readonly logStart: bigint;
  readonly highWatermark: bigint;
  /** Below the high watermark while a transaction is open: more may become visible. */
  readonly lastStable: bigint;
  readonly committed: bigint | null | 'unknown';
  /** Data records in [commit or log start, high watermark); see ProgressSample. */
  readonly dataRemaining: bigint | 'unknown';
  readonly abortedOnly?: boolean | undefined;
}

export interface PartitionHistory {
  readonly topic: string;
  readonly partition: number;
  /** Oldest first; one entry per look. */
  readonly samples: readonly DrainSample[];
  readonly owner: Owner;
}

export type PartitionDrain = PartitionProgress;

export type DrainVerdict =
  | { readonly kind: 'drained'; readonly partitions: readonly PartitionDrain[]; readonly lostBelowLogStart: bigint }
  | ({ readonly kind: 'draining'; readonly partitions: readonly PartitionDrain[] } & ProgressSum);

/**
 * Drained = nothing can be added, no open transaction, no data record between commit and end, and all of it unchanged
 * over two samples. A commit equal to the end is not required: consumers may stop short of a transaction marker.
 */
export function judgePartitionDrain(
  history: PartitionHistory,
  group: GroupActivity,
  inflow: Inflow,
  rules: DrainRules,
): PartitionDrain {
  const { topic, partition } = history;
  const samples = history.samples.map(toProgress);
  const last = history.samples.at(-1);
  if (last === undefined) return { kind: 'draining', topic, partition, reasons: ['UNKNOWN'], remaining: 'unknown' };
  const newest = toProgress(last);
  const mayGrow = inflow.kind === 'open' || last.lastStable < last.highWatermark;
  const waits: DrainReason[] = [
    ...(mayGrow ? ['SOURCE_STILL_FLOWING' as const] : []),
    ...(inflow.kind === 'unknown' ? ['UNKNOWN' as const] : []),
  ];
  if (!isFinished(newest)) {
    const progress = judgeProgress(samples, history.owner, group, rules);
    return { kind: 'draining', topic, partition, ...progress, reasons: [...new Set([...progress.reasons, ...waits])] };
  }
  const pace = paceOf(samples);
  if (waits.length > 0) return { kind: 'draining', topic, partition, reasons: waits, remaining: 0n, ...pace };
  if (!isStable(samples, rules))
    return { kind: 'draining', topic, partition, reasons: ['SETTLING'], remaining: 0n, ...pace };
  return {
    kind: 'drained',
    topic,
    partition,
    position: last.highWatermark,
    lostBelowLogStart: lostIn(newest),
    ...pace,
  };
}

const toProgress = (sample: DrainSample): ProgressSample => ({ ...sample, end: sample.highWatermark });

/** All partitions that exist now. None at all is not "drained": somebody failed to look. */
export function judgeDrain(
  histories: readonly PartitionHistory[],
  group: GroupActivity,
  inflow: Inflow,
  rules: DrainRules,
): DrainVerdict {
  const partitions = histories.map((history) => judgePartitionDrain(history, group, inflow, rules));
  const drained = partitions.flatMap((one) => (one.kind === 'drained' ? [one] : []));
  if (isNonEmptyList(partitions) && drained.length === partitions.length) {
    return {
      kind: 'drained',
      partitions,
      lostBelowLogStart: drained.reduce((sum, one) => sum + one.lostBelowLogStart, 0n),
    };
  }
  return { kind: 'draining', partitions, ...sumRemaining(partitions) };
}
