/**
 * Whether a group has finished a topic up to a fence: the end at which the last producer of its set had left. Used by
 * failback (the refuge's own topic) and switchover (home's topic); what lies behind the fence is somebody else's.
 */
import {
  isFinished,
  judgeProgress,
  lostIn,
  paceOf,
  type DrainRules,
  type GroupActivity,
  type Owner,
  type ProgressSample,
} from './progress.ts';
import { smaller } from '../replication/offsets.ts';
import { isNonEmptyList, sumRemaining, type PartitionProgress, type ProgressSum } from './summary.ts';

/** As ProgressSample; `dataRemaining` counts [commit or log start, fence). */
export type FenceSample = Omit<ProgressSample, 'end'>;

export interface FenceHistory {
  readonly topic: string;
  readonly partition: number;
  /** End taken when every producer had left, with no open transaction. */
  readonly fence: bigint;
  /** Oldest first. */
  readonly samples: readonly FenceSample[];
  readonly owner: Owner;
}

export type FenceVerdict =
  | { readonly kind: 'reached'; readonly partitions: readonly PartitionProgress[]; readonly lostBelowLogStart: bigint }
  | ({ readonly kind: 'draining'; readonly partitions: readonly PartitionProgress[] } & ProgressSum);

/** One sample is enough: commits move forward, and the fence does not move. */
export function judgePartitionFence(history: FenceHistory, group: GroupActivity, rules: DrainRules): PartitionProgress {
  const { topic, partition, fence } = history;
  const samples = history.samples.map((sample) => toFence(sample, fence));
  const last = samples.at(-1);
  if (last === undefined) return { kind: 'draining', topic, partition, reasons: ['UNKNOWN'], remaining: 'unknown' };
  if (!isFinished(last))
    return { kind: 'draining', topic, partition, ...judgeProgress(samples, history.owner, group, rules) };
  return { kind: 'drained', topic, partition, position: fence, lostBelowLogStart: lostIn(last), ...paceOf(samples) };
}

/** A group that is past the fence stands at it, as far as the fence is concerned; so does a log start past it. */
function toFence(sample: FenceSample, fence: bigint): ProgressSample {
  const { committed, logStart } = sample;
  return {
    ...sample,
    end: fence,
    logStart: smaller(logStart, fence),
    committed: typeof committed === 'bigint' ? smaller(committed, fence) : committed,
  };
}

export function judgeFence(histories: readonly FenceHistory[], group: GroupActivity, rules: DrainRules): FenceVerdict {
  const partitions = histories.map((history) => judgePartitionFence(history, group, rules));
  const done = partitions.flatMap((one) => (one.kind === 'drained' ? [one] : []));
  if (isNonEmptyList(partitions) && done.length === partitions.length) {
    return {
      kind: 'reached',
      partitions,
      lostBelowLogStart: done.reduce((sum, one) => sum + one.lostBelowLogStart, 0n),
    };
  }
  return { kind: 'draining', partitions, ...sumRemaining(partitions) };
}
