/**
 * The default story, act by act: normal life, outage with a tail, failover, drain, cutover, recovery, failback, normal life;
 * with more rounds the same again, on the same clusters and with the same clients.
 */
import { remoteTopicOf, placedSet } from '../../core/config/pair.ts';
import type { PositionRecord, SetState } from '../../core/contracts/tables.ts';
import { HUNG_MS, waitFor } from '../support/world/conditions.ts';
import type { Marks, Round } from './checker/records.ts';
import { clusterOf, otherOf } from './stage.ts';
import type { BareStage, Say, Stage } from './stage.ts';
import { committedOf, endsOf } from './observer.ts';
import type { DrillOptions } from './drill-options.ts';
import { SHARED_GROUP, TOPICS, alarmOf, groupsOf, partitionsIn, setOf } from './pair.ts';

export interface Acts extends Marks {
  readonly rounds: readonly Round[];
}

export interface Director {
  readonly say: Say;
  /** Waits for Enter under --step. */
  readonly pause: (what: string) => Promise<void>;
}

export const total = (ends: ReadonlyMap<string, bigint>): number =>
  [...ends.values()].reduce((sum, end) => sum + Number(end), 0);

/** What each act of a round needs. */
interface Cast extends Director {
  readonly stage: Stage;
  readonly options: DrillOptions;
  readonly home: 'K1' | 'K2';
  readonly refuge: 'K1' | 'K2';
  readonly set: string;
  readonly until: Until;
}

export async function play(stage: Stage, options: DrillOptions, director: Director): Promise<Acts> {
  const home = options.fail;
  const until = patientWith(stage);
  const cast: Cast = { ...director, stage, options, home, refuge: otherOf(home), set: setOf(home), until };
  const startedMs = await beginLife(stage, cast.set, until);
  director.say('normal life: producers and consumers on both sides');
  const rounds: Round[] = [];
  while (rounds.length < options.rounds) {
    if (rounds.length > 0) await settleDown(cast);
    rounds.push(await playRound(cast));
  }
  await endLife(stage, until);
  return { startedMs, endedMs: Date.now(), rounds };
}

/** Waits for conditions of the stage; what hangs, or a workload that has ended, is told. */
export const patientWith =
  ({ workload }: BareStage): Until =>
  (what, probe, timeoutMs = HUNG_MS) =>
    waitFor(what, probe, { timeoutMs, everyMs: 500, hopeless: () => workload.problem() });

/** Clients begin to work. Answers the instant. */
export async function beginLife(stage: Stage, set: string, until: Until): Promise<number> {
  const startedMs = Date.now();
  stage.observer.start();
  await until('the first routing values are published', () => published(stage, set));
  stage.workload.start();
  stage.workload.set({ producing: true });
  await until('records flow through every group', () => flowing(stage));
  return startedMs;
}

/** Producers stop, everything is processed, consumers stop. */
export async function endLife(stage: Stage, until: Until): Promise<void> {
  stage.workload.set({ producing: false });
  await stage.workload.stop('producers');
  await until('every group has processed everything', () => allProcessed(stage));
  await stage.workload.stop('consumers');
  await stage.observer.stop();
}

/** From consumers that lag to clients that work at home again. */
async function playRound(cast: Cast): Promise<Round> {
  const { stage, options, home, refuge, set, until, say, pause } = cast;
  const { world, workload } = stage;
  const fromMs = Date.now();
  workload.set({ speed: 'slow' });
  await until(`${set} lags behind, and its positions are seeded on ${refuge}`, () =>
    laggingAndSeeded(stage, home, fromMs),
  );
  const killedMs = await killWithATail(stage, home, until, { say, pause });
  await trigger(stage, options, set, until);
  const patience = options.interrupt ? 4 : 1; // each take-up waits for the next round of reconcile
  await until(`${set} lives at ${refuge}`, () => settled(stage, set, 'refuge'), HUNG_MS * patience);
  const remoteEnds = await endsOf(clusterOf(world, refuge), remoteTopics(stage, set));
  say(`${set} is at ${refuge}: the remote topics are drained, consumers read the local topics`);
  await until(`${refuge} takes and processes what ${set} writes there`, () =>
    producedAt(stage, { set, cluster: refuge, sinceMs: killedMs, count: 300 }),
  );

  await pause(`start ${home} again`);
  const restartedMs = Date.now();
  await clusterOf(world, home).restart();
  say(`${home} is back, with its log`);
  await until(`${set} is home again`, () => goHome(stage, set), HUNG_MS * patience);
  const homeMs = Date.now();
  say(`${set} is home again`);
  await until(`${home} takes what ${set} writes there`, () => producedAfter(stage, set, home, homeMs, 200));
  return { fromMs, killedMs, restartedMs, remoteEnds };
}

