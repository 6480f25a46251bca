/**
 * Proof by content. Where syncs are missing, a re-send that was cut short may be hidden, and a sync behind it would skip
 * records that were copied only before it. The remote log itself can tell: a flow copies in the order of the source, so
 * whatever was copied before the first copy of a sync's record lies below it at the source, and whatever lies between
 * that first copy and the sync must occur again behind the sync.
 */
import type { DownstreamOffset } from '../replication/offsets.ts';

/** A data record of the remote partition. `content` is equal for two copies of one record. */
export interface SeenCopy {
  readonly downstream: DownstreamOffset;
  readonly content: string;
}

export type CopyVerdict =
  /** The sync's record was never copied before: nothing beyond it can have been. */
  | { readonly kind: 'first' }
  /** It was, and everything that was copied since is copied again behind it. `since` = its first copy. */
  | { readonly kind: 'resent'; readonly since: DownstreamOffset }
  /** Some records were copied only between the first copy and the sync, as far as the window shows. */
  | { readonly kind: 'cut'; readonly since: DownstreamOffset; readonly onlyBefore: number }
  /** The sync's record is not in the window. */
  | { readonly kind: 'gone' };

/**
 * @param window data records around `at`, in log order; whoever reads it sees to it that it begins at or before the first
 * copy of every record that may have been copied before `at`.
 */
export function judgeCopies(window: readonly SeenCopy[], at: DownstreamOffset): CopyVerdict {
  const own = window.findIndex(({ downstream }) => downstream === at);
  if (own < 0) return { kind: 'gone' };
  const first = window.findIndex(({ content }) => content === window[own]!.content);
  if (first === own) return { kind: 'first' };
  const since = window[first]!.downstream;
  const below = countContents(window.slice(0, first));
  const before = countContents(window.slice(first, own));
  const behind = countContents(window.slice(own));
  // Counted, since different records may be equal in every byte: as many must lie on one side as lie before.
  const isElsewhere = ([content, times]: readonly [string, number]) =>
    (below.get(content) ?? 0) >= times || (behind.get(content) ?? 0) >= times;
  const onlyBefore = [...before].filter((entry) => !isElsewhere(entry)).length;
  return onlyBefore === 0 ? { kind: 'resent', since } : { kind: 'cut', since, onlyBefore };
}

function countContents(copies: readonly SeenCopy[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { content } of copies) counts.set(content, (counts.get(content) ?? 0) + 1);
  return counts;
}

/**
 * Right behind the first copy of a record: whatever the source has behind that record was copied later, so nothing of it lies
 * before. Where other records are equal to it in every byte, the first of them lies no further. null = it is not in the window.
 * @param window data records in log order, from the first copy of the record on
 */
export function behindFirstCopy(window: readonly SeenCopy[], content: string): DownstreamOffset | null {
  const first = window.find((copy) => copy.content === content);
  return first === undefined ? null : first.downstream + 1n;
}
