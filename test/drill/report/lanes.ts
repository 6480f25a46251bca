/** What happened over time, made out of a run's logs: where clients lived, when they were active, how much they did. Pure. */
import type * as z from 'zod';
import type { Adopted, RunRecord } from '../checker/records.ts';
import type { LagPoint } from '../observer.ts';
import type { ClientLane, ClusterLane, Curve, RateLane } from './shape.ts';

const STEP_MS = 1_000;

export function clusterLanes(run: RunRecord): readonly z.infer<typeof ClusterLane>[] {
  const { startedMs, endedMs } = run.marks;
  const spans = run.rounds.flatMap(({ killedMs, restartedMs = endedMs }, round) => [
    { fromMs: run.rounds[round - 1]?.restartedMs ?? startedMs, toMs: killedMs, up: true },
    { fromMs: killedMs, toMs: restartedMs, up: false },
  ]);
  const back = run.rounds.at(-1)?.restartedMs;
  return [
    {
      alias: run.failed,
      part: 'home',
      spans: back === undefined ? spans : [...spans, { fromMs: back, toMs: endedMs, up: true }],
    },
    { alias: run.refuge, part: 'refuge', spans: [{ fromMs: startedMs, toMs: endedMs, up: true }] },
  ];
}

export function clientLanes(run: RunRecord): readonly z.infer<typeof ClientLane>[] {
  const clients = new Map(run.adopted.map((a) => [`${a.role} ${a.client}`, a]));
  const lanes = [...clients.values()].map(({ client, set, role }) => ({
    client,
    clientSet: set,
    role,
    group: role === 'consumer' ? (run.processed.find((r) => r.member === client)?.group ?? null) : null,
    places: places(
      run,
      run.adopted.filter((a) => a.client === client && a.role === role),
    ),
    active: activity(run, client, role),
  }));
  const rank = (lane: z.infer<typeof ClientLane>) =>
    `${lane.clientSet === run.movedSet ? 0 : 1} ${lane.role === 'producer' ? 0 : 1} ${lane.client}`;
  return lanes.toSorted((a, b) => rank(a).localeCompare(rank(b)));
}

function places(run: RunRecord, adopted: readonly Adopted[]): z.infer<typeof ClientLane>['places'] {
  const inOrder = adopted.toSorted((a, b) => a.atMs - b.atMs);
  return inOrder.map((a, i) => ({
    fromMs: a.atMs,
    toMs: inOrder[i + 1]?.atMs ?? Math.max(a.atMs, run.marks.endedMs),
    cluster: a.cluster,
    revision: a.revision,
    doing: doing(run, a),
  }));
}

function doing(run: RunRecord, { set, revision, role }: Adopted): string {
  const value = run.seen.find((s) => s.set === set && s.revision === revision);
  if (value === undefined) return 'unknown';
  return role === 'producer' ? value.producers.state : value.consumers.read;
}

/** From the first to the last of its records, with pauses of up to a second. */
function activity(run: RunRecord, client: string, role: Adopted['role']): z.infer<typeof ClientLane>['active'] {
  const events =
    role === 'producer'
      ? run.produced.filter((p) => p.producer === client && p.result === 'ok')
      : run.processed.filter((r) => r.member === client);
  const spans: z.infer<typeof ClientLane>['active'] = [];
  for (const { atMs, cluster } of events.toSorted((a, b) => a.atMs - b.atMs)) {
    const last = spans.findLast((span) => span.cluster === cluster);
    if (last !== undefined && atMs - last.toMs <= STEP_MS) last.toMs = atMs;
    else spans.push({ fromMs: atMs, toMs: atMs, cluster });
  }
  return spans;
}

/** The moved set's records per second, by where they were acknowledged or processed. */
export function rates(run: RunRecord): readonly z.infer<typeof RateLane>[] {
  const acknowledged = run.produced.filter((p) => p.set === run.movedSet && p.result === 'ok');
  const processed = run.processed.filter((r) => r.set === run.movedSet);
  const remote = (topic: string) => topic.startsWith(run.remotePrefix);
  const lane = (
    what: 'acknowledged' | 'processed',
    cluster: string,
    topics: 'local' | 'remote',
    times: readonly number[],
  ) => ({ what, cluster, topics, points: perSecond(times, run) });
  const timesOf = (
    events: readonly { readonly cluster: string; readonly topic: string; readonly atMs: number }[],
    cluster: string,
    isRemote: boolean,
  ) => events.filter((e) => e.cluster === cluster && remote(e.topic) === isRemote).map((e) => e.atMs);
  return [
    lane('acknowledged', run.failed, 'local', timesOf(acknowledged, run.failed, false)),
    lane('acknowledged', run.refuge, 'local', timesOf(acknowledged, run.refuge, false)),
    lane('processed', run.failed, 'local', timesOf(processed, run.failed, false)),
    lane('processed', run.refuge, 'remote', timesOf(processed, run.refuge, true)),
    lane('processed', run.refuge, 'local', timesOf(processed, run.refuge, false)),
  ];
}

function perSecond(times: readonly number[], run: RunRecord): [number, number][] {
  const counts = new Map<number, number>();
  for (const atMs of times) counts.set(Math.floor(atMs / STEP_MS), (counts.get(Math.floor(atMs / STEP_MS)) ?? 0) + 1);
  const first = Math.floor(run.marks.startedMs / STEP_MS);
  const last = Math.floor(run.marks.endedMs / STEP_MS);
  return Array.from({ length: last - first + 1 }, (_, i) => [(first + i) * STEP_MS, counts.get(first + i) ?? 0]);
}

/** One curve for each `<cluster> <group> <topic>` that ever had a lag. */
export function lagCurves(points: readonly LagPoint[], clusters: readonly string[]): readonly z.infer<typeof Curve>[] {
  const keys = [
    ...new Set(points.flatMap(({ lag }) => Object.keys(lag).filter((key) => (lag[key] ?? 0) > 0))),
  ].toSorted();
  return keys.map((key) => {
    const [cluster = '', group = '', topic = ''] = key.split(' ');
    const remote = clusters.some((alias) => topic.startsWith(`${alias}.`));
    return {
      cluster,
      group,
      topic,
      remote,
      points: points.map(({ atMs, lag }) => [atMs, lag[key] ?? null] as [number, number | null]),
    };
  });
}
