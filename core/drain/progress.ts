/** What drain and fence have in common: how far a group has come towards an end, how fast, and why it does not. */
import { larger } from '../replication/offsets.ts';

/** One partition at one moment. `end` is what has to be reached. */
export interface ProgressSample {
  readonly atMs: number;
  readonly logStart: bigint;
  readonly end: bigint;
  /** null = the group has no commit; 'unknown' = could not be read. */
  readonly committed: bigint | null | 'unknown';
  /**
   * Data records the group has yet to process in [commit, end), or from the log start without a commit. Control records
   * do not count, nor aborted data when the group reads committed only. 'unknown' = not counted.
   */
  readonly dataRemaining: bigint | 'unknown';
  /** What remains was aborted, all of it, and nobody has told whether the group reads such records. */
  readonly abortedOnly?: boolean | undefined;
}

export interface GroupActivity {
  /** A KIP-848 group that an old client describes as Dead is 'unknown', not 'none'. */
  readonly members: 'some' | 'none' | 'unknown';
}

/** Whether a member holds the partition. */
export type Owner = 'owned' | 'unowned' | 'unknown';

export interface DrainRules {
  /** No progress for this long = stalled. */
  readonly stallAfterMs: number;
  /** Two equal samples at least this far apart make "finished" stable; at least one commit interval. */
  readonly stableMs: number;
}

export type DrainReason =
  | 'NO_MEMBERS'
  | 'NOT_ASSIGNED'
  /**
   * The position stands. Whether commits go on at it or have ceased, a cluster does not tell: positions are read without
   * the time of their commit, and kafkajs does not commit again what it has committed.
   */
  | 'STALLED'
  | 'REWOUND'
  /** Records arrive at least as fast as they are processed. */
  | 'SLOW'
  | 'SOURCE_STILL_FLOWING'
  /** Data, but no commit. */
  | 'NO_OFFSET'
  /** Nothing but aborted records is left; a group that reads committed only never passes them, any other does. */
  | 'ABORTED_ONLY'
  | 'UNKNOWN'
  /** Finished; a second sample has to agree. */
  | 'SETTLING';

export interface Progress {
  readonly reasons: readonly DrainReason[];
  /** Records left, or offsets left where they were not counted. */
  readonly remaining: bigint | 'unknown';
  /** Offsets per second the group processed over the samples. */
  readonly ratePerSecond?: number;
  readonly timeLeftMs?: number;
}

/** Kafka's -1 is no commit. */
const commitOf = ({ committed }: ProgressSample): bigint | null | 'unknown' =>
  committed === 'unknown' || (committed ?? 0n) >= 0n ? committed : null;

/** Where the group goes on: its commit, or the log start without one or when retention has overtaken it. */
const positionOf = (sample: ProgressSample): bigint | 'unknown' => {
  const commit = commitOf(sample);
  return commit === 'unknown' ? commit : larger(commit ?? sample.logStart, sample.logStart);
};

/** Records (or, uncounted, offsets) left in a sample. A commit beyond the end is of another log: unknown. */
export function remainingIn(sample: ProgressSample): bigint | 'unknown' {
  const position = positionOf(sample);
  if (position === 'unknown' || position > sample.end) return 'unknown';
  if (position === sample.end) return 0n;
  return sample.dataRemaining === 'unknown' ? sample.end - position : sample.dataRemaining;
}

/** No data record lies between the group's position and the end. Without a commit only an empty range is finished. */
export const isFinished = (sample: ProgressSample): boolean =>
  commitOf(sample) === null ? sample.logStart === sample.end : remainingIn(sample) === 0n;

/** Records that retention deleted before the group read them. */
export function lostIn(sample: ProgressSample): bigint {
  const commit = commitOf(sample);
  return typeof commit === 'bigint' ? larger(0n, sample.logStart - commit) : 0n;
}

