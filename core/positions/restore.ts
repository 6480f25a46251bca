/** Failback: the position at home from which the group goes on there, skipping nothing. */
import type { NonEmpty } from '../contracts/primitives.ts';
import { larger, noNegative, type DownstreamOffset, type UpstreamOffset } from '../replication/offsets.ts';
import { translateInverse, type InverseAnswer } from './inverse.ts';
import type { SyncMap } from './sync-map.ts';

export interface RestoreInput {
  readonly map: SyncMap;
  /** C as stored at failover. */
  readonly homeCommitAtFailover: UpstreamOffset | null;
  /** What home says now; commits that arrived after the last sample count. */
  readonly homeCommitNow: UpstreamOffset | null;
  /** S as stored at failover. */
  readonly seed: DownstreamOffset | null;
  /** d: the largest of all stored drain samples and the live commit. */
  readonly drained: DownstreamOffset | null;
  /** u* stored when the drain concluded; null = none, or of another incarnation. */
  readonly storedRestore: UpstreamOffset | null;
  /** Home's topic as it stands now. */
  readonly logStart: UpstreamOffset;
  readonly end: UpstreamOffset;
  /** Whether home is the cluster and log it was: cluster id equal, end not fallen. */
  readonly incarnation: 'same' | 'changed' | 'unknown';
}

export type RestoreChoice =
  | {
      readonly kind: 'commit';
      /** u*. */
      readonly position: UpstreamOffset;
      readonly from: 'recomputed' | 'stored' | 'home-commit' | 'log-start';
      /** Offsets that home's retention deleted before anybody could process them there. */
      readonly lostBelowLogStart: bigint;
      readonly reprocessAtMost: bigint | 'unknown';
      readonly because: NonEmpty<string>;
    }
  /** Home's own commit already is the answer. */
  | {
      readonly kind: 'leave';
      readonly position: UpstreamOffset;
      readonly reprocessAtMost: bigint | 'unknown';
      readonly because: NonEmpty<string>;
    }
  | { readonly kind: 'refuse'; readonly reason: RestoreRefusal; readonly because: NonEmpty<string> };

/** HOME_LOG_SHORTER: the answer lies beyond home's end, so home lost records; new ones below it would be skipped. */
export type RestoreRefusal = 'INCARNATION_CHANGED' | 'INCARNATION_UNKNOWN' | 'HOME_LOG_SHORTER';

type Source = 'recomputed' | 'stored' | 'home-commit' | 'log-start';

interface Answer {
  readonly position: UpstreamOffset;
  readonly from: Source;
  readonly reprocessAtMost: bigint | 'unknown';
}

/** u* = the larger of the stored and the recomputed translation, of C, and of home's present commit; never lower. */
export function chooseRestore(input: RestoreInput): RestoreChoice {
  if (input.incarnation === 'changed') {
    return refuse('INCARNATION_CHANGED', 'home is another log than the one the positions were taken from');
  }
  if (input.incarnation === 'unknown') {
    return refuse('INCARNATION_UNKNOWN', 'it is not known whether home is the log the positions were taken from');
  }
  const now = noNegative(input.homeCommitNow);
  const best = findBest(input);
  if (best.position > input.end) {
    return refuse(
      'HOME_LOG_SHORTER',
      `position ${best.position} lies beyond home's end ${input.end}: home lost records`,
    );
  }
  const position = larger(best.position, input.logStart);
  const because = describe(input, best, position);
  if (position === now) return { kind: 'leave', position, reprocessAtMost: best.reprocessAtMost, because };
  const lostBelowLogStart = best.from === 'log-start' ? 0n : position - best.position;
  return {
    kind: 'commit',
    position,
    from: best.from,
    lostBelowLogStart,
    reprocessAtMost: best.reprocessAtMost,
    because,
  };
}

const refuse = (reason: RestoreRefusal, because: string): RestoreChoice => ({
  kind: 'refuse',
  reason,
  because: [because],
});

function findBest(input: RestoreInput): Answer {
  const known = [noNegative(input.homeCommitAtFailover), noNegative(input.homeCommitNow)].filter(
    (offset) => offset !== null,
  );
  const homeCommit = known.length === 0 ? null : known.reduce(larger);
  const inverse = translateInverse(input.map, { homeCommit, seed: input.seed, drained: input.drained });
  const stored = noNegative(input.storedRestore);
  const recomputed = fromInverse(inverse, homeCommit, input.logStart);
  if (stored === null || stored <= recomputed.position) return recomputed;
  return { position: stored, from: 'stored', reprocessAtMost: recomputed.reprocessAtMost };
}

function fromInverse(inverse: InverseAnswer, homeCommit: UpstreamOffset | null, logStart: UpstreamOffset): Answer {
  const { reprocessAtMost } = inverse;
  if (inverse.kind !== 'home-commit') return { position: inverse.position, from: 'recomputed', reprocessAtMost };
  return homeCommit === null
    ? { position: logStart, from: 'log-start', reprocessAtMost: 'unknown' }
    : { position: homeCommit, from: 'home-commit', reprocessAtMost };
}

function describe(input: RestoreInput, best: Answer, position: UpstreamOffset): NonEmpty<string> {
  const text = (offset: bigint | null): string => (offset === null || offset < 0n ? 'unknown' : offset.toString());
  const { homeCommitAtFailover, homeCommitNow, seed, drained, storedRestore } = input;
  return [
    `${best.from} ${best.position}`,
    `C ${text(homeCommitAtFailover)}, home now ${text(homeCommitNow)}, S ${text(seed)}, d ${text(drained)}, stored ${text(storedRestore)}`,
    ...(position > best.position ? [`raised to home's log start ${position}`] : []),
  ];
}
