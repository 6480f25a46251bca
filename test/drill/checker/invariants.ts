/** The promises P1-P12 as functions over a run. Each answers with a sentence and a few examples, never with a bare boolean. */
import { countGroup, gatherFacts } from './counts.ts';
import type { Facts, GroupCounts } from './counts.ts';
import { gaps } from './gaps.ts';
import { isMeaningful } from './meaningful.ts';
import { p4 } from './repetitions.ts';
import { idOf } from './records.ts';
import type { Processed, RunRecord, SeenRouting, StatedPosition } from './records.ts';
import { isIn, roundNumbers, roundWords, statedIn } from './rounds.ts';

export interface Finding {
  readonly id: string;
  readonly promise: string;
  /** False also where the promise does not apply. */
  readonly holds: boolean;
  /** False where the run has nothing that the promise speaks of; then it says nothing about the run. */
  readonly applies: boolean;
  readonly sentence: string;
  readonly examples: readonly string[];
}

type Check = (run: RunRecord, facts: Facts, counts: readonly GroupCounts[]) => readonly string[];

/** P1: what was mirrored when home was lost, and whatever was written anywhere else, is processed at least once; by a group that always reads both, on each cluster. */
const p1: Check = (_run, facts, counts) =>
  counts.flatMap((c) => [
    ...c.lost.filter((id) => !facts.tail.has(id)).map((id) => `${c.group} never processed ${id}`),
    ...c.unread.map((record) => `${c.group} never processed ${record}, and always reads both`),
  ]);

/** P2: every tail record is processed at home, and none through the remote topic (unless the group always reads both), in whichever round. */
const p2: Check = (run, _facts, counts) =>
  counts.flatMap((c) => [
    ...c.rounds.flatMap(({ tailOwed, tailProcessedAtHome, tailNotAtHome }, round) =>
      tailNotAtHome.length > 0
        ? [
            `${roundWords(run, round)}${c.group} processed ${tailProcessedAtHome} of ${tailOwed} tail records at home, not ${fates(run, tailNotAtHome)}`,
          ]
        : [],
    ),
    ...c.tailProcessedElsewhere.map((id) => `${c.group} processed tail record ${id} through the remote topic`),
  ]);

/** The first of them, and how many home's own log does not hold: those were confirmed and not written, no group can have them. */
function fates({ logs, failed }: RunRecord, ids: readonly string[]): string {
  const held = new Set(logs.filter(({ cluster }) => cluster === failed).flatMap((l) => l.records.map(({ id }) => id)));
  const absent = ids.filter((id) => !held.has(id)).length;
  return `${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', ...' : ''} (${absent} of them in no log of ${failed})`;
}

/** P3 (per-key policy only): per key, first processing follows the order of sending, the tail left out. */
const p3: Check = (run, _facts, counts) =>
  run.ordering === 'per-key'
    ? counts.filter((c) => c.outOfOrder > 0).map((c) => `${c.group}: ${c.outOfOrder} records out of order`)
    : [];

/** P5: nothing is processed that was never sent, or that its producer has taken back. */
const p5: Check = (run, facts) =>
  [...new Set(run.processed.map(idOf))].flatMap((id) => {
    if (facts.aborted.has(id)) return [`${id} was processed, and its transaction was aborted`];
    return facts.sentSomehow.has(id) ? [] : [`${id} was processed and never sent`];
  });

/** P6: the first record a moved group processes in a remote partition is the first data record at or behind its seed. */
const p6: Check = (run) =>
  roundNumbers(run).flatMap((round) => statedIn(run, round).flatMap((s) => startOf(run, round, s)));

function startOf(run: RunRecord, round: number, s: StatedPosition): readonly string[] {
  if (s.seed === null) return [];
  const topic = `${run.remotePrefix}${s.topic}`;
  const log = run.logs.find((l) => l.cluster === run.refuge && l.topic === topic && l.partition === s.partition);
  const expected = log?.records.find((r) => r.offset >= s.seed! && r.offset < s.remoteEnd)?.offset;
  const first = run.processed
    .filter((r) => r.group === s.group && r.topic === topic && r.partition === s.partition && r.set === run.movedSet)
    .filter((r) => isIn(run, round, r.atMs))
    .reduce<Processed | undefined>((best, r) => (best === undefined || r.atMs < best.atMs ? r : best), undefined);
  if (expected === first?.offset) return [];
  return [
    `${roundWords(run, round)}${s.group} ${topic}-${s.partition}: seed ${s.seed}, first record there ${expected ?? 'none'}, first processed ${first?.offset ?? 'none'}`,
  ];
}

