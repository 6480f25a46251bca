/** A planned move with both clusters under load, and the way home: what clients really sent and processed is counted. */
import { arriveHome, beginLife, castOf, endLife, lagBehind } from '../acts.ts';
import type { Cast } from '../acts.ts';
import { judgePlanned } from '../checker/planned.ts';
import type { DrillOptions } from '../drill-options.ts';
import { gatherRun } from '../evidence.ts';
import { producedAt, remoteTopics, settled } from '../looks.ts';
import { endsOf } from '../observer.ts';
import { clusterOf } from '../stage.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';

export const switchoverScenario = (id: string, policy: DrillOptions['policy']): OwnScenario => ({
  id,
  title: `a planned move of K1's clients under load, and home again (${policy})`,
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'manual', policy, fail: home } as const;
    return onStage(options, say, async (stage) => {
      const cast = castOf(stage, say);
      const { round, ...marks } = await thereAndBack(cast, await beginLife(cast));
      const run = await gatherRun(stage, options, { ...marks, rounds: [round] });
      const planned = judgePlanned(run, { leftMs: round.killedMs, returnedMs: round.restartedMs });
      return { problems: [...brokenPromises(run), ...planned.problems], seen: planned.seen };
    });
  },
});

/**
 * From normal life to the end of it. `killedMs` is when the switchover was asked for, `restartedMs` when the way home was.
 * @param startedMs since when there is life
 * @param meanwhile done when producers are told to leave
 */
export async function thereAndBack(
  cast: Cast,
  startedMs: number,
  meanwhile: () => Promise<void> = async () => undefined,
) {
  const { stage, set, refuge, until, say } = cast;
  await lagBehind(cast, Date.now());
  const killedMs = Date.now();
  await until('the switchover is claimed', () => started(cast, 'switchover'));
  say('the switchover is asked for: producers leave, consumers have hundreds of records left at home');
  await until('producers are told to leave', () => inPhase(cast, ['leaving', 'refuge']));
  await meanwhile();
  stage.workload.set({ speed: 'fast' });
  await until(`${set} lives at ${refuge}`, () => settled(stage, set, 'refuge'));
  await until(`${refuge} takes and processes what ${set} writes there`, () =>
    producedAt(stage, { set, cluster: refuge, sinceMs: killedMs, count: 300 }),
  );
  await until('the seeds are where home was finished', () => seededToTheFence(cast));
  const remoteEnds = await endsOf(clusterOf(stage.world, refuge), remoteTopics(stage, set));
  const restartedMs = await comeBack(cast);
  const endedMs = await endLife(cast);
  say(`${set} went to ${refuge} and came home again; ${stage.cloud.regionOf(set)} moved it`);
  return { startedMs, endedMs, round: { fromMs: startedMs, killedMs, restartedMs, remoteEnds } };
}

/** A person starts the way home, and nobody is asked. Answers the instant of the start. */
export async function comeBack(cast: Cast): Promise<number> {
  const restartedMs = Date.now();
  await cast.until('the way home is claimed', () => started(cast, 'failback'));
  await arriveHome(cast, { come: (stage, set) => settled(stage, set, 'home') });
  return restartedMs;
}

export async function inPhase({ stage, set }: Cast, phases: readonly string[]): Promise<true | undefined> {
  const state = await stage.cloud.controlOf(set).readSet(set);
  return state !== null && phases.includes(state.phase) ? true : undefined;
}

/** Asks as a person does, through operate; a guard may refuse for a moment (verdicts settle), and a person asks again. */
export async function started(
  { stage: { cloud }, set }: Cast,
  move: 'switchover' | 'failback',
  more: { readonly rebuiltHome?: boolean } = {},
): Promise<true | undefined> {
  const before = await cloud.controlOf(set).readSet(set);
  if (before?.open?.move === move) return true;
  await cloud.operate(set, { command: 'start', move, reason: 'drill: planned works', ...more });
  const after = await cloud.controlOf(set).readSet(set);
  return after?.open?.move === move || (after?.epoch ?? 0) > (before?.epoch ?? 0) ? true : undefined;
}

/** Each seed was made for the position at which home was finished. */
async function seededToTheFence({ stage: { cloud }, set }: Cast): Promise<true | undefined> {
  const control = cloud.controlOf(set);
  const [seeds, positions] = await Promise.all([control.seeds(set), control.positions(set, 1)]);
  const there = positions.every(({ group, topic, partitions }) => {
    const seed = seeds.find((one) => one.group === group && one.topic === topic);
    return Object.entries(partitions).every(
      ([partition, { homeCommit }]) => seed?.partitions[partition]?.forHomePosition === homeCommit,
    );
  });
  return positions.length > 0 && there ? true : undefined;
}
