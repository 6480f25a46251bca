/** A planned move with both clusters under load, and the way home: what clients really sent and processed is counted. */
import { judgePlanned } from '../checker/planned.ts';
import type { DrillOptions } from '../drill-options.ts';
import { gatherRun } from '../evidence.ts';
import { endsOf } from '../observer.ts';
import { setOf } from '../pair.ts';
import { clusterOf, otherOf } from '../stage.ts';
import type { Say, Stage } from '../stage.ts';
import {
  beginLife,
  endLife,
  laggingAndSeeded,
  patientWith,
  producedAfter,
  producedAt,
  remoteTopics,
  settled,
} from '../story.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';

const HOME = 'K1';
const SET = setOf(HOME);

export const switchoverScenario = (id: string, policy: DrillOptions['policy']): OwnScenario => ({
  id,
  title: `a planned move of K1's clients under load, and home again (${policy})`,
  world: 'own',
  play: (say) => {
    const options = { trigger: 'manual', policy, fail: HOME } as const;
    return onStage(options, say, async (stage) => {
      const { round, ...marks } = await play(stage, say);
      const run = await gatherRun(stage, options, { ...marks, rounds: [round] });
      const planned = judgePlanned(run, { leftMs: round.killedMs, returnedMs: round.restartedMs });
      return { problems: [...brokenPromises(run), ...planned.problems], seen: planned.seen };
    });
  },
});

/** `killedMs` is when the switchover was asked for, `restartedMs` when the way home was. */
async function play(stage: Stage, say: Say) {
  const until = patientWith(stage);
  const startedMs = await beginLife(stage, SET, until);
  return thereAndBack(stage, say, startedMs);
}

/** From normal life to the end of it. @param startedMs since when there is life */
export async function thereAndBack(stage: Stage, say: Say, startedMs: number) {
  const refuge = otherOf(HOME);
  const { workload, cloud } = stage;
  const until = patientWith(stage);
  const fromMs = Date.now();
  workload.set({ speed: 'slow' });
  await until(`${SET} lags behind and its positions are seeded`, () => laggingAndSeeded(stage, HOME, fromMs));

  const killedMs = Date.now();
  await until('the switchover is claimed', () => started(stage, 'switchover'));
  say('the switchover is asked for: producers leave, consumers have hundreds of records left at home');
  await until('producers are told to leave', () => inPhase(stage, ['leaving', 'refuge']));
  workload.set({ speed: 'fast' });
  await until(`${SET} lives at ${refuge}`, () => settled(stage, SET, 'refuge'));
  await until(`${refuge} takes and processes what ${SET} writes there`, () =>
    producedAt(stage, { set: SET, cluster: refuge, sinceMs: killedMs, count: 300 }),
  );
  await until('the seeds are where home was finished', () => seededToTheFence(stage));
  const remoteEnds = await endsOf(clusterOf(stage.world, refuge), remoteTopics(stage, SET));

  const restartedMs = Date.now();
  await until('the way home is claimed', () => started(stage, 'failback'));
  await until(`${SET} is home again`, () => settled(stage, SET, 'home'));
  const homeMs = Date.now();
  await until(`${HOME} takes what ${SET} writes there`, () => producedAfter(stage, SET, HOME, homeMs, 200));
  await endLife(stage, until);
  say(`${SET} went to ${refuge} and came home again; ${cloud.regionOf(SET)} moved it`);
  const round = { fromMs: startedMs, killedMs, restartedMs, remoteEnds };
  return { startedMs, endedMs: Date.now(), round };
}

export async function inPhase({ cloud }: Stage, phases: readonly string[]): Promise<true | undefined> {
  const state = await cloud.controlOf(SET).readSet(SET);
  return state !== null && phases.includes(state.phase) ? true : undefined;
}

/** Asks as a person does, through operate; a guard may refuse for a moment (verdicts settle), and a person asks again. */
export async function started(
  stage: Stage,
  move: 'switchover' | 'failback',
  more: { readonly rebuiltHome?: boolean } = {},
): Promise<true | undefined> {
  const { cloud } = stage;
  const before = await cloud.controlOf(SET).readSet(SET);
  if (before?.open?.move === move) return true;
  await cloud.operate(SET, { command: 'start', move, reason: 'drill: planned works', ...more });
  const after = await cloud.controlOf(SET).readSet(SET);
  return after?.open?.move === move || (after?.epoch ?? 0) > (before?.epoch ?? 0) ? true : undefined;
}

/** Each seed was made for the position at which home was finished. */
async function seededToTheFence({ cloud }: Stage): Promise<true | undefined> {
  const control = cloud.controlOf(SET);
  const [seeds, positions] = await Promise.all([control.seeds(SET), control.positions(SET, 1)]);
  const there = positions.every(({ group, topic, partitions }) => {
    const seed = seeds.find((one) => one.group === group && one.topic === topic);
    return Object.entries(partitions).every(
      ([partition, { homeCommit }]) => seed?.partitions[partition]?.forHomePosition === homeCommit,
    );
  });
  return positions.length > 0 && there ? true : undefined;
}
