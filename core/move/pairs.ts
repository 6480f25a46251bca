/**
 * What pairs tell each other in the table above them: who moves now (G9-pairs) and who sees a cluster confirmed down
 * (G9-together). An entry whose time is over says nothing, so a pair whose controller is gone holds up nobody for long.
 */
import { clusterSubject } from '../health/subjects.ts';
import { instant } from '../health/words.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import type { OutageReport, PairMove, PairMoves, StoredVerdict } from '../contracts/tables.ts';
import { aheadOf, without } from './turns.ts';

type Mover = Pick<PairMove, 'pair' | 'clientSet'>;

const isSameSet = (a: Mover, b: Mover): boolean => a.pair === b.pair && a.clientSet === b.clientSet;

export const standingMoves = (moves: readonly PairMove[], nowMs: EpochMs): readonly PairMove[] =>
  moves.filter(({ untilMs }) => untilMs > nowMs);

/** Moves of other pairs; several sets of one pair are one pair that moves. */
export const othersMoving = (
  moves: readonly PairMove[],
  { pair, nowMs }: { readonly pair: string; readonly nowMs: EpochMs },
): readonly PairMove[] => standingMoves(moves, nowMs).filter((move) => move.pair !== pair);

export const countPairs = (moves: readonly Pick<PairMove, 'pair'>[]): number =>
  new Set(moves.map(({ pair }) => pair)).size;

export type Entering = { readonly kind: 'write'; readonly next: PairMoves } | { readonly kind: 'full' };

/**
 * The next record with this move in it. A pair that moves already enters another set, and a move that is entered is renewed,
 * whatever the limit; others take their turn after the pairs that wait before them. Of one set the newest epoch stands; an
 * older one that is still renewed prolongs it, because the pair does move.
 *
 * @param limit pairs that may move at once; null = whoever asks is not limited
 */
export function enterMove(
  // Stryker disable next-line ArrayDeclaration: a text in place of a wait has no time, so its time is over
  { version, moves, waiting = [] }: PairMoves,
  entry: PairMove,
  { limit, nowMs }: { readonly limit: number | null; readonly nowMs: EpochMs },
): Entering {
  const standing = standingMoves(moves, nowMs);
  const isIn = standing.some(({ pair }) => pair === entry.pair);
  const place = { pair: entry.pair, nowMs };
  if (!isIn && limit !== null && countPairs(standing) + aheadOf(waiting, place).length >= limit)
    return { kind: 'full' };
  const others = standing.filter((move) => !isSameSet(move, entry));
  const before = standing.find((move) => isSameSet(move, entry));
  return {
    kind: 'write',
    next: { version: version + 1, moves: [...others, newestOf(entry, before)], ...without(waiting, place) },
  };
}

const newestOf = (entry: PairMove, before: PairMove = entry): PairMove => ({
  ...entry,
  epoch: Math.max(entry.epoch, before.epoch),
  untilMs: Math.max(entry.untilMs, before.untilMs),
});

/** For sentences: who moves, with set and epoch. */
export const namedMoves = (moves: readonly PairMove[]): string =>
  moves.map(({ pair, clientSet, epoch }) => `${pair} (${clientSet}, epoch ${epoch})`).join(', ') || 'none';

/**
 * The next record without this set's move, unless a newer epoch than the one that ended has entered; undefined = there is
 * nothing to take out.
 */
export function leaveMoves(
  { version, moves, ...rest }: PairMoves,
  ended: Mover & { readonly epoch: number },
): PairMoves | undefined {
  const kept = moves.filter((move) => !(isSameSet(move, ended) && move.epoch <= ended.epoch));
  return kept.length === moves.length ? undefined : { ...rest, version: version + 1, moves: kept };
}

const LOOKS_DOWN: ReadonlySet<string | undefined> = new Set([
  'CONFIRMED_DOWN',
  'CONFIRMED_DOWN_UNCORROBORATED',
  'BOTH_DOWN',
]);

/** Aliases of the clusters that this pair holds for lost, by verdicts of this turn. */
export const clustersDown = (
  aliases: readonly string[],
  verdicts: ReadonlyMap<string, Pick<StoredVerdict, 'kind'>>,
): readonly string[] => aliases.filter((alias) => LOOKS_DOWN.has(verdicts.get(clusterSubject(alias))?.kind));

export interface TogetherRules {
  /** Of the pairs heard of; above it the observer is suspected. */
  readonly share: number;
  readonly windowMs: number;
}

export interface Together {
  readonly kind: 'apart' | 'together' | 'unknown';
  readonly sentence: string;
}

/**
 * Many losses at once are rarer than one fault of whoever looks: a network, a release, credentials that all share.
 * One pair alone is never "together". A pair that does not see its own report cannot be sure to be seen by the others.
 */
export function judgeTogether(
  reports: readonly OutageReport[],
  { pair, nowMs, rules }: { readonly pair: string; readonly nowMs: EpochMs; readonly rules: TogetherRules },
): Together {
  const since = nowMs - rules.windowMs;
  const heard = reports.filter(({ atMs }) => atMs >= since);
  if (!heard.some((report) => report.pair === pair))
    return {
      kind: 'unknown',
      sentence: `which pairs look down together is not known: nothing of pair "${pair}" itself is in the table above the pairs since ${instant(since)}`,
    };
  const down = heard.filter(({ downAtMs = -Infinity }) => downAtMs >= since);
  const named = down.map((report) => report.pair).join(', ') || 'none';
  const share = `allowed together: up to ${Math.round(rules.share * 100)} %`;
  return {
    kind: down.length > 1 && down.length > rules.share * heard.length ? 'together' : 'apart',
    sentence: `confirmed down within ${rules.windowMs / 1000} s: ${down.length} of ${heard.length} pairs (${named}); ${share}`,
  };
}

/** Whether the report has to be written: what it says changed, or it is a minute old; `down` is said anew while it lasts. */
export const isReportDue = (previous: OutageReport | undefined, next: OutageReport): boolean =>
  previous === undefined ||
  next.atMs - previous.atMs >= REPORT_AGAIN_MS ||
  next.clusters.join() !== previous.clusters.join();

const REPORT_AGAIN_MS = 60_000;
