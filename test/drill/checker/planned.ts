/** What a planned move promises beyond the general promises: not one record twice, nobody on a remote topic. Pure. */
import { countGroup, gatherFacts } from './counts.ts';
import { idOf } from './records.ts';
import type { Processed, RunRecord } from './records.ts';

export interface PlannedMarks {
  /** The switchover was asked for. */
  readonly leftMs: number;
  /** The way home was asked for. */
  readonly returnedMs: number;
}

export interface PlannedVerdict {
  /** Empty: it went as promised. */
  readonly problems: readonly string[];
  readonly seen: readonly string[];
}

/** A processing counts as repeated where the same group had processed the record before, and it happened in the span. */
export function repeatedWithin(run: RunRecord, group: string, fromMs: number, toMs: number): readonly Processed[] {
  const known = new Set<string>();
  return run.processed
    .filter((r) => r.group === group)
    .toSorted((a, b) => a.atMs - b.atMs)
    .filter((r) => {
      const again = known.has(idOf(r));
      known.add(idOf(r));
      return again && r.atMs >= fromMs && r.atMs < toMs;
    });
}

export function judgePlanned(run: RunRecord, { leftMs, returnedMs }: PlannedMarks): PlannedVerdict {
  const facts = gatherFacts(run);
  const problems: string[] = [];
  const seen: string[] = [];
  const throughRemote = run.processed.filter((r) => r.topic.startsWith(run.remotePrefix));
  if (throughRemote.length > 0) problems.push(`${throughRemote.length} records were processed through remote topics`);
  for (const group of run.groups.filter(({ movedSet }) => movedSet === run.movedSet)) {
    const counts = countGroup(run, facts, group);
    const going = repeatedWithin(run, group.id, leftMs, returnedMs);
    const coming = repeatedWithin(run, group.id, returnedMs, Number.POSITIVE_INFINITY);
    seen.push(
      `${group.id}: ${counts.owed} owed, ${counts.lost.length} lost, ${going.length} repeated by the switchover, ${coming.length} by the way home, ${counts.outOfOrder} out of order`,
    );
    if (counts.owed === 0) problems.push(`${group.id} was owed nothing, which proves nothing`);
    if (counts.lost.length > 0) problems.push(`${group.id} never processed ${counts.lost.slice(0, 3).join(', ')}`);
    if (going.length > 0)
      problems.push(`${group.id} repeated ${going.length}: ${going.slice(0, 3).map(where).join(', ')}`);
  }
  return { problems, seen };
}

const where = (r: Processed): string =>
  `${idOf(r)} by ${r.member} on ${r.cluster} ${r.topic}-${r.partition} at ${r.offset}`;
