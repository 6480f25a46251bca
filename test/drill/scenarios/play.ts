/** Plays scenarios of one kind of world on one deployed system, one after the other, and says what came of each. */
import { setTimeout as delay } from 'node:timers/promises';
import type { SetState } from '../../../core/contracts/tables.ts';
import { waitFor } from '../../support/world/conditions.ts';
import { setOf } from '../pair.ts';
import { setTheStage } from '../stage.ts';
import type { Say, Stage } from '../stage.ts';
import { flowing } from '../story.ts';
import type { Outcome, OwnScenario, Played, Scenario, Scene, StagedScenario } from './scenario.ts';
import { WORLDS } from './worlds.ts';
import type { WorldKind } from './worlds.ts';

const SETS = [setOf('K1'), setOf('K2')];
/** A verdict comes after the windows of the drill's configuration, and after the next look of a scheduled function. */
const NAMED_WITHIN_MS = 45_000;
/** Three times the confirm time of the drill's configuration: what has not happened by then, these probes do not bring about. */
const QUIET_MS = 12_000;
/** Functions that ended with their minute are called again by the schedule. */
const CALM_WITHIN_MS = 120_000;

export async function playScenarios(scenarios: readonly Scenario[], say: Say): Promise<readonly Played[]> {
  const played: Played[] = [];
  const staged = scenarios.filter((scenario) => scenario.world !== 'own');
  for (const kind of new Set(staged.map(({ world }) => world))) {
    const here = staged.filter(({ world }) => world === kind);
    played.push(...(await playIn(kind, here, say)));
  }
  for (const own of scenarios.filter((scenario) => scenario.world === 'own')) played.push(await playOwn(own, say));
  return played;
}

async function playOwn({ id, title, play }: OwnScenario, say: Say): Promise<Played> {
  say(`${id}: ${title}`);
  return told({ id, title, ...(await play(say)) }, say);
}

function told(played: Played, say: Say): Played {
  const { id, problems, seen } = played;
  say(`${id}: ${problems.length === 0 ? `as it should be (${seen.join(', ')})` : problems.join('; ')}`);
  return played;
}

async function playIn(kind: WorldKind, scenarios: readonly StagedScenario[], say: Say): Promise<readonly Played[]> {
  const stage = await setTheStage({ trigger: 'automatic', policy: 'availability', fail: 'K1' }, say, WORLDS[kind]);
  try {
    const scene = sceneOn(stage, say);
    stage.observer.start();
    stage.workload.set({ speed: 'fast', producing: true });
    await scene.until('the first routing values are published', () => published(scene), 30_000);
    stage.workload.start();
    await scene.until('records flow through every group', () => flowing(stage), 60_000);
    const played: Played[] = [];
    for (const scenario of scenarios) played.push(await playOne(scenario, scene));
    return played;
  } finally {
    stage.observer.halt();
    await stage.world.stop();
  }
}

function sceneOn(stage: Stage, say: Say): Scene {
  const hopeless = () => stage.workload.problem();
  // A cluster is judged by the controller that would move its clients away, a flow by the one at its target.
  const judge = (subject: string) => {
    const alias = subject.split(/:|->/).at(-1) as 'K1' | 'K2';
    const other = alias === 'K1' ? 'K2' : 'K1';
    return stage.cloud.controlOf(setOf(subject.startsWith('flow:') ? other : alias));
  };
  return {
    ...stage,
    say,
    until: (what, probe, timeoutMs) => waitFor(what, probe, { timeoutMs, everyMs: 300, hopeless }),
    verdict: async (subject) => (await judge(subject).verdict(subject))?.kind,
    state: (set) => stage.cloud.controlOf(set).readSet(set),
  };
}

const published = async ({ state }: Scene): Promise<true | undefined> =>
  (await Promise.all(SETS.map(state))).every((s) => s?.routing !== undefined) ? true : undefined;

