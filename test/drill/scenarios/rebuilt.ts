/** Home is lost with its log and comes back as another, empty cluster: what is lost is told, the rest is processed once. */
import type { Decision } from '../../../core/contracts/tables.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { arriveAtRefuge, arriveHome, beginLife, castOf, endLife, killHome, lagBehind } from '../acts.ts';
import type { Cast } from '../acts.ts';
import { checkRun } from '../checker/invariants.ts';
import type { Verdict } from '../checker/invariants.ts';
import { gatherRun } from '../evidence.ts';
import { remoteTopics, settled, total } from '../looks.ts';
import { endsOf } from '../observer.ts';
import { SHARED_GROUP, partitionsIn } from '../pair.ts';
import { clusterOf, createTopicsOn } from '../stage.ts';
import { onStage } from './on-stage.ts';
import type { Found, OwnScenario } from './scenario.ts';
import { started } from './switchover.ts';

export const REBUILT: OwnScenario = {
  id: 'RH1',
  title: 'K1 is lost with its log and rebuilt empty, as another cluster; a person goes home to it',
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'automatic', policy: 'availability', fail: home } as const;
    return onStage(options, say, async (stage) => {
      const cast = castOf(stage, say);
      const verdict = checkRun(await gatherRun(stage, options, await play(cast)));
      return judge(verdict, await stage.cloud.controlOf(cast.set).decisions(cast.set, 200));
    });
  },
};

async function play(cast: Cast) {
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
  await rebuildHome(cast);
  await until('the plain way home is refused: another cluster answers', () => refused(cast));
  await until('the way to the rebuilt home is claimed', () => started(cast, 'failback', { rebuiltHome: true }));
  await arriveHome(cast, { come: (there, set) => settled(there, set, 'home') });
  const round = { fromMs: startedMs, killedMs, restartedMs, remoteEnds };
  return { startedMs, endedMs: await endLife(cast), rounds: [round] };
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
  for (const name of ['K1->K2', 'K2->K1']) {
    await world.flow(name).kill();
    world.flow(name).restart();
  }
  say(`${home} is rebuilt: another cluster, without a record`);
}

async function refused(cast: Cast): Promise<true | undefined> {
  await started(cast, 'failback');
  const decisions = await cast.stage.cloud.controlOf(cast.set).decisions(cast.set, 50);
  const isRefused = ({ guards }: Decision) => guards.some(({ id, holds }) => id === 'FB-same-cluster' && !holds);
  return decisions.some(isRefused) ? true : undefined;
}

/** The tail is gone with home's log, so P2 cannot hold; everything else must. */
function judge({ findings, counts, facts }: Verdict, decisions: readonly Decision[]): Found {
  const broken = findings
    .filter(({ id, holds, applies }) => id !== 'P2' && applies && !holds)
    .map(({ id, sentence, examples }) => `${id}: ${sentence}, ${examples.slice(0, 2).join('; ')}`);
  const claim = decisions.find(({ kind, move }) => kind === 'claim' && move === 'failback');
  const told = Number((claim?.inputs as MoveFacts | undefined)?.lostWithHome?.records ?? 0);
  const lost = Math.max(...counts.map((group) => group.lost.length));
  return {
    problems: [
      ...broken,
      ...(facts.tail.size === 0 ? ['nothing was lost with the log, so nothing was tried'] : []),
      ...(told === 0 || told > facts.tail.size + facts.unknown.size
        ? [`told: at least ${told} records are lost with the log; its tail was ${facts.tail.size}`]
        : []),
    ],
    seen: [
      `told before the way home: at least ${told} records are lost with the log; its tail was ${facts.tail.size}, lost ${lost}`,
      `of ${facts.acknowledged.size} acknowledged records nothing else is lost`,
    ],
  };
}
