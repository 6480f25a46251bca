/** Failback: the position at home from which the group goes on there, skipping nothing. */
import type { NonEmpty } from '../contracts/primitives.ts';
import { larger, noNegative, type DownstreamOffset, type UpstreamOffset } from '../replication/offsets.ts';
import { soughtFor, type BoundaryVerdict, type Sought } from './boundary.ts';
import { translateInverse, type FoundCopies, type InverseAnswer } from './inverse.ts';
import type { SyncMap, SyncPoint } from './sync-map.ts';

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
  /** What both logs told about the copies at S and before d; absent = nothing was sought. */
  readonly content?: RestoreContent;
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

export interface RestoreContent {
  readonly last: BoundaryVerdict;
  readonly atSeed: readonly BoundaryVerdict[];
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

type Source = 'content' | 'recomputed' | 'stored' | 'home-commit' | 'log-start';

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

/** What both logs should be asked before the choice; nothing where syncs alone are exact, or home is another log. */
export function soughtByContent(input: RestoreInput): Sought | undefined {
  const { incarnation, seed, drained } = input;
  return incarnation === 'same' ? soughtFor(input.map, { homeCommit: homeCommitOf(input), seed, drained }) : undefined;
}

function homeCommitOf({ homeCommitAtFailover, homeCommitNow }: RestoreInput): UpstreamOffset | null {
  const known = [noNegative(homeCommitAtFailover), noNegative(homeCommitNow)].filter((offset) => offset !== null);
  return known.length === 0 ? null : known.reduce(larger);
}

function findBest(input: RestoreInput): Answer {
  const homeCommit = homeCommitOf(input);
  const { seed, drained } = input;
  const found = input.content && foundIn(input.content);
  const inverse = translateInverse(input.map, { homeCommit, seed, drained, found });
  const stored = noNegative(input.storedRestore) ?? 0n;
  const recomputed = fromInverse(inverse, homeCommit, { ...input, last: found?.last });
  if (stored <= recomputed.position) return recomputed;
  return { position: stored, from: 'stored', reprocessAtMost: recomputed.reprocessAtMost };
}

const foundIn = ({ last, atSeed }: RestoreContent): FoundCopies => ({
  last: pointsOf([last])[0],
  atSeed: pointsOf(atSeed),
});

const pointsOf = (verdicts: readonly BoundaryVerdict[]): readonly SyncPoint[] =>
  verdicts.filter((verdict) => verdict.kind === 'exact').map(({ point }) => point);

type Beside = Pick<RestoreInput, 'logStart' | 'end'> & { readonly last: SyncPoint | undefined };

function fromInverse(
  inverse: InverseAnswer,
  homeCommit: UpstreamOffset | null,
  { logStart, end, last }: Beside,
): Answer {
  const { reprocessAtMost } = inverse;
  if (inverse.kind !== 'home-commit')
    return { position: inverse.position, from: isSame(inverse.by, last) ? 'content' : 'recomputed', reprocessAtMost };
  return homeCommit === null
    ? // Neither stored nor at home, where it may have expired: nothing is skipped, and no more than the log is repeated.
      { position: logStart, from: 'log-start', reprocessAtMost: (end ?? logStart) - logStart }
    : { position: homeCommit, from: 'home-commit', reprocessAtMost };
}

const isSame = (by: SyncPoint, last: SyncPoint | undefined): boolean =>
  by.upstream === last?.upstream && by.downstream === last.downstream;

/** How much is processed again at home, over all choices: "3 exact, 2 bounded by 40 records". */
export function describeChoices(choices: readonly RestoreChoice[]): string {
  const bounds = choices.flatMap((choice) => (choice.kind === 'refuse' ? [] : [choice.reprocessAtMost]));
  const known = bounds.filter((bound) => bound !== 'unknown');
  const bounded = known.filter((bound) => bound > 0n);
  const exact = known.length - bounded.length;
  const open = bounds.length - known.length;
  const atMost = bounded.reduce((sum, bound) => sum + bound, 0n);
  const parts = [
    ...(exact > 0 ? [`${exact} exact`] : []),
    ...(bounded.length > 0 ? [`${bounded.length} bounded by ${atMost} records`] : []),
    ...(open > 0 ? [`${open} without a bound`] : []),
  ];
  return parts.join(', ');
}

function describe(input: RestoreInput, best: Answer, position: UpstreamOffset): NonEmpty<string> {
  const text = (offset: bigint | null): string => (offset === null || offset < 0n ? 'unknown' : offset.toString());
  const { homeCommitAtFailover, homeCommitNow, seed, drained, storedRestore } = input;
  return [
    `${best.from} ${best.position}`,
    `C ${text(homeCommitAtFailover)}, home now ${text(homeCommitNow)}, S ${text(seed)}, d ${text(drained)}, stored ${text(storedRestore)}`,
    ...(position > best.position ? [`raised to home's log start ${position}`] : []),
    ...(input.content === undefined || input.content.last.kind === 'exact'
      ? []
      : [`by content: ${input.content.last.reason}`]),
  ];
}