/** P7: no committed position ever goes back, whoever committed it: a member, a seed, a pin, a way home. */
const p7: Check = (run) => {
  const furthest = new Map<string, bigint>();
  const unseen = run.groups.filter(({ id }) => !run.commits.some(({ group }) => group === id));
  const back = run.commits.flatMap(({ cluster, group, topic, partition, offset, atMs }) => {
    const where = `${group} ${topic}-${partition} on ${cluster}`;
    const before = furthest.get(where);
    if (offset === null) return before === undefined ? [] : [`${where}: ${before} was deleted at ${atMs}`];
    if (before === undefined || offset > before) furthest.set(where, offset);
    return before !== undefined && offset < before ? [`${where}: from ${before} to ${offset} at ${atMs}`] : [];
  });
  return [...unseen.map(({ id }) => `${id}: no committed position is known`), ...back];
};

/**
 * P8: an effect belongs to the revision it was made under: it is on the cluster which that revision names, and it does not
 * come after the client acknowledged a newer revision that names another cluster (a late effect of a switch).
 */
const p8: Check = (run) => {
  const named = placesByRevision(run);
  const wrong: string[] = [];
  const judge = (
    what: string,
    client: string,
    role: Role,
    e: { readonly set: string; readonly cluster: string; readonly revision: number; readonly atMs: number },
  ) => {
    const place = named.get(`${e.set}|${e.revision}`)?.[role];
    if (place !== undefined && place !== e.cluster)
      wrong.push(`${what} on ${e.cluster} under revision ${e.revision}, which names ${place}`);
    const newest = adoptionsOf(run, client, role).findLast((a) => a.atMs < e.atMs);
    if (newest !== undefined && newest.revision > e.revision && newest.cluster !== e.cluster)
      wrong.push(`${what} on ${e.cluster} after ${client} had adopted revision ${newest.revision} (${newest.cluster})`);
  };
  for (const p of run.produced) if (p.result === 'ok') judge(`${idOf(p)} was acknowledged`, p.producer, 'producer', p);
  for (const r of run.processed) judge(`${idOf(r)} was processed`, r.member, 'consumer', r);
  return wrong;
};

type Role = 'producer' | 'consumer';

const adoptionIndex = new WeakMap<RunRecord, Map<string, RunRecord['adopted'][number][]>>();
function adoptionsOf(run: RunRecord, client: string, role: Role): readonly RunRecord['adopted'][number][] {
  let index = adoptionIndex.get(run);
  if (index === undefined) {
    index = new Map();
    for (const a of run.adopted.toSorted((x, y) => x.atMs - y.atMs)) {
      const key = `${a.client}|${a.role}`;
      const list = index.get(key);
      if (list === undefined) index.set(key, [a]);
      else list.push(a);
    }
    adoptionIndex.set(run, index);
  }
  return index.get(`${client}|${role}`) ?? [];
}

const placesByRevision = (run: RunRecord): ReadonlyMap<string, Readonly<Record<Role, string>>> =>
  new Map(
    run.seen.map((s) => [`${s.set}|${s.revision}`, { producer: s.producers.cluster, consumer: s.consumers.cluster }]),
  );

/** P9: no client is active on both clusters under one revision. */
const p9: Check = (run) => {
  const places = new Map<string, Set<string>>();
  const see = (client: string, revision: number, cluster: string) => {
    const key = `${client} under revision ${revision}`;
    places.set(key, (places.get(key) ?? new Set()).add(cluster));
  };
  for (const p of run.produced) if (p.result === 'ok') see(p.producer, p.revision, p.cluster);
  for (const r of run.processed) see(r.member, r.revision, r.cluster);
  return [...places]
    .filter(([, clusters]) => clusters.size > 1)
    .map(([who, clusters]) => `${who} was active on ${[...clusters].join(' and ')}`);
};

/** P10: in the end every region carries one revision, the set is home, and its clients have adopted that revision. */
const p10: Check = (run) => {
  const last = new Map<string, SeenRouting>();
  for (const s of run.seen) if (s.set === run.movedSet) last.set(s.region, s);
  const values = [...last.values()];
  if (values.length === 0) return ['no routing value was ever seen'];
  const newest = Math.max(...values.map((v) => v.revision));
  const clients = new Set(run.adopted.filter((a) => a.set === run.movedSet).map((a) => a.client));
  return [
    ...values
      .filter((v) => v.revision !== newest)
      .map((v) => `${v.region} still carries revision ${v.revision}, the newest is ${newest}`),
    ...values.filter((v) => v.phase !== 'home').map((v) => `${v.region} ended in phase ${v.phase}`),
    ...[...clients]
      .filter((c) => !run.adopted.some((a) => a.client === c && a.revision === newest))
      .map((c) => `${c} never adopted revision ${newest}`),
  ];
};

