/** Home is lost with its log and comes back as another, empty cluster: what is lost is told, the rest is processed once. */
import type { Decision } from '../../../core/contracts/tables.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { arriveAtRefuge, arriveHome, beginLife, castOf, endLife, killHome, lagBehind } from '../acts.ts';
import type { Cast } from '../acts.ts';
import { brokenIn, checkRun } from '../checker/invariants.ts';
import type { Verdict } from '../checker/invariants.ts';
import { gatherRun } from '../evidence.ts';
import { goHome, remoteTopics, settled, total } from '../looks.ts';
import { endsOf } from '../observer.ts';
import { SHARED_GROUP, TOPICS, partitionsIn } from '../pair.ts';
import { clusterOf, createTopicsOn } from '../stage.ts';
import type { Say } from '../stage.ts';
import type { World } from '../../support/world/world.ts';
import { onStage } from './on-stage.ts';
import type { Found, OwnScenario } from './scenario.ts';
import { started } from './switchover.ts';

/** The topic that is created again: its log is lost, those of others are not. */
const RECREATED = 'payments';

export const REBUILT: OwnScenario = {
  id: 'RH1',
  title: 'K1 is lost with its log and rebuilt empty, as another cluster; a person goes home to it',
  world: 'own',
  turns: true,
  play: (say, home) => toOtherLogs(say, home, { comeBack: toAnotherCluster, gone: TOPICS }),
};

export const RECREATED_TOPIC: OwnScenario = {
  id: 'RH2',
  title: 'K1 is lost and back, and one of its topics was created again: the way home finds it and is held',
  world: 'own',
  turns: true,
  play: (say, home) => toOtherLogs(say, home, { comeBack: toAnotherLog, gone: [RECREATED] }),
};

interface Kind {
  /** Home comes back, and the way to it is begun. */
  readonly comeBack: (cast: Cast) => Promise<void>;
  /** Topics of which home has another log then. */
  readonly gone: readonly string[];
}

const toOtherLogs = (say: Say, home: 'K1' | 'K2', { comeBack, gone }: Kind): Promise<Found> => {
  const options = { trigger: 'automatic', policy: 'availability', fail: home } as const;
  return onStage(options, say, async (stage) => {
    const cast = castOf(stage, say);
    const acts = await play(cast, comeBack);
    const run = await gatherRun(stage, options, acts);
    // Kafka deletes the positions of a topic with the topic; in the new log they begin anew.
    const commits = run.commits.filter(
      ({ cluster, topic, atMs }) => cluster !== home || !gone.includes(topic) || atMs < acts.rounds[0]!.restartedMs,
    );
    const verdict = checkRun({ ...run, commits });
    return judge(verdict, gone, await stage.cloud.controlOf(cast.set).decisions(cast.set, 200));
  });
};

async function play(cast: Cast, comeBack: Kind['comeBack']) {
  const { stage, home, refuge, until } = cast;
  const startedMs = await beginLife(cast);
  await lagBehind(cast, startedMs);
  const flow = stage.world.flow(`${home}->${refuge}`);
  await flow.pauseFlow();
  stage.workload.burst();
  await until('a tail is written that nobody copies, and home is sampled with it', () => tailIsSampled(cast));
  const killedMs = await killHome(cast);
  await flow.resumeFlow();
  const remoteEnds = await arriveAtRefuge(cast, killedMs);
  const restartedMs = Date.now();
  await comeBack(cast);
  await arriveHome(cast, { come: (there, set) => settled(there, set, 'home') });
  const round = { fromMs: startedMs, killedMs, restartedMs, remoteEnds };
  return { startedMs, endedMs: await endLife(cast), rounds: [round] };
}

async function toAnotherCluster(cast: Cast): Promise<void> {
  await rebuildHome(cast);
  await cast.until('the plain way home is refused: another cluster answers', () => refused(cast));
  await cast.until('the way to the rebuilt home is claimed', () => started(cast, 'failback', { rebuiltHome: true }));
}

