/** Counts over the logs: acknowledged, processed, tail, lost, late, duplicated, out of order. Pure. */
import { idOf } from './records.ts';
import type { OwedGroup, Processed, Produced, RunRecord } from './records.ts';
import { homecoming, restartOf, roundAt, roundNumbers } from './rounds.ts';

export interface Facts {
  readonly acknowledged: ReadonlyMap<string, Produced>;
  readonly sentSomehow: ReadonlySet<string>;
  readonly unknown: ReadonlySet<string>;
  /** On purpose. */
  readonly aborted: ReadonlySet<string>;
  /** Of all rounds. */
  readonly tail: ReadonlySet<string>;
  readonly rounds: readonly RoundFacts[];
}

export interface RoundFacts {
  /** Acknowledged by the failed cluster, and no copy of it was in the remote topic at the cutover. */
  readonly tail: ReadonlySet<string>;
  /** Copies of the failed cluster's records that were in the remote topics when consumers were cut over to the local topic. */
  readonly mirrored: ReadonlySet<string>;
}

export function gatherFacts(run: RunRecord): Facts {
  const acknowledged = new Map<string, Produced>();
  const sentSomehow = new Set<string>();
  const unknown = new Set<string>();
  const aborted = new Set(run.produced.filter(({ result }) => result === 'aborted').map(idOf));
  for (const p of run.produced) {
    sentSomehow.add(idOf(p));
    if (p.result === 'unknown') unknown.add(idOf(p));
    if (p.result === 'ok' && !acknowledged.has(idOf(p))) acknowledged.set(idOf(p), p);
  }
  const rounds = roundNumbers(run).map((round) => factsOf(run, round));
  return {
    acknowledged,
    sentSomehow,
    unknown,
    aborted,
    tail: new Set(rounds.flatMap(({ tail }) => [...tail])),
    rounds,
  };
}

/** Remote ends are those read while home was down: nothing could be added between the kill and its return. */
function factsOf(run: RunRecord, round: number): RoundFacts {
  const ends = run.rounds[round]?.remoteEnds;
  const mirrored = new Set<string>();
  for (const log of run.logs) {
    if (log.cluster !== run.refuge || !log.topic.startsWith(run.remotePrefix)) continue;
    const end = ends?.get(`${log.topic}-${log.partition}`);
    for (const { offset, id } of log.records) if (end === undefined || offset < end) mirrored.add(id);
  }
  const tail = run.produced.filter(
    (p) => p.result === 'ok' && p.cluster === run.failed && isOfOutage(run, round, p) && !mirrored.has(idOf(p)),
  );
  return { tail: new Set(tail.map(idOf)), mirrored };
}

/** What home takes after its return is ordinary again, until it is lost the next time. */
const isOfOutage = (run: RunRecord, round: number, { atMs }: Produced): boolean =>
  atMs > restartOf(run, round - 1) && atMs <= restartOf(run, round);

export interface GroupCounts {
  readonly group: string;
  readonly owed: number;
  readonly processed: number;
  readonly lost: readonly string[];
  readonly late: readonly string[];
  /** Extra processings beyond the first, of records the group is owed. */
  readonly duplicated: number;
  /**
   * First processings that came after a later record of the same producer and key; the tail is left out. Not counted where
   * a group always reads topics and copies: each record comes to it by two ways.
   */
  readonly outOfOrder: number;
  readonly extra: number;
  readonly tailOwed: number;
  readonly tailProcessedAtHome: number;
  readonly tailProcessedElsewhere: readonly string[];
  /** Of a group that reads everything on both clusters: records of a cluster's logs that it never processed there. */
  readonly unread: readonly string[];
  readonly rounds: readonly RoundCounts[];
}

export interface RoundCounts {
  /** Copied before this outage, and first processed only after the return from it. */
  readonly late: readonly string[];
  /** Processings beyond the first that happened in this round, of records the group is owed. */
  readonly repeats: readonly Processed[];
  readonly tailOwed: number;
  readonly tailProcessedAtHome: number;
  readonly tailNotAtHome: readonly string[];
}

const owes = (run: RunRecord, group: OwedGroup, p: Produced): boolean => {
  if (!run.topics.includes(p.topic)) return false;
  return group.owedBy === undefined || p.set === group.owedBy;
};