async function playOne(scenario: StagedScenario, scene: Scene): Promise<Played> {
  const { id, title } = scenario;
  await calm(scene);
  scene.say(`${id}: ${title}`);
  const before = await statesOf(scene);
  const seen: string[] = [];
  const problems: string[] = [];
  try {
    await scenario.fault(scene);
    for (const { subject, kinds } of scenario.verdicts) seen.push(await named(scene, subject, kinds));
    problems.push(...(await watchOutcome(scenario, scene, before)));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  }
  await scenario.heal(scene);
  await cleanUp(scenario, scene);
  return told({ id, title, problems, seen }, scene.say);
}

/** Healthy clusters and flows, nothing open: what a scenario begins with. */
async function calm({ until, verdict, state }: Scene): Promise<void> {
  const subjects = ['cluster:K1', 'cluster:K2', 'flow:K1->K2', 'flow:K2->K1'];
  await until(
    'both clusters and both flows are HEALTHY, and no epoch is open',
    async () => {
      const kinds = await Promise.all(subjects.map(verdict));
      const states = await Promise.all(SETS.map(state));
      return kinds.every((kind) => kind === 'HEALTHY') && states.every((s) => s?.open === undefined) ? true : undefined;
    },
    CALM_WITHIN_MS,
  );
}

async function named({ until, verdict }: Scene, subject: string, kinds: readonly string[]): Promise<string> {
  const kind = await until(
    `${subject} is ${kinds.join(' or ')}`,
    async () => {
      const now = await verdict(subject);
      return now !== undefined && kinds.includes(now) ? now : undefined;
    },
    NAMED_WITHIN_MS,
  );
  return `${subject} ${kind}`;
}

type States = ReadonlyMap<string, SetState | null>;
const statesOf = async ({ state }: Scene): Promise<States> =>
  new Map(await Promise.all(SETS.map(async (set) => [set, await state(set)] as const)));

/** Watches for the quiet time, or until the outcome is there; everything that must not be is a sentence. */
async function watchOutcome({ outcome }: StagedScenario, scene: Scene, before: States): Promise<readonly string[]> {
  if (outcome.kind === 'asks')
    await scene.until(
      `an approval is asked for ${outcome.set}`,
      async () => ((await scene.state(outcome.set))?.open?.approval === 'pending' ? true : undefined),
      NAMED_WITHIN_MS,
    );
  const untilMs = Date.now() + QUIET_MS;
  for (;;) {
    const now = await statesOf(scene);
    const problems = SETS.flatMap((set) => movedAgainst(outcome, set, before.get(set), now.get(set)));
    if (problems.length > 0 || Date.now() > untilMs) return problems;
    await delay(500);
  }
}

/** Everything that the outcome does not allow, as sentences. */
export function movedAgainst(
  outcome: Outcome,
  set: string,
  before: SetState | null | undefined,
  now: SetState | null | undefined,
): readonly string[] {
  const epochs = (now?.epoch ?? 0) - (before?.epoch ?? 0);
  const mayOpen =
    outcome.kind === 'asks' && outcome.set === set ? 1 : outcome.kind === 'at-most' ? outcome.failovers : 0;
  return [
    ...(outcome.kind !== 'at-most' && now?.revision !== before?.revision
      ? [`${set} got revision ${now?.revision ?? 'none'} (before: ${before?.revision ?? 'none'})`]
      : []),
    ...(epochs > mayOpen ? [`${epochs} epochs of ${set} were opened`] : []),
  ];
}

/** A question that the scenario brought up is answered with no. */
async function cleanUp({ outcome }: StagedScenario, scene: Scene): Promise<void> {
  if (outcome.kind !== 'asks') return;
  const { set } = outcome;
  const epoch = (await scene.state(set))?.open?.epoch;
  if (epoch === undefined) return;
  await scene.cloud.invoke(
    scene.cloud.regionOf(set),
    'operate',
    { command: 'reject', pair: scene.config.pair, clientSet: set, epoch, by: 'drill', reason: 'the scenario is over' },
    { wait: true },
  );
}
