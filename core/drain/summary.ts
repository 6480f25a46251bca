/** Adding up the partitions of a drain or a fence. */
import type { DrainReason, Progress } from './progress.ts';

export type PartitionProgress =
  | {
      readonly kind: 'drained';
      readonly topic: string;
      readonly partition: number;
      /** Where the group stands for the purposes of later translation: the end it has finished. */
      readonly position: bigint;
      /** Records that retention deleted before they were read. */
      readonly lostBelowLogStart: bigint;
      readonly ratePerSecond?: number;
    }
  | ({ readonly kind: 'draining'; readonly topic: string; readonly partition: number } & Progress);

export interface ProgressSum {
  /** Every reason that occurs, once. Empty = all partitions are on their way. */
  readonly reasons: readonly DrainReason[];
  /** Records left where that is known. */
  readonly remaining: bigint;
  /** Partitions whose rest is not in the figure. */
  readonly unknownPartitions: number;
  /** Offsets a second in all partitions, finished ones too: who has finished one goes on to the next. Absent while it is known of none. */
  readonly ratePerSecond?: number;
  /** The slowest partition's; absent while any unfinished partition has none. */
  readonly timeLeftMs?: number;
}

/** For people: offsets that the group processed a second, over what is remembered. */
export const rateText = ({ ratePerSecond }: Pick<ProgressSum, 'ratePerSecond'>): string =>
  `rate ${ratePerSecond === undefined ? 'unknown' : `${Math.round(ratePerSecond * 10) / 10}/s`}`;

/** For people. Not told = not known: nobody moves, or records arrive as fast as they are processed. */
export const timeLeftText = ({ timeLeftMs }: Pick<ProgressSum, 'timeLeftMs'>): string =>
  `time left ${timeLeftMs === undefined ? 'unknown' : `${Math.ceil(timeLeftMs / 1000)} s`}`;

export const isNonEmptyList = (list: readonly unknown[]): boolean => list.length > 0;

export function sumRemaining(partitions: readonly PartitionProgress[]): ProgressSum {
  const open = partitions.flatMap((one) => (one.kind === 'draining' ? [one] : []));
  const known = open.flatMap(({ remaining }) => (remaining === 'unknown' ? [] : [remaining]));
  const sum: ProgressSum = {
    reasons: partitions.length === 0 ? ['UNKNOWN'] : [...new Set(open.flatMap(({ reasons }) => reasons))],
    remaining: known.reduce((total, one) => total + one, 0n),
    unknownPartitions: open.length - known.length,
  };
  const busy = open.filter(({ remaining }) => remaining !== 0n);
  const rates = partitions.flatMap(({ ratePerSecond }) => (ratePerSecond === undefined ? [] : [ratePerSecond]));
  const times = busy.flatMap(({ timeLeftMs }) => (timeLeftMs === undefined ? [] : [timeLeftMs]));
  return {
    ...sum,
    ...(rates.length > 0 && { ratePerSecond: rates.reduce((total, rate) => total + rate, 0) }),
    ...(times.length > 0 && times.length === busy.length && { timeLeftMs: Math.max(...times) }),
  };
}
