/** From a group's position at home to the position in the remote topic where it must go on: never ahead of the truth. */
import { larger, noNegative, smaller, type DownstreamOffset, type UpstreamOffset } from '../replication/offsets.ts';
import type { IncompleteHistory, MissingSyncs } from '../contracts/primitives.ts';
import { mayBeResend } from './resend.ts';
import type { SyncMap, SyncPoint } from './sync-map.ts';

/** The remote partition as it stands; each end may be unknown. `end` is the high watermark, read after the syncs. */
export interface RemoteLog {
  readonly logStart?: DownstreamOffset;
  readonly end?: DownstreamOffset;
  /** What to do where syncs are missing and nothing proves that they hide no cut re-send; 'log-start' unless told. */
  readonly incompleteHistory?: IncompleteHistory;
}

export type ForwardNote =
  /** A newer sync exists but may lie behind copies that were made only once. */
  | 'RESEND_NOT_TRUSTED'
  /** Syncs are missing; accepted without a proof. */
  | 'INCOMPLETE_HISTORY'
  /** Syncs are missing; the remote log showed that they hide nothing. */
  | 'PROVEN_BY_CONTENT'
  | 'CAPPED_AT_END'
  /** Copies between the answer and the log start were deleted before the group read them. */
  | 'RAISED_TO_LOG_START';

export type ForwardAnswer =
  | {
      readonly kind: 'exact';
      readonly position: DownstreamOffset;
      readonly by: SyncPoint;
      readonly rereadAtMost: 0n;
      readonly notes: readonly ForwardNote[];
    }
  | {
      readonly kind: 'bounded';
      readonly position: DownstreamOffset;
      readonly by: SyncPoint;
      /** Records processed at home that are read again, at most. Unknown only where the end is. */
      readonly rereadAtMost: bigint | 'unknown';
      readonly notes: readonly ForwardNote[];
    }
  | { readonly kind: 'unknown'; readonly reason: ForwardUnknown; readonly notes: readonly ForwardNote[] };

export type ForwardUnknown =
  | 'NO_HOME_POSITION'
  | 'NO_SYNCS'
  | 'OLDER_THAN_ALL_SYNCS'
  | 'UNTRUSTED_RESEND'
  /** Syncs are missing that may hide a re-send which was cut short, and nothing proves that they do not. */
  | 'INCOMPLETE_HISTORY';

/** Whether an answer wants offset syncs that are missing, and whether something else speaks for it; undefined = it does not. */
export function missingSyncsOf(answer: ForwardAnswer): MissingSyncs | undefined {
  if (answer.kind === 'unknown') return answer.reason === 'INCOMPLETE_HISTORY' ? 'unproven' : undefined;
  if (answer.notes.includes('INCOMPLETE_HISTORY')) return 'unproven';
  return answer.notes.includes('PROVEN_BY_CONTENT') ? 'proven' : undefined;
}

/** An exactly-once flow never sends again: missing syncs hide nothing. */
export const mayHideResend = (map: SyncMap): boolean => map.history === 'incomplete' && !map.exactlyOnce;

interface Candidate {
  readonly by: SyncPoint;
  readonly position: DownstreamOffset;
}

/**
 * Position = max over trusted syncs at or below `home` of: its own copy when the offsets are equal, else one behind it.
 * Never more than one: what follows a sync may have been copied more than once or have gaps.
 * @param home next offset the group would read at home (its commit); null or negative = none.
 */
export function translateForward(map: SyncMap, home: UpstreamOffset | null, log: RemoteLog): ForwardAnswer {
  const at = noNegative(home);
  if (at === null) return { kind: 'unknown', reason: 'NO_HOME_POSITION', notes: [] };
  if (map.points.length === 0) return { kind: 'unknown', reason: 'NO_SYNCS', notes: [] };
  const below = map.points.flatMap((by, index) => (by.upstream <= at ? [{ by, index }] : []));
  if (below.length === 0) return { kind: 'unknown', reason: 'OLDER_THAN_ALL_SYNCS', notes: [] };
  const candidates = below.filter(({ index }) => map.trusted[index]).map(({ by }) => candidate(by, at));
  const notes: ForwardNote[] = candidates.length < below.length ? ['RESEND_NOT_TRUSTED'] : [];
  const best = choose(map, candidates);
  if (best === undefined) return { kind: 'unknown', reason: 'UNTRUSTED_RESEND', notes };
  if (mayHideResend(map)) {
    if (log.incompleteHistory !== 'accept') return { kind: 'unknown', reason: 'INCOMPLETE_HISTORY', notes };
    notes.push('INCOMPLETE_HISTORY');
  }
  if (map.proof === 'content') notes.push('PROVEN_BY_CONTENT');
  return answer(map, at, best, log, notes);
}

const candidate = (by: SyncPoint, at: UpstreamOffset): Candidate => ({
  by,
  position: by.upstream === at ? by.downstream : by.downstream + 1n,
});

/**
 * The furthest candidate: the last one, since positions never fall in log order. Where syncs may be missing, the one
 * before it: less may be hidden in front of an older sync.
 */
const choose = (map: SyncMap, candidates: readonly Candidate[]): Candidate | undefined =>
  mayHideResend(map) && candidates.length > 1 ? candidates.at(-2) : candidates.at(-1);

function answer(
  map: SyncMap,
  at: UpstreamOffset,
  best: Candidate,
  log: RemoteLog,
  notes: ForwardNote[],
): ForwardAnswer {
  const capped = log.end === undefined ? best.position : smaller(best.position, log.end);
  if (capped < best.position) notes.push('CAPPED_AT_END');
  const position = log.logStart === undefined ? capped : larger(capped, log.logStart);
  if (position > capped) notes.push('RAISED_TO_LOG_START');
  const rereadAtMost = boundReread(map, at, position, log.end);
  return rereadAtMost === 0n && !mayHideResend(map)
    ? { kind: 'exact', position, by: best.by, rereadAtMost, notes }
    : { kind: 'bounded', position, by: best.by, rereadAtMost, notes };
}

/**
 * How many copies at or behind `position` may come from below `at`. Between two syncs of one life each source offset is
 * copied once, so at most those between the first of them and `at` are; where a re-send may lie between them, and behind
 * the last sync of all, every copy may be one.
 */
function boundReread(
  map: SyncMap,
  at: UpstreamOffset,
  position: DownstreamOffset,
  end: DownstreamOffset | undefined,
): bigint | 'unknown' {
  const toEnd = end === undefined ? undefined : larger(0n, end - position);
  if (mayHideResend(map)) return toEnd ?? 'unknown';
  let bound = 0n;
  for (const [index, point] of map.points.entries()) {
    const next = map.points[index + 1];
    const upTo = next?.downstream ?? end;
    const below = larger(0n, at - point.upstream - 1n);
    const isAgain = !map.exactlyOnce && (next === undefined ? point.life !== undefined : mayBeResend(point, next));
    if (point.downstream >= position && point.upstream < at) bound += 1n;
    if (upTo !== undefined) {
      const room = larger(0n, upTo - larger(point.downstream + 1n, position));
      bound += isAgain ? room : smaller(room, below);
    } else if (isAgain) return 'unknown';
    else bound += below;
  }
  return toEnd === undefined ? bound : smaller(bound, toEnd);
}
