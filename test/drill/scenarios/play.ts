/** Plays scenarios of one kind of world on one deployed system, one after the other, and says what came of each. */
import { HUNG_MS, waitFor } from '../../support/world/conditions.ts';
import type { Round } from '../checker/records.ts';
import { endsOf } from '../observer.ts';
import { SETS, setOf } from '../pair.ts';
import { setTheStage } from '../stage.ts';
import type { Say, Stage } from '../stage.ts';
import { flowing, remoteTopics } from '../looks.ts';
import { sentenceOf, unrestOf } from './calm.ts';
import { named, refusedBy, statesOf, watchFor, watchOutcome, watchQuiet } from './outcome.ts';
import type { States } from './outcome.ts';
import type { FailsOver, Found, Outcome, OwnScenario, Played, Scenario, Scene, StagedScenario } from './scenario.ts';
import { countsSentence, judgeLogs, takeHome, tell, whatIsBroken, withoutTail } from './way-home.ts';
import { WORLDS } from './worlds.ts';
import type { WorldKind } from './worlds.ts';

/** @param home whose clients are moved, where a scenario can be played either way */
export async function playScenarios(
  scenarios: readonly Scenario[],
  home: 'K1' | 'K2',
  say: Say,
): Promise<readonly Played[]> {
  const played: Played[] = [];
  const staged = scenarios.filter((scenario) => scenario.world !== 'own');
  for (const kind of new Set(staged.map(({ world }) => world))) {
    const here = staged.filter(({ world }) => world === kind);
    played.push(...(await playIn(kind, here, say)));
  }
  for (const own of scenarios.filter((scenario) => scenario.world === 'own'))
    played.push(await playOwn(own, home, say));
  return played;
}

async function playOwn(own: OwnScenario, home: 'K1' | 'K2', say: Say): Promise<Played> {
  const { id, play } = own;
  const title = titleFrom(own, home);
  say(`${id}: ${title}`);
  return told({ id, title, ...(await play(say, home)) }, say);
}

/** Titles are written for a home that is K1. */
export const titleFrom = ({ title }: Pick<OwnScenario, 'title'>, home: 'K1' | 'K2'): string =>
  home === 'K1' ? title : title.replace(/K[12]/g, (alias) => (alias === 'K1' ? 'K2' : 'K1'));

function told(played: Played, say: Say): Played {
  const { id, problems, seen } = played;
  say(`${id}: ${problems.length === 0 ? `as it should be (${seen.join(', ')})` : problems.join('; ')}`);
  return played;
}

const OPTIONS = { trigger: 'automatic', policy: 'availability', fail: 'K1' } as const;

async function playIn(kind: WorldKind, scenarios: readonly StagedScenario[], say: Say): Promise<readonly Played[]> {
  const world = WORLDS[kind];
  const stage = await setTheStage(OPTIONS, say, typeof world === 'function' ? await world() : world);
  try {
    const scene = sceneOn(stage, say);
    stage.observer.start();
    stage.workload.set({ speed: 'fast', producing: true });
    await scene.until('the first routing values are published', () => published(scene));
    stage.workload.start();
    await scene.until('records flow through every group', () => flowing(stage));
    return await playAll(scenarios, scene);
  } finally {
    stage.observer.halt();
    await stage.world.stop();
    say(`everything is stopped. Logs: ${stage.world.folder}`);
  }
}

/** Where calm does not come back, what follows would prove nothing, and is told as not played. */
async function playAll(scenarios: readonly StagedScenario[], scene: Scene): Promise<readonly Played[]> {
  const played: Played[] = [];
  let sinceMs = 0;
  let unrest = await unrestOf(scene);
  for (const scenario of scenarios) {
    const { id, title, outcome } = scenario;
    if (unrest.length > 0) {
      played.push(told({ id, title, problems: [`not played: ${unrest.join('; ')}`], seen: [] }, scene.say));
      continue;
    }
    const { problems, seen } = await playOne(scenario, scene, sinceMs);
    if (outcome.kind === 'fails-over') sinceMs = Date.now();
    unrest = await unrestOf(scene);
    played.push(told({ id, title, problems: [...problems, ...unrest], seen }, scene.say));
  }
  return played;
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
    until: (what, probe, timeoutMs = HUNG_MS) => waitFor(what, probe, { timeoutMs, everyMs: 300, hopeless }),
    verdict: async (subject) => (await judge(subject).verdict(subject))?.kind,
    state: (set) => stage.cloud.controlOf(set).readSet(set),
  };
}