/** The newest is finished, and so is one at least `stableMs` before it, with nothing different between them. */
export function isStable(samples: readonly ProgressSample[], rules: DrainRules): boolean {
  const last = samples.at(-1)!;
  const differs = samples.findLastIndex(
    (sample) => !isFinished(sample) || sample.end !== last.end || sample.committed !== last.committed,
  );
  const first = samples[differs + 1]!;
  return first !== last && last.atMs - first.atMs >= rules.stableMs;
}

/** Progress of an unfinished partition and what stands in its way. No reason = it is on its way. */
export function judgeProgress(
  samples: readonly ProgressSample[],
  owner: Owner,
  group: GroupActivity,
  rules: DrainRules,
): Progress {
  const last = samples.at(-1)!;
  const remaining = remainingIn(last);
  if (remaining === 'unknown') return { reasons: ['UNKNOWN'], remaining };
  const { ratePerSecond } = paceOf(samples);
  const inflowPerSecond = measureRate(samples, (sample) => sample.end) ?? 0;
  const reasons = findReasons(samples, owner, group, rules, ratePerSecond, inflowPerSecond);
  if (ratePerSecond === undefined) return { reasons, remaining };
  const net = ratePerSecond - inflowPerSecond;
  return net > 0
    ? { reasons, remaining, ratePerSecond, timeLeftMs: Math.ceil((Number(remaining) / net) * 1000) }
    : { reasons, remaining, ratePerSecond };
}

/** How fast the group went, where it was seen at more than one moment. The newest sample knows its position. */
export function paceOf(samples: readonly ProgressSample[]): Pick<Progress, 'ratePerSecond'> {
  const ratePerSecond = measureRate(samples, positionOf);
  return ratePerSecond === undefined ? {} : { ratePerSecond };
}

function findReasons(
  samples: readonly ProgressSample[],
  owner: Owner,
  group: GroupActivity,
  rules: DrainRules,
  rate: number | undefined,
  inflow: number,
): readonly DrainReason[] {
  const last = samples.at(-1)!;
  const isStill = standsStill(samples, rules);
  const all: readonly (readonly [DrainReason, boolean])[] = [
    ['NO_MEMBERS', group.members === 'none'],
    ['NOT_ASSIGNED', group.members !== 'none' && owner === 'unowned'],
    ['NO_OFFSET', commitOf(last) === null],
    ['ABORTED_ONLY', last.abortedOnly === true],
    ['REWOUND', hasRewound(samples)],
    ['STALLED', isStill],
    ['SLOW', !isStill && inflow > 0 && inflow >= (rate ?? Infinity)],
    ['UNKNOWN', group.members === 'unknown' && owner !== 'owned' && isStill],
  ];
  return all.filter(([, applies]) => applies).map(([reason]) => reason);
}

function hasRewound(samples: readonly ProgressSample[]): boolean {
  const commits = samples.map(commitOf).filter((commit) => typeof commit === 'bigint');
  return commits.slice(1).some((commit, index) => commit < commits[index]!);
}

/** No new position for `stallAfterMs`. */
function standsStill(samples: readonly ProgressSample[], rules: DrainRules): boolean {
  const last = samples.at(-1)!;
  const differs = samples.findLastIndex((sample) => positionOf(sample) !== positionOf(last));
  return last.atMs - samples[differs + 1]!.atMs >= rules.stallAfterMs;
}

/** Offsets per second between the first and the last sample that know (the newest does); undefined with fewer than two moments. */
function measureRate(
  samples: readonly ProgressSample[],
  of: (sample: ProgressSample) => bigint | 'unknown',
): number | undefined {
  const known = samples.flatMap((sample) => {
    const offset = of(sample);
    return offset === 'unknown' ? [] : [{ atMs: sample.atMs, offset }];
  });
  const [first, last] = [known[0]!, known.at(-1)!];
  if (last.atMs <= first.atMs) return undefined;
  return (Number(last.offset - first.offset) * 1000) / (last.atMs - first.atMs);
}
