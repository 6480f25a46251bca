/** What the stories of a drill are made of: acts on a running stage, from the first record to the last. */
import { HUNG_MS, waitFor } from '../support/world/conditions.ts';
import {
  allProcessed,
  flowing,
  goHome,
  laggingAndSeeded,
  producedAfter,
  producedAt,
  published,
  remoteTopics,
  settled,
} from './looks.ts';
import { endsOf } from './observer.ts';
import { setOf } from './pair.ts';
import { clusterOf, otherOf } from './stage.ts';
import type { BareStage, Say, Stage } from './stage.ts';

export type Until = <T>(what: string, probe: () => Promise<T | undefined>, timeoutMs?: number) => Promise<T>;

export interface Director {
  readonly say: Say;
  /** Waits for Enter under --step. */
  readonly pause: (what: string) => Promise<void>;
}

/** What each act needs. */
export interface Cast<S extends BareStage = Stage> extends Director {
  readonly stage: S;
  readonly until: Until;
  readonly home: 'K1' | 'K2';
  readonly refuge: 'K1' | 'K2';
  /** The client set of `home`, which is moved. */
  readonly set: string;
}

export function castOf<S extends BareStage>(stage: S, director: Say | Director): Cast<S> {
  const { home } = stage;
  const { say, pause } = typeof director === 'function' ? { say: director, pause: async () => undefined } : director;
  return { stage, say, pause, until: patientWith(stage), home, refuge: otherOf(home), set: setOf(home) };
}

/** Waits for conditions of the stage; what hangs, or a workload that has ended, is told. */
const patientWith =
  ({ workload }: BareStage): Until =>
  (what, probe, timeoutMs = HUNG_MS) =>
    waitFor(what, probe, { timeoutMs, everyMs: 500, hopeless: () => workload.problem() });

/** Clients begin to work. Answers the instant. */
export async function beginLife({ stage, set, until }: Cast): Promise<number> {
  const startedMs = Date.now();
  stage.observer.start();
  await until('the first routing values are published', () => published(stage, set));
  stage.workload.start();
  stage.workload.set({ producing: true });
  await until('records flow through every group', () => flowing(stage));
  return startedMs;
}

/** Consumers of home become slow, and what they have processed is known on the refuge. @param sinceMs seeds are younger than that */
export async function lagBehind({ stage, set, refuge, until }: Cast, sinceMs: number): Promise<void> {
  stage.workload.set({ speed: 'slow' });
  await until(`${set} lags behind, and its positions are seeded on ${refuge}`, () => laggingAndSeeded(stage, sinceMs));
}

/** Home dies with a known tail; both the story and the one by hand meet this same outage. Answers the instant of the kill. */
export async function killWithATail(cast: Cast<BareStage>): Promise<number> {
  const { stage, home, refuge, until, pause } = cast;
  const flow = stage.world.flow(`${home}->${refuge}`);
  await pause(`pause the flow ${home}->${refuge}, then kill ${home}`);
  await flow.pauseFlow();
  const pausedMs = Date.now();
  stage.workload.burst();
  await until('a tail is written that nobody copies', () => tailGrows(cast, pausedMs));
  const killedMs = await killHome(cast);
  await flow.resumeFlow();
  return killedMs;
}

async function tailGrows({ stage, home }: Cast<BareStage>, pausedMs: number): Promise<true | undefined> {
  const written = stage.workload
    .read()
    .produced.filter((p) => p.cluster === home && p.result === 'ok' && p.sentAtMs > pausedMs);
  return written.length >= 400 ? true : undefined;
}

/** From then on consumers are quick. Answers the instant. */
export async function killHome({ stage, home, say }: Cast<BareStage>, moment = ''): Promise<number> {
  await clusterOf(stage.world, home).kill();
  const killedMs = Date.now();
  say(`${home} is killed (SIGKILL)${moment}`);
  stage.workload.set({ speed: 'fast' });
  return killedMs;
}

/** The set comes to the refuge and works there. Answers where its remote topics end. @param patience times the usual one */
export async function arriveAtRefuge(
  { stage, set, refuge, until, say }: Cast,
  sinceMs: number,
  patience = 1,
): Promise<ReadonlyMap<string, bigint>> {
  await until(`${set} lives at ${refuge}`, () => settled(stage, set, 'refuge'), HUNG_MS * patience);
  const remoteEnds = await endsOf(clusterOf(stage.world, refuge), remoteTopics(stage, set));
  say(`${set} lives at ${refuge}: the move is over`);
  await until(`${refuge} takes and processes what ${set} writes there`, () =>
    producedAt(stage, { set, cluster: refuge, sinceMs, count: 300 }),
  );
  return remoteEnds;
}

/** Answers the instant before home is started. */
export async function restartHome({ stage, home, say }: Cast<BareStage>): Promise<number> {
  const restartedMs = Date.now();
  await clusterOf(stage.world, home).restart();
  say(`${home} is back, with its log`);
  return restartedMs;
}

/** The set comes home, which a person approves, and works there. @param come how it does, where nobody is asked */
export async function arriveHome(
  { stage, set, home, until, say }: Cast,
  { come = goHome, patience = 1 }: { readonly come?: typeof goHome; readonly patience?: number } = {},
): Promise<void> {
  await until(`${set} is home again`, () => come(stage, set), HUNG_MS * patience);
  const homeMs = Date.now();
  say(`${set} is home again`);
  await until(`${home} takes what ${set} writes there`, () => producedAfter(stage, set, home, homeMs, 200));
}

/** Producers stop, everything is processed, consumers stop. Answers the instant. */
export async function endLife({ stage, until }: Cast): Promise<number> {
  stage.workload.set({ producing: false });
  await stage.workload.stop('producers');
  await until('every group has processed everything', () => allProcessed(stage));
  await stage.workload.stop('consumers');
  await stage.observer.stop();
  return Date.now();
}