/**
 * Between two rounds. The tail is processed at home: left over for the next outage, its records would be copied by then and
 * no tail any more. And a person takes note of the failover that ran alone, which lifts the cooldown.
 */
async function settleDown({ stage, home, set, until, say }: Cast): Promise<void> {
  const held = await endsOf(clusterOf(stage.world, home), TOPICS);
  await until(`what ${home} held is processed there`, () => processedUpTo(stage, home, held));
  const { kind } = await stage.cloud.tell(set, { command: 'acknowledge-cooldown', note: 'the outage is understood' });
  say(
    kind === 'done'
      ? `normal life again; a person acknowledges the automatic failover of ${set}, so that the next outage may move it at once`
      : 'normal life again',
  );
}

async function published(stage: Stage, set: string): Promise<true | undefined> {
  const states = await Promise.all(
    Object.keys(stage.config.clientSets).map((name) => stage.cloud.controlOf(name).readSet(name)),
  );
  return states.every((state) => state?.routing !== undefined) && stage.observer.seen.some((s) => s.set === set)
    ? true
    : undefined;
}

/** Each consumer of each group has processed something. */
export async function flowing(stage: BareStage): Promise<true | undefined> {
  const { processed } = stage.workload.read();
  return new Set(processed.map((r) => r.member)).size >= stage.workload.consumers ? true : undefined;
}

export const remoteTopics = (stage: BareStage, set: string): readonly string[] => {
  const placed = placedSet(stage.config, set)!;
  return TOPICS.map((topic) => remoteTopicOf(placed, topic));
};

/** Replicated and unprocessed records exist, and each remote partition of each moving group got a seed since then. */
export async function laggingAndSeeded(stage: Stage, home: 'K1' | 'K2', sinceMs: number): Promise<true | undefined> {
  const set = setOf(home);
  const lagging = await unprocessed(stage, home);
  if (lagging < 200) return undefined;
  const seeds = (await stage.cloud.controlOf(set).seeds(set)).filter(({ atMs }) => atMs >= sinceMs);
  const seeded = seeds.reduce((sum, seed) => sum + Object.keys(seed.partitions).length, 0);
  const wanted = seededGroups(stage, home).length * TOPICS.length * partitionsIn(stage.form);
  return seeded >= wanted ? true : undefined;
}

const seededGroups = ({ form }: BareStage, home: 'K1' | 'K2'): readonly string[] =>
  groupsOf(home, form).flatMap(({ id, mode }) => (mode === 'reads-remote' ? [] : [id]));

export async function unprocessed(stage: BareStage, home: 'K1' | 'K2'): Promise<number> {
  const cluster = clusterOf(stage.world, home);
  return total(await endsOf(cluster, TOPICS)) - total(await committedOf(cluster, SHARED_GROUP, TOPICS));
}

/** Home dies with a known tail; both the story and the one by hand meet this same outage. Answers the instant of the kill. */
export async function killWithATail(
  stage: BareStage,
  home: 'K1' | 'K2',
  until: Until,
  { say, pause }: Director,
): Promise<number> {
  const { world, workload } = stage;
  const refuge = otherOf(home);
  await pause(`pause the flow ${home}->${refuge}, then kill ${home}`);
  await world.flow(`${home}->${refuge}`).pauseFlow();
  const pausedMs = Date.now();
  workload.burst();
  await until('a tail is written that nobody copies', () => tailGrows(stage, home, pausedMs));
  await clusterOf(world, home).kill();
  const killedMs = Date.now();
  say(`${home} is killed (SIGKILL)`);
  workload.set({ speed: 'fast' });
  await world.flow(`${home}->${refuge}`).resumeFlow();
  return killedMs;
}

async function tailGrows({ workload }: BareStage, home: 'K1' | 'K2', pausedMs: number): Promise<true | undefined> {
  const written = workload
    .read()
    .produced.filter((p) => p.cluster === home && p.result === 'ok' && p.sentAtMs > pausedMs);
  return written.length >= 400 ? true : undefined;
}

type Until = <T>(what: string, probe: () => Promise<T | undefined>, timeoutMs?: number) => Promise<T>;

async function trigger(stage: Stage, options: DrillOptions, set: string, until: Until): Promise<void> {
  const control = stage.cloud.controlOf(set);
  const epoch = async () => (await control.readSet(set))?.epoch ?? 0;
  const before = await epoch();
  if (options.trigger === 'alarm') await stage.cloud.raiseAlarm(alarmOf(options.fail), set);
  if (options.trigger === 'manual') {
    await until(`${options.fail} is judged down`, async () =>
      (await control.verdict(`cluster:${options.fail}`))?.kind === 'CONFIRMED_DOWN' ? true : undefined,
    );
    await stage.cloud.startExecution('failover', set, { reason: 'drill: a person starts it', requestedBy: 'drill' });
  }
  await until(`a failover of ${set} is claimed`, async () => (await epoch()) > before || undefined);
}