/** Nobody says anything beforehand: it is found on the way, before producers are told to return. */
async function toAnotherLog(cast: Cast): Promise<void> {
  const { stage, set, until } = cast;
  await recreateTopic(cast);
  await until('the way home is claimed', () => started(cast, 'failback'));
  await until('it is held at Restore positions', () => heldAtRestore(cast));
  const { epoch } = (await stage.cloud.controlOf(set).readSet(set))!;
  await stage.cloud.tell(set, { command: 'resume', epoch, rebuiltHome: true, note: 'drill: it was created again' });
}

/** What is told of the loss is what the last sample held. */
async function tailIsSampled({ stage, set, refuge }: Cast): Promise<true | undefined> {
  const samples = await stage.cloud.controlOf(set).homeSamples(set);
  const sampled = samples
    .filter(({ group }) => group === SHARED_GROUP)
    .flatMap(({ partitions }) => Object.values(partitions))
    .reduce((sum, { end }) => sum + Number(end), 0);
  const copied = total(await endsOf(clusterOf(stage.world, refuge), remoteTopics(stage, set)));
  return sampled - copied >= 400 ? true : undefined;
}

/** As the runbook says: topics are created again, and MirrorMaker 2 is started anew, while nobody has written there yet. */
async function rebuildHome({ stage: { world }, home, say }: Cast): Promise<void> {
  const cluster = clusterOf(world, home);
  await cluster.rebuild();
  await createTopicsOn(cluster, partitionsIn({}));
  await restartFlows(world);
  say(`${home} is rebuilt: another cluster, without a record`);
}

async function recreateTopic({ stage: { world, form }, home, say }: Cast): Promise<void> {
  const cluster = clusterOf(world, home);
  await cluster.restart();
  await cluster.admin((admin) => admin.deleteTopics({ topics: [RECREATED] }));
  await cluster.createTopics([{ topic: RECREATED, numPartitions: partitionsIn(form), replicationFactor: 1 }]);
  await restartFlows(world);
  say(`${home} is back, and its topic ${RECREATED} was created again`);
}

async function restartFlows(world: World): Promise<void> {
  for (const name of ['K1->K2', 'K2->K1']) {
    await world.flow(name).kill();
    world.flow(name).restart();
  }
}

/** A way home that began by itself asks a person first. */
async function heldAtRestore({ stage, set }: Cast): Promise<true | undefined> {
  await goHome(stage, set);
  const question = await stage.cloud.controlOf(set).question(set);
  return question?.question === 'hold' && question.stage === 'Restore positions' ? true : undefined;
}

async function refused(cast: Cast): Promise<true | undefined> {
  await started(cast, 'failback');
  const decisions = await cast.stage.cloud.controlOf(cast.set).decisions(cast.set, 50);
  const isRefused = ({ guards }: Decision) => guards.some(({ id, holds }) => id === 'FB-same-cluster' && !holds);
  return decisions.some(isRefused) ? true : undefined;
}

/** The tail in those topics is gone with their log, so P2 cannot hold; everything else must. */
function judge(verdict: Verdict, gone: readonly string[], decisions: readonly Decision[]): Found {
  const { counts, facts } = verdict;
  const isGone = (id: string): boolean => gone.includes(facts.acknowledged.get(id)?.topic ?? '');
  const tail = [...facts.tail].filter(isGone).length;
  const claim = decisions.find(({ kind, move }) => kind === 'claim' && move === 'failback');
  const told = Number((claim?.inputs as MoveFacts | undefined)?.lostWithHome?.records ?? 0);
  const mustTell = gone.length === TOPICS.length;
  const lost = counts.flatMap((group) => group.lost);
  return {
    problems: [
      ...brokenIn(verdict, (id) => id !== 'P2'),
      ...(tail === 0 ? ['nothing was lost with the log, so nothing was tried'] : []),
      ...(mustTell && (told === 0 || told > tail + facts.unknown.size)
        ? [`told: at least ${told} records are lost with the log; its tail was ${tail}`]
        : []),
      ...lost.filter((id) => !isGone(id)).map((id) => `${id} is lost, and its topic's log is what it was`),
    ],
    seen: [
      ...(mustTell ? [`told before the way home: at least ${told} records are lost with the log`] : []),
      `its tail was ${tail}, lost ${Math.max(...counts.map((group) => group.lost.length))}`,
      `of ${facts.acknowledged.size} acknowledged records nothing else is lost`,
    ],
  };
}
