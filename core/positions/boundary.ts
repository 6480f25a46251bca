/**
 * The boundary by content. While both clusters are up, a copy can be looked for at the source itself: MirrorMaker 2 keeps
 * time, key, value and headers, so the record behind a copy is the one that is equal to it. A copy whose record is found
 * is as good as an offset sync, right where it is needed.
 */
import type { DownstreamOffset, UpstreamOffset } from '../replication/offsets.ts';
import type { SeenCopy } from './content.ts';
import { translateInverse, type InverseQuestion } from './inverse.ts';
import type { SyncMap, SyncPoint } from './sync-map.ts';

/** So many copies in a row must be found in a row. */
export const COPIES_TO_MATCH = 3;

/** A data record of the source's partition. */
export interface SeenSource {
  readonly upstream: UpstreamOffset;
  /** Equal to that of its copies. */
  readonly content: string;
  /** false = of a transaction that was aborted or is open: a flow that reads committed records passes it by. */
  readonly isCommitted: boolean;
}

/** Why a look at the logs was not taken, or found nothing. */
export type NotFound =
  /** Fewer copies lie before the position than have to match. */
  | 'TOO_FEW_COPIES'
  /** The source has no such records in a row, as far as was read: a re-send begins among the copies, or they were changed. */
  | 'NO_MATCH'
  /** Compaction takes records away, so neither log shows what was written in a row. */
  | 'COMPACTED'
  /** The remote topic has its broker's times. */
  | 'BROKER_TIMES'
  /** Retention has reached where the records would be. */
  | 'DELETED'
  /** The source was read as far as may be, and there is more. */
  | 'BEYOND_WINDOW'
  /** Copies of an aborted or open transaction lie right before the position; a group may have read them. */
  | 'ABORTED_COPIES'
  | 'OUT_OF_TIME'
  | 'UNREADABLE';

export type BoundaryVerdict =
  /** The copy at `point.downstream` is that of the record at `point.upstream`. */
  | { readonly kind: 'exact'; readonly point: SyncPoint }
  | { readonly kind: 'not-found'; readonly reason: NotFound }
  /** EQUAL_COPIES: of copies that are equal in every byte none tells which record it is of. EQUAL_RECORDS: at the source. */
  | { readonly kind: 'ambiguous'; readonly reason: 'EQUAL_COPIES' | 'EQUAL_RECORDS' };

export const notFound = (reason: NotFound): BoundaryVerdict => ({ kind: 'not-found', reason });
const ambiguous = (reason: 'EQUAL_COPIES' | 'EQUAL_RECORDS'): BoundaryVerdict => ({ kind: 'ambiguous', reason });

/**
 * The record of the last copy, if the source holds records equal to the last COPIES_TO_MATCH copies exactly once each,
 * and in a row. In a row among all records, or among the committed ones: a flow reads either.
 * @param copies data records of the remote partition up to the boundary, in log order; those that were committed
 * @param source data records of the source's partition, in log order, from the first one on that may be as old as these
 * copies, to the log's end: an equal record that was not read would be taken for no other one.
 */
export function judgeBoundary(copies: readonly SeenCopy[], source: readonly SeenSource[]): BoundaryVerdict {
  const last = copies.slice(-COPIES_TO_MATCH);
  if (last.length < COPIES_TO_MATCH) return notFound('TOO_FEW_COPIES');
  const contents = last.map(({ content }) => content);
  if (new Set(contents).size < contents.length) return ambiguous('EQUAL_COPIES');
  const wanted = new Set(contents);
  const equal = source.filter(({ content }) => wanted.has(content));
  if (equal.length > contents.length) return ambiguous('EQUAL_RECORDS');
  const committed = source.filter(({ isCommitted }) => isCommitted);
  if (!isInRow(source, contents) && !isInRow(committed, contents)) return notFound('NO_MATCH');
  return { kind: 'exact', point: { upstream: equal.at(-1)!.upstream, downstream: last.at(-1)!.downstream } };
}

/** The first of the contents occurs once at most. */
function isInRow(source: readonly SeenSource[], contents: readonly string[]): boolean {
  const from = source.findIndex(({ content }) => content === contents[0]);
  return contents.every((content, i) => source[from + i]?.content === content);
}

/** Offsets in the remote topic: the record of the last copy before each of them would bring the answer nearer. */
export interface Sought {
  readonly drained: DownstreamOffset;
  /** Where no sync is covered by both C and S. */
  readonly atSeed: readonly DownstreamOffset[];
}

/** Nothing is sought where syncs say it exactly, and where nothing was read. */
export function soughtFor(map: SyncMap, question: InverseQuestion): Sought | undefined {
  const answer = translateInverse(map, question);
  if (answer.kind === 'exact') return undefined;
  // Stryker disable next-line ConditionalExpression: a bounded answer has no reason
  const reason = answer.kind === 'home-commit' ? answer.reason : undefined;
  if (reason === 'NO_SEED' || reason === 'NO_PROGRESS') return undefined;
  const seed = question.seed!;
  return { drained: question.drained!, atSeed: reason === 'NO_ANCHOR' ? [seed, seed + 1n] : [] };
}
