/**
 * The naive story: the same clusters, clients, workload and kill, and a person who does the usual runbook for prefixed
 * topics, carefully and in its order. Failover: producers to the refuge, consumers to the remote topics, and when those show
 * no lag (or nothing moves any more) to the local topics. Failback: wait until home is healthy and the flows have caught up,
 * producers home, consumers home when what was written at the refuge is processed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { gatherLogs } from '../evidence.ts';
import type { RunRecord } from '../checker/records.ts';
import { committedOf, endsOf } from '../observer.ts';
import type { DrillOptions } from '../drill-options.ts';
import { SHARED_GROUP, TOPICS, homeOnlyGroup, setOf } from '../pair.ts';
import { clusterOf } from '../stage.ts';
import type { BareStage } from '../stage.ts';
import { castOf, killWithATail, restartHome } from '../acts.ts';
import type { Cast as AnyCast, Director } from '../acts.ts';
import { flowing, producedAfter, remoteTopics, total, unprocessed } from '../looks.ts';
import type { Acts } from '../story.ts';
import { Person, lookAtLag } from './person.ts';

/** A person has to notice, find the runbook and dare. In life: minutes. */
const HUMAN_SECONDS = 15;
/** A person who sees a lag that does not move for so long goes on. */
const STALL_SECONDS = 10;
/** Ends the run: nobody has processed anything for so long. */
const IDLE_SECONDS = 8;

interface Cast extends AnyCast<BareStage> {
  readonly person: Person;
}

/** Plays the whole run and gathers what it left behind. */
export async function playNaively(stage: BareStage, options: DrillOptions, director: Director): Promise<RunRecord> {
  const person = new Person(stage);
  const cast: Cast = { ...castOf(stage, director), person };
  const startedMs = Date.now();
  stage.observer.start();
  await normalLife(cast);
  const killedMs = await outage(cast);
  const remoteEnds = await failover(cast);
  const restartedMs = await failback(cast);
  await end(cast);
  const rounds = [{ fromMs: startedMs, killedMs, restartedMs, remoteEnds }];
  const acts: Acts = { startedMs, endedMs: Date.now(), rounds };
  return { ...(await gatherLogs(stage, options, acts)), naive: true, stated: [], decisions: person.decisions };
}

async function normalLife({ stage, person, until, say, home, refuge, set }: Cast): Promise<void> {
  for (const alias of ['K1', 'K2'] as const)
    person.configure(setOf(alias), 'home', { producers: alias, consumers: { cluster: alias, read: 'local' } });
  stage.workload.start();
  await until('every client is there', async () => (joined(stage, 1) >= 10 ? true : undefined));
  stage.workload.set({ producing: true });
  await until('records flow through every group', () => flowing(stage));
  say('normal life: plain producers and consumers on both sides, MirrorMaker 2 copies records and positions of groups');
  const positions = async () => {
    const synced = await committedOf(clusterOf(stage.world, refuge), homeOnlyGroup(home), remoteTopics(stage, set));
    return (await unprocessed(stage, home)) >= 200 && synced.size >= TOPICS.length * 3 ? true : undefined;
  };
  await until(`${set} lags behind, and MirrorMaker 2 has copied positions to ${refuge}`, positions);
}

/** Clients that have said that they live under a revision. */
const joined = (stage: BareStage, revision: number, set?: string, role?: 'consumer'): number =>
  new Set(
    stage.workload
      .read()
      .adopted.filter(
        (a) =>
          a.revision >= revision && (set === undefined || a.set === set) && (role === undefined || a.role === role),
      )
      .map((a) => `${a.role} ${a.client}`),
  ).size;

async function outage(cast: Cast): Promise<number> {
  const killedMs = await killWithATail(cast);
  cast.say(`a person notices, finds the runbook and decides: ${HUMAN_SECONDS} s here, minutes in life`);
  await delay(Math.max(0, killedMs + HUMAN_SECONDS * 1000 - Date.now()));
  return killedMs;
}

/** Answers the ends of the remote topics while home is down. */
async function failover(cast: Cast): Promise<ReadonlyMap<string, bigint>> {
  const { stage, person, until, say, home, refuge, set } = cast;
  person.decide(set, 'failover', `${home} has not answered for ${HUMAN_SECONDS} s`);
  person.configure(set, 'draining', { producers: refuge, consumers: { cluster: home, read: 'local' } });
  say(`by hand: producers of ${set} write to ${refuge}`);
  const remote = remoteTopics(stage, set);
  await moveConsumers(cast, 'draining', { producers: refuge, consumers: { cluster: refuge, read: 'remote' } });
  say(`by hand: consumers of ${set} read ${remote.join(', ')} on ${refuge}`);
  const remoteEnds = await endsOf(clusterOf(stage.world, refuge), remote);
  await watchLag(cast, remote, remoteEnds);
  await moveConsumers(cast, 'refuge', { producers: refuge, consumers: { cluster: refuge, read: 'local' } });
  const cutMs = Date.now();
  say(`by hand: consumers of ${set} read ${TOPICS.join(', ')} on ${refuge}`);
  await until(`${refuge} takes what ${set} writes there`, () => wroteAt(cast, cutMs, 300));
  return remoteEnds;
}