const published = async ({ state }: Scene): Promise<true | undefined> =>
  (await Promise.all(SETS.map(state))).every((s) => s?.routing !== undefined) ? true : undefined;

/** @param sinceMs when the logs were judged last: a failover is judged over everything since */
async function playOne(scenario: StagedScenario, scene: Scene, sinceMs: number): Promise<Found> {
  scene.say(`${scenario.id}: ${scenario.title}`);
  const { outcome } = scenario;
  const before = await statesOf(scene);
  const seen: string[] = [];
  const problems: string[] = [];
  const collect = (found: Found): void => {
    problems.push(...found.problems);
    seen.push(...found.seen);
  };
  const faultMs = Date.now();
  const endWatch = watchFor(scenario.never ?? [], scene);
  await attempt(problems, async () => {
    await scenario.fault(scene);
    for (const needed of scenario.verdicts) seen.push(await named(scene, needed));
    if (outcome.kind === 'fails-over' && outcome.refusedFirstBy !== undefined)
      collect(await startAgainst(outcome.refusedFirstBy, { scene, before, set: outcome.set, sinceMs: faultMs }));
    problems.push(...(await watchOutcome(outcome, scene, before)));
  });
  problems.push(...(await endWatch()));
  const remoteEnds = await remoteEndsOf(outcome, scene);
  const restartedMs = Date.now();
  await attempt(problems, () => scenario.heal(scene));
  if (outcome.kind === 'asks') await attempt(problems, () => rejectQuestion(scene, outcome.set));
  if (outcome.kind === 'fails-over') {
    const round = { fromMs: sinceMs, killedMs: faultMs, restartedMs, remoteEnds };
    await attempt(problems, async () => collect(await comeHome(scenario, scene, { outcome, round })));
  }
  return { problems, seen };
}

/** What cannot be had becomes a problem of the scenario, so that the world is healed all the same. */
async function attempt(problems: string[], work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => problems.push(sentenceOf(error)));
}

interface Against {
  readonly scene: Scene;
  readonly before: States;
  readonly set: string;
  readonly sinceMs: number;
}

/** The guard refuses and nothing is published; then a person starts the move and accepts what it may cost. */
async function startAgainst(guard: string, { scene, before, set, sinceMs }: Against): Promise<Found> {
  const { guards } = await refusedBy(scene, guard, { set, atMs: sinceMs });
  const problems = await watchQuiet({ kind: 'nothing' }, scene, before);
  await tell(scene, set, { command: 'start', reason: 'the loss is accepted', acceptDataLoss: true });
  return { problems, seen: [`refused by ${guard}: ${guards.find(({ id }) => id === guard)?.sentence ?? ''}`] };
}

/** Nothing can be added to the remote topics while home is away; afterwards the tail arrives there. */
const remoteEndsOf = async (outcome: Outcome, scene: Scene): Promise<ReadonlyMap<string, bigint>> =>
  outcome.kind === 'fails-over' ? endsOf(scene.world.k2, remoteTopics(scene, outcome.set)) : new Map();

interface Departure {
  readonly outcome: FailsOver;
  readonly round: Round;
}

async function comeHome({ afterwards }: StagedScenario, scene: Scene, { outcome, round }: Departure): Promise<Found> {
  const { set } = outcome;
  if ((await scene.state(set))?.phase === 'home')
    return { problems: [`${set} is at home: it has not moved`], seen: [] };
  const problems = [...(await takeHome(scene, set))];
  const acts = { startedMs: round.fromMs, endedMs: Date.now(), rounds: [round] };
  const verdict = await judgeLogs(scene, OPTIONS, acts);
  problems.push(...whatIsBroken(verdict), ...withoutTail(outcome, verdict));
  const after = await afterwards?.(scene, { set, faultMs: round.killedMs, tail: verdict.facts.tail.size });
  await tell(scene, set, { command: 'acknowledge-cooldown' });
  return {
    problems: [...problems, ...(after?.problems ?? [])],
    seen: [countsSentence(verdict), ...(after?.seen ?? [])],
  };
}

/** A question that the scenario brought up is answered with no; home may have come back before. */
async function rejectQuestion(scene: Scene, set: string): Promise<void> {
  const epoch = (await scene.state(set))?.open?.epoch;
  if (epoch !== undefined) await tell(scene, set, { command: 'reject', epoch, note: 'the scenario is over' });
}
