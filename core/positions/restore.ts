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
  /** Home's topic as it stands now; end null = home has no such partition. */
  readonly logStart: UpstreamOffset;
  readonly end: UpstreamOffset | null;
  /** Whether home is the cluster and log it was: cluster id equal, end not fallen. */
  readonly incarnation: 'same' | 'changed' | 'unknown';
  /** A person knows that home was rebuilt: a log that is another one is read from its start. */
  readonly rebuiltHome: boolean;
}

export type RestoreChoice =
  | {
      readonly kind: 'commit';
      /** u*. */
      readonly position: UpstreamOffset;
      /** new-log: home was rebuilt, and its log begins anew. */
      readonly from: Source | 'new-log';
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
export type RestoreRefusal =
  'INCARNATION_CHANGED' | 'INCARNATION_UNKNOWN' | 'HOME_LOG_SHORTER' | 'HOME_PARTITION_MISSING';

type Source = 'recomputed' | 'stored' | 'home-commit' | 'log-start';

interface Answer {
  readonly position: UpstreamOffset;
  readonly from: Source;
  readonly reprocessAtMost: bigint | 'unknown';
}

/** u* = the larger of the stored and the recomputed translation, of C, and of home's present commit; never lower. */
export function chooseRestore(input: RestoreInput): RestoreChoice {
  const { incarnation, end } = input;
  if (end === null) return refuse('HOME_PARTITION_MISSING', 'home has no such partition');
  if (incarnation === 'changed')
    return anew(input, end, 'INCARNATION_CHANGED', 'home is another log than the one the positions were taken from');
  if (incarnation === 'unknown')
    return anew(
      input,
      end,
      'INCARNATION_UNKNOWN',
      'it is not known whether home is the log the positions were taken from',
    );
  const now = noNegative(input.homeCommitNow);
  const best = findBest(input);
  if (best.position > end)
    return anew(
      input,
      end,
      'HOME_LOG_SHORTER',
      `position ${best.position} lies beyond home's end ${end}: home lost records`,
    );
  const position = larger(best.position, input.logStart);
  const because = describe(input, best, position);
  if (position === now) return { kind: 'leave', position, reprocessAtMost: best.reprocessAtMost, because };
  const lostBelowLogStart = position - best.position;
  return {
    kind: 'commit',
    position,
    from: best.from,
    lostBelowLogStart,
    reprocessAtMost: best.reprocessAtMost,
    because,
  };
}

/**
 * Nothing of the old log can be found in the new one, so nothing may be skipped there: from its start, and what of it was
 * processed before is processed again. Without a person's word that is refused: it may be a week of records.
 */
function anew(
  { rebuiltHome, logStart }: RestoreInput,
  end: UpstreamOffset,
  reason: RestoreRefusal,
  because: string,
): RestoreChoice {
  if (!rebuiltHome) return refuse(reason, because);
  return {
    kind: 'commit',
    position: logStart,
    from: 'new-log',
    lostBelowLogStart: 0n,
    reprocessAtMost: end - logStart,
    because: [`${because}; home was rebuilt: from its log start`],
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
  const stored = noNegative(input.storedRestore) ?? 0n;
  const recomputed = fromInverse(inverse, homeCommit, input);
  if (stored <= recomputed.position) return recomputed;
  return { position: stored, from: 'stored', reprocessAtMost: recomputed.reprocessAtMost };
}

function fromInverse(
  inverse: InverseAnswer,
  homeCommit: UpstreamOffset | null,
  { logStart, end }: Pick<RestoreInput, 'logStart' | 'end'>,
): Answer {
  const { reprocessAtMost } = inverse;
  if (inverse.kind !== 'home-commit') return { position: inverse.position, from: 'recomputed', reprocessAtMost };
  return homeCommit === null
    ? // Neither stored nor at home, where it may have expired: nothing is skipped, and no more than the log is repeated.
      { position: logStart, from: 'log-start', reprocessAtMost: (end ?? logStart) - logStart }
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