/** Answers when home was started again. */
async function failback(cast: Cast): Promise<number> {
  const { stage, person, until, say, pause, home, refuge, set } = cast;
  await pause(`start ${home} again`);
  const restartedMs = await restartHome(cast);
  await until(`the flow ${home}->${refuge} has copied what ${home} still had`, () => caughtUp(cast));
  person.decide(set, 'failback', `${home} serves again, and MirrorMaker 2 has copied everything that it held`);
  person.configure(set, 'returning', { producers: home, consumers: { cluster: refuge, read: 'local' } });
  say(`by hand: ${home} is healthy and copied; producers of ${set} write to ${home}`);
  await until(`producers of ${set} are at home`, () => producersMoved(cast));
  const ends = await endsOf(clusterOf(stage.world, refuge), TOPICS);
  await watchLag(cast, TOPICS, ends);
  const homeMs = Date.now();
  await moveConsumers(cast, 'home', { producers: home, consumers: { cluster: home, read: 'local' } });
  say(`by hand: consumers of ${set} read ${TOPICS.join(', ')} on ${home}`);
  await until(`${home} takes what ${set} writes there`, () => producedAfter(stage, set, home, homeMs, 200));
  return restartedMs;
}

async function end({ stage, until }: Cast): Promise<void> {
  stage.workload.set({ producing: false });
  await stage.workload.stop('producers');
  let count = -1;
  let sinceMs = Date.now();
  const idle = async () => {
    const now = stage.workload.read().processed.length;
    if (now !== count) sinceMs = Date.now();
    count = now;
    return Date.now() - sinceMs >= IDLE_SECONDS * 1000 ? true : undefined;
  };
  await until(`nobody has processed anything for ${IDLE_SECONDS} s`, idle);
  await stage.workload.stop('consumers');
  await stage.observer.stop();
}

/** Restarts the consumers with a new configuration and waits until each has joined, however little it was given to read. */
async function moveConsumers(
  { stage, person, until, set }: Cast,
  ...[phase, where]: [Parameters<Person['restartConsumers']>[1], Parameters<Person['restartConsumers']>[2]]
): Promise<void> {
  const { revision } = await person.restartConsumers(set, phase, where);
  const there = async () => (joined(stage, revision, set, 'consumer') >= 3 ? true : undefined);
  await until(`consumers of ${set} have joined at ${where.consumers.cluster}`, there);
}

/** Until the lag is 0 wherever it can be seen and nothing is unseen, or until nothing has moved for a while. */
async function watchLag(cast: Cast, topics: readonly string[], ends: ReadonlyMap<string, bigint>): Promise<void> {
  const { stage, until, say, home, refuge } = cast;
  let last = '';
  let sinceMs = Date.now();
  const look = async () => {
    const lag = await lookAtLag(stage, refuge, [SHARED_GROUP, homeOnlyGroup(home)], topics, ends);
    if (lag.sentence !== last) sinceMs = Date.now();
    last = lag.sentence;
    if (lag.left === 0 && lag.withoutPosition === 0) return 'is 0';
    return Date.now() - sinceMs >= STALL_SECONDS * 1000 ? `has not moved for ${STALL_SECONDS} s` : undefined;
  };
  const why = await until(`the lag of ${topics.join(', ')} is 0 or stands still`, look);
  say(`by hand: the lag of ${topics.join(', ')} ${why}: ${last}`);
}

async function wroteAt({ stage, set, refuge }: Cast, sinceMs: number, count: number): Promise<true | undefined> {
  const written = stage.workload
    .read()
    .produced.filter((p) => p.set === set && p.cluster === refuge && p.result === 'ok' && p.atMs > sinceMs);
  return written.length >= count ? true : undefined;
}

/** Nobody writes to home at this time, so equality is possible. */
async function caughtUp({ stage, set, home, refuge }: Cast): Promise<true | undefined> {
  const there = total(await endsOf(clusterOf(stage.world, home), TOPICS));
  const copied = total(await endsOf(clusterOf(stage.world, refuge), remoteTopics(stage, set)));
  return copied >= there ? true : undefined;
}

async function producersMoved({ stage, set, home }: Cast): Promise<true | undefined> {
  const newest = stage.observer.seen.findLast((s) => s.set === set)?.revision ?? 0;
  const moved = new Set(
    stage.workload
      .read()
      .produced.filter((p) => p.set === set && p.cluster === home && p.result === 'ok' && p.revision === newest)
      .map((p) => p.producer),
  );
  return moved.size >= 2 ? true : undefined;
}