interface Work {
  readonly mine: readonly Processed[];
  readonly owed: readonly Produced[];
  readonly first: ReadonlyMap<string, Processed>;
  /** Processed at the failed cluster, from its own topics. */
  readonly atHome: ReadonlySet<string>;
  /** Of owed records, beyond the first processing. */
  readonly repeats: readonly Processed[];
}

export function countGroup(run: RunRecord, facts: Facts, group: OwedGroup): GroupCounts {
  const work = workOf(run, facts, group);
  const readsBoth = group.mode === 'reads-remote';
  const { mine, owed, first } = work;
  const owedIds = new Set(owed.map(idOf));
  const rounds = roundNumbers(run).map((round) => countRound(run, facts, { group, work, round }));
  const sum = (pick: (r: RoundCounts) => number): number => rounds.reduce((all, r) => all + pick(r), 0);
  return {
    group: group.id,
    owed: owed.length,
    processed: owed.filter((p) => first.has(idOf(p))).length,
    lost: owed.map(idOf).filter((id) => !first.has(id)),
    late: rounds.flatMap(({ late }) => late),
    duplicated: work.repeats.length,
    outOfOrder: readsBoth
      ? 0
      : countOutOfOrder([...first.values()].filter((r) => owedIds.has(idOf(r)) && !facts.tail.has(idOf(r)))),
    extra: mine.filter((r) => !owedIds.has(idOf(r))).length,
    tailOwed: sum((r) => r.tailOwed),
    tailProcessedAtHome: sum((r) => r.tailProcessedAtHome),
    tailProcessedElsewhere: readsBoth
      ? []
      : mine.filter((r) => facts.tail.has(idOf(r)) && r.topic.startsWith(run.remotePrefix)).map(idOf),
    unread: readsBoth ? unreadBy(run, mine) : [],
    rounds,
  };
}

function workOf(run: RunRecord, facts: Facts, group: OwedGroup): Work {
  const mine = run.processed.filter((r) => r.group === group.id).toSorted((a, b) => a.atMs - b.atMs);
  const owed = [...facts.acknowledged.values()].filter((p) => owes(run, group, p));
  const owedIds = new Set(owed.map(idOf));
  const first = new Map<string, Processed>();
  const repeats: Processed[] = [];
  const seen = new Set<string>();
  for (const r of mine) {
    const id = idOf(r);
    // Who reads everything on both clusters meets each record there and here; the same place in a log it meets once.
    const what = group.mode === 'reads-remote' ? placeOf(r) : id;
    if (!first.has(id)) first.set(id, r);
    if (seen.has(what) && owedIds.has(id)) repeats.push(r);
    seen.add(what);
  }
  const atHome = mine.filter((r) => r.cluster === run.failed && !r.topic.startsWith(run.remotePrefix));
  return { mine, owed, first, repeats, atHome: new Set(atHome.map(idOf)) };
}

const placeOf = (r: Pick<Processed, 'cluster' | 'topic' | 'partition' | 'offset'>): string =>
  `${r.cluster} ${r.topic}-${r.partition} at ${r.offset}`;

function unreadBy(run: RunRecord, mine: readonly Processed[]): readonly string[] {
  const read = new Set(mine.map(placeOf));
  return run.logs.flatMap(({ records, ...log }) =>
    records.flatMap(({ offset, id }) => {
      const place = placeOf({ ...log, offset });
      return read.has(place) ? [] : [`${id} (${place})`];
    }),
  );
}

function countRound(
  run: RunRecord,
  facts: Facts,
  { group, work, round }: { readonly group: OwedGroup; readonly work: Work; readonly round: number },
): RoundCounts {
  const { owed, first, repeats, atHome } = work;
  const tail = facts.rounds[round]!.tail;
  const home = homecoming(run, round)?.atMs ?? Number.POSITIVE_INFINITY;
  const { killedMs } = run.rounds[round]!;
  const tailOwed = group.movedSet === run.movedSet ? owed.map(idOf).filter((id) => tail.has(id)) : [];
  const tailNotAtHome = tailOwed.filter((id) => !atHome.has(id));
  return {
    late: owed
      .filter((p) => p.cluster === run.failed && isOfOutage(run, round, p) && p.atMs <= killedMs)
      .map(idOf)
      .filter((id) => !tail.has(id) && (first.get(id)?.atMs ?? 0) >= home),
    repeats: repeats.filter(({ atMs }) => roundAt(run, atMs) === round),
    tailOwed: tailOwed.length,
    tailProcessedAtHome: tailOwed.length - tailNotAtHome.length,
    tailNotAtHome,
  };
}

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