/**
 * P11: every revision has a stored decision: a confirmed outage, a confirmed recovery, a person (also one who refreshes), or the first "home"; and
 * every decision, made again of its stored inputs, is the same.
 */
const p11: Check = (run) => {
  const first = run.seen
    .filter((s) => s.set === run.movedSet)
    .reduce((low, s) => Math.min(low, s.revision), Number.POSITIVE_INFINITY);
  const revisions = new Map(run.seen.map((s) => [`${s.set}|${s.revision}`, s]));
  const undecided = [...revisions.values()]
    .filter((s) => !(s.set === run.movedSet && s.revision === first) && !(s.epoch === 0 && s.phase === 'home'))
    .filter((s) => !run.decisions.some((d) => d.set === s.set && d.atMs <= s.atMs && decidedEpoch(d) === s.epoch))
    .map((s) => `${s.set} revision ${s.revision} (${s.phase}, epoch ${s.epoch}) has no decision behind it`);
  const changed = run.decisions.flatMap((d) =>
    d.differs === undefined
      ? []
      : [`the decision "${d.kind}" of ${d.set} is another one when made again: ${d.differs}`],
  );
  return [...undecided, ...changed];
};

/** Which epoch a stored decision let happen: a claim opens the next one; an approval lets the open one go on, a refresh stays in it. */
const decidedEpoch = (d: RunRecord['decisions'][number]): number | undefined =>
  d.kind === 'claim' ? d.epochSeen + 1 : ['approved', 'refresh'].includes(d.kind) ? d.epochSeen : undefined;

/** P12: every gap without acknowledgement or processing longer than 3 s begins after the kill and is explained by a stage. */
const p12: Check = (run) =>
  gaps(run)
    .filter((g) => g.explainedBy === undefined)
    .map((g) => `${g.who} stood still for ${((g.toMs - g.fromMs) / 1000).toFixed(1)} s, no stage explains it`);

const CHECKS: readonly (readonly [string, string, Check])[] = [
  ['P1', 'every acknowledged record that was mirrored or written elsewhere is processed', p1],
  ['P2', 'every tail record is processed at home and none through the remote topic', p2],
  ['P3', 'per key, processing follows sending (per-key policy)', p3],
  ['P4', 'duplicates stay within the bound stated before the move', p4],
  ['P5', 'nothing is processed that was never sent, or that its producer aborted', p5],
  ['P6', 'a moved group starts exactly at its seed', p6],
  ['P7', 'no committed position goes back', p7],
  ['P8', 'a client that adopted a revision acts on its cluster only', p8],
  ['P9', 'no client is active on both clusters under one revision', p9],
  ['P10', 'in the end everything carries one revision and is home', p10],
  ['P11', 'every revision has a stored decision behind it, and each is the same when decided again', p11],
  ['P12', 'every gap is explained by a stage', p12],
];

/** What only a deployed system promises: seeds, adoption of revisions, one end state everywhere, stored decisions. */
const NEEDS_THE_SYSTEM: ReadonlySet<string> = new Set(['P6', 'P7', 'P8', 'P10', 'P11']);
const NOTHING_DEPLOYED = 'not applicable: a person moved the clients, nothing was deployed';

export interface Verdict {
  readonly findings: readonly Finding[];
  readonly counts: readonly GroupCounts[];
  readonly facts: Facts;
  readonly passed: boolean;
}

/** Broken promises in words; `counts` says which of them are asked about. */
export const brokenIn = ({ findings }: Pick<Verdict, 'findings'>, counts: (id: string) => boolean): readonly string[] =>
  findings
    .filter(({ id, holds, applies }) => applies && !holds && counts(id))
    .map(({ id, promise, sentence, examples }) => `${id} (${promise}): ${sentence}, ${examples.join('; ')}`);

export function checkRun(run: RunRecord): Verdict {
  const facts = gatherFacts(run);
  const counts = run.groups.map((group) => countGroup(run, facts, group));
  const findings = CHECKS.filter(([id]) => id !== 'P3' || run.ordering === 'per-key').map(([id, promise, check]) => {
    const applies = run.naive !== true || !NEEDS_THE_SYSTEM.has(id);
    if (!applies) return { id, promise, applies, holds: false, sentence: NOTHING_DEPLOYED, examples: [] };
    const broken = check(run, facts, counts);
    return {
      id,
      promise,
      applies,
      holds: broken.length === 0,
      sentence: broken.length === 0 ? 'holds' : `${broken.length} violation(s)`,
      examples: broken.slice(0, 5),
    };
  });
  return {
    findings,
    counts,
    facts,
    passed: findings.every((f) => f.holds || !f.applies) && isMeaningful(run, facts, counts).length === 0,
  };
}