export async function settled(stage: Stage, set: string, phase: SetState['phase']): Promise<true | undefined> {
  const state = await stage.cloud.controlOf(set).readSet(set);
  return state?.phase === phase && state.open === undefined ? true : undefined;
}

/** A person approves the way home as soon as the system asks. */
export async function goHome(stage: Stage, set: string): Promise<true | undefined> {
  const control = stage.cloud.controlOf(set);
  const question = await control.question(set);
  if (question?.question === 'approval') await stage.cloud.operate(set, { command: 'approve', epoch: question.epoch });
  return settled(stage, set, 'home');
}

/** Since then the cluster has taken and given out that many records of the set in its own topics. */
export async function producedAt(
  stage: Stage,
  { set, cluster, sinceMs, count }: { set: string; cluster: string; sinceMs: number; count: number },
): Promise<true | undefined> {
  const { produced, processed } = stage.workload.read();
  const here = (r: { set: string; cluster: string; atMs: number }) =>
    r.set === set && r.cluster === cluster && r.atMs > sinceMs;
  const written = produced.filter((p) => here(p) && p.result === 'ok').length;
  const read = processed.filter((r) => here(r) && TOPICS.some((t) => t === r.topic)).length;
  return written >= count && read >= count ? true : undefined;
}

export async function producedAfter(
  stage: BareStage,
  set: string,
  cluster: string,
  sinceMs: number,
  count: number,
): Promise<true | undefined> {
  const { produced, processed } = stage.workload.read();
  const written = produced.filter(
    (p) => p.set === set && p.cluster === cluster && p.result === 'ok' && p.atMs > sinceMs,
  ).length;
  const read = processed.filter((r) => r.set === set && r.cluster === cluster && r.atMs > sinceMs).length;
  return written >= count && read >= count ? true : undefined;
}

/** Everybody has read what both clusters hold, and it does not grow any more. Producers have stopped. */
export async function allProcessed(stage: Stage): Promise<true | undefined> {
  const all = await Promise.all(
    (['K1', 'K2'] as const).map(async (alias) => {
      const ends = await endsOf(clusterOf(stage.world, alias), [...TOPICS, ...copiesAt(stage, alias)]);
      return { ends: total(ends), done: await processedUpTo(stage, alias, ends) };
    }),
  );
  if (all.some(({ done }) => done === undefined)) return undefined;
  const later = await Promise.all(
    (['K1', 'K2'] as const).map((alias) =>
      endsOf(clusterOf(stage.world, alias), [...TOPICS, ...copiesAt(stage, alias)]),
    ),
  );
  return later.every((ends, i) => total(ends) === all[i]!.ends) ? true : undefined;
}

/** The remote topics that this cluster has. */
const copiesAt = (stage: BareStage, alias: 'K1' | 'K2'): readonly string[] =>
  remoteTopics(stage, setOf(otherOf(alias)));

/** No record lies between a group's position and those ends, in the topics that it reads there. */
async function processedUpTo(
  stage: Stage,
  alias: 'K1' | 'K2',
  ends: ReadonlyMap<string, bigint>,
): Promise<true | undefined> {
  const reader = stage.kafka.reader(alias);
  for (const { id, mode } of groupsOf(alias, stage.form)) {
    const topics = mode === 'reads-remote' ? [...TOPICS, ...copiesAt(stage, alias)] : TOPICS;
    const committed = await committedOf(clusterOf(stage.world, alias), id, topics);
    for (const topic of topics)
      for (let partition = 0; partition < partitionsIn(stage.form); partition += 1) {
        const key = `${topic}-${partition}`;
        const [from, to] = [committed.get(key) ?? 0n, ends.get(key) ?? 0n];
        // What ends a log may be the mark of a transaction, which nobody processes.
        const left =
          from < to ? await reader.countData(topic, partition, from, to, { limit: 1, committedOnly: true }) : 0;
        if (left > 0) return undefined;
      }
  }
  return true;
}

export async function statedPositions(stage: Stage, set: string): Promise<readonly PositionRecord[]> {
  const control = stage.cloud.controlOf(set);
  const state = await control.readSet(set);
  const all: PositionRecord[] = [];
  // Epochs leap by a thousand where a set was led home without its refuge.
  let epoch: number | null = (state?.epoch ?? 0) + 1;
  while ((epoch = await control.pinnedBefore(set, epoch)) !== null)
    all.unshift(...(await control.positions(set, epoch)));
  return all;
}
