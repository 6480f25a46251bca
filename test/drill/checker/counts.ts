/** Counts over the logs: acknowledged, processed, tail, lost, late, duplicated, out of order. Pure. */
import { idOf } from './records.ts';
import type { OwedGroup, Processed, Produced, RunRecord } from './records.ts';

/** Copies of the failed cluster's records that were in the remote topics when consumers were cut over to the local topic. */
export interface Facts {
  readonly acknowledged: ReadonlyMap<string, Produced>;
  readonly sentSomehow: ReadonlySet<string>;
  /** Acknowledged by the failed cluster, and no copy of it was in the remote topic at the cutover. */
  readonly tail: ReadonlySet<string>;
  readonly mirrored: ReadonlySet<string>;
  readonly unknown: ReadonlySet<string>;
}

/** First routing value that let the moved consumers leave the remote topic, or undefined. */
export const cutover = (run: RunRecord) =>
  run.seen.filter(
    (s) => s.set === run.movedSet && s.consumers.cluster === run.refuge && s.consumers.read !== 'remote',
  )[0];

export const homecoming = (run: RunRecord) => {
  const left = run.seen.findIndex((s) => s.set === run.movedSet && s.consumers.cluster === run.refuge);
  return left < 0
    ? undefined
    : run.seen.slice(left).find((s) => s.set === run.movedSet && s.consumers.cluster === run.failed);
};

/** Remote ends are those read while home was down: nothing could be added between the kill and its return. */
export function gatherFacts(run: RunRecord): Facts {
  const acknowledged = new Map<string, Produced>();
  const sentSomehow = new Set<string>();
  const unknown = new Set<string>();
  for (const p of run.produced) {
    sentSomehow.add(idOf(p));
    if (p.result === 'unknown') unknown.add(idOf(p));
    if (p.result === 'ok' && !acknowledged.has(idOf(p))) acknowledged.set(idOf(p), p);
  }
  const mirrored = new Set<string>();
  for (const log of run.logs) {
    if (log.cluster !== run.refuge || !log.topic.startsWith(run.remotePrefix)) continue;
    const end = run.remoteEnds.get(`${log.topic}-${log.partition}`);
    for (const { offset, id } of log.records) if (end === undefined || offset < end) mirrored.add(id);
  }
  const tail = new Set<string>();
  for (const p of run.produced) {
    if (p.result === 'ok' && p.cluster === run.failed && p.atMs <= lastHomeAck(run) && !mirrored.has(idOf(p)))
      tail.add(idOf(p));
  }
  return { acknowledged, sentSomehow, tail, mirrored, unknown };
}

/** Acknowledgements of the failed cluster before it was killed; what it takes after its return is ordinary again. */
const lastHomeAck = (run: RunRecord): number => run.marks.restartedMs ?? run.marks.endedMs;

export interface GroupCounts {
  readonly group: string;
  readonly owed: number;
  readonly processed: number;
  readonly lost: readonly string[];
  readonly late: readonly string[];
  /** Extra processings beyond the first, of records the group is owed. */
  readonly duplicated: number;
  readonly duplicatedIds: ReadonlyMap<string, number>;
  /** First processings that came after a later record of the same producer and key; the tail is left out. */
  readonly outOfOrder: number;
  readonly extra: number;
  readonly tailOwed: number;
  readonly tailProcessedAtHome: number;
  readonly tailNotAtHome: readonly string[];
  readonly tailProcessedElsewhere: readonly string[];
}

const owes = (run: RunRecord, group: OwedGroup, p: Produced): boolean => {
  if (!run.topics.includes(p.topic)) return false;
  return group.owedBy === undefined || p.set === group.owedBy;
};

export function countGroup(run: RunRecord, facts: Facts, group: OwedGroup): GroupCounts {
  const mine = run.processed.filter((r) => r.group === group.id).toSorted((a, b) => a.atMs - b.atMs);
  const first = new Map<string, Processed>();
  const times = new Map<string, number>();
  for (const r of mine) {
    const id = idOf(r);
    if (!first.has(id)) first.set(id, r);
    times.set(id, (times.get(id) ?? 0) + 1);
  }
  const owed = [...facts.acknowledged.values()].filter((p) => owes(run, group, p));
  const owedIds = new Set(owed.map(idOf));
  const duplicatedIds = new Map([...times].filter(([id, n]) => n > 1 && owedIds.has(id)).map(([id, n]) => [id, n - 1]));
  const home = homecoming(run)?.atMs ?? Number.POSITIVE_INFINITY;
  const tailOwed = owed.filter((p) => facts.tail.has(idOf(p)) && movesWith(run, group));
  const atHome = new Set(
    mine.filter((r) => r.cluster === run.failed && !r.topic.startsWith(run.remotePrefix)).map(idOf),
  );
  const tailNotAtHome = tailOwed.map(idOf).filter((id) => !atHome.has(id));
  return {
    group: group.id,
    owed: owed.length,
    processed: owed.filter((p) => first.has(idOf(p))).length,
    lost: owed.map(idOf).filter((id) => !first.has(id)),
    late: owed
      .filter((p) => p.cluster === run.failed && p.atMs <= run.marks.killedMs && !facts.tail.has(idOf(p)))
      .map(idOf)
      .filter((id) => (first.get(id)?.atMs ?? 0) >= home),
    duplicated: [...duplicatedIds.values()].reduce((sum, n) => sum + n, 0),
    duplicatedIds,
    outOfOrder: countOutOfOrder([...first.values()].filter((r) => owedIds.has(idOf(r)) && !facts.tail.has(idOf(r)))),
    extra: mine.filter((r) => !owedIds.has(idOf(r))).length,
    tailOwed: tailOwed.length,
    tailProcessedAtHome: tailOwed.length - tailNotAtHome.length,
    tailNotAtHome,
    tailProcessedElsewhere: mine
      .filter((r) => facts.tail.has(idOf(r)) && r.topic.startsWith(run.remotePrefix))
      .map(idOf),
  };
}

const movesWith = (run: RunRecord, group: OwedGroup): boolean => group.movedSet === run.movedSet;

/** Per producer and key, the first processing of each record must follow the sequence in which it was sent. */
export function countOutOfOrder(firsts: readonly Processed[]): number {
  const newest = new Map<string, number>();
  let broken = 0;
  for (const r of firsts.toSorted((a, b) => a.atMs - b.atMs)) {
    const lane = `${r.producer}|${r.topic.split('.').at(-1) ?? r.topic}|${r.key}`;
    const before = newest.get(lane);
    if (before !== undefined && r.seq < before) broken += 1;
    else newest.set(lane, r.seq);
  }
  return broken;
}
