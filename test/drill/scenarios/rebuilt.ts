/** Home is lost with its log and comes back as another, empty cluster: what is lost is told, the rest is processed once. */
import type { Decision } from '../../../core/contracts/tables.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { checkRun } from '../checker/invariants.ts';
import type { Verdict } from '../checker/invariants.ts';
import { gatherRun } from '../evidence.ts';
import { endsOf } from '../observer.ts';
import { SHARED_GROUP, partitionsIn, setOf } from '../pair.ts';
import { clusterOf, createTopicsOn, otherOf, setTheStage } from '../stage.ts';
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
  total,
} from '../story.ts';
import type { Found, OwnScenario } from './scenario.ts';
import { started } from './switchover.ts';

const HOME = 'K1';
const SET = setOf(HOME);
const OPTIONS = { trigger: 'automatic', policy: 'availability', fail: HOME } as const;

export const REBUILT: OwnScenario = {
  id: 'RH1',
  title: 'K1 is lost with its log and rebuilt empty, as another cluster; a person goes home to it',
  world: 'own',
  play: async (say) => {
    const stage = await setTheStage(OPTIONS, say);
    try {
      const acts = await play(stage, say);
      const verdict = checkRun(await gatherRun(stage, OPTIONS, acts));
      return judge(verdict, await stage.cloud.controlOf(SET).decisions(SET, 200));
    } catch (error) {
      return { problems: [error instanceof Error ? error.message : String(error)], seen: [] };
    } finally {
      stage.observer.halt();
      await stage.world.stop();
    }
  },
};

async function play(stage: Stage, say: Say) {
  const refuge = otherOf(HOME);
  const { workload, world } = stage;
  const until = patientWith(stage);
  const startedMs = await beginLife(stage, SET, until);
  await until(`${SET} lags behind and its positions are seeded`, () => laggingAndSeeded(stage, HOME, startedMs));
  await world.flow(`${HOME}->${refuge}`).pauseFlow();
  workload.burst();
  await until('a tail is written that nobody copies, and home is sampled with it', () => tailIsSampled(stage));
  await clusterOf(world, HOME).kill();
  const killedMs = Date.now();
  say(`${HOME} is killed (SIGKILL)`);
  workload.set({ speed: 'fast' });
  await world.flow(`${HOME}->${refuge}`).resumeFlow();
  await until(`${SET} lives at ${refuge}`, () => settled(stage, SET, 'refuge'));
  const remoteEnds = await endsOf(clusterOf(world, refuge), remoteTopics(stage, SET));
  await until(`${refuge} takes and processes what ${SET} writes there`, () =>
    producedAt(stage, { set: SET, cluster: refuge, sinceMs: killedMs, count: 300 }),
  );

  const restartedMs = Date.now();
  await rebuildHome(stage, say);
  await until('the plain way home is refused: another cluster answers', () => refused(stage));
  await until('the way to the rebuilt home is claimed', () => started(stage, 'failback', { rebuiltHome: true }));
  await until(`${SET} is home again`, () => settled(stage, SET, 'home'));
  const homeMs = Date.now();
  await until(`${HOME} takes what ${SET} writes there`, () => producedAfter(stage, SET, HOME, homeMs, 200));
  await endLife(stage, until);
  const round = { fromMs: startedMs, killedMs, restartedMs, remoteEnds };
  return { startedMs, endedMs: Date.now(), rounds: [round] };
}

/** What is told of the loss is what the last sample held. */
async function tailIsSampled(stage: Stage): Promise<true | undefined> {
  const samples = await stage.cloud.controlOf(SET).homeSamples(SET);
  const sampled = samples
    .filter(({ group }) => group === SHARED_GROUP)
    .flatMap(({ partitions }) => Object.values(partitions))
    .reduce((sum, { end }) => sum + Number(end), 0);
  const copied = total(await endsOf(clusterOf(stage.world, otherOf(HOME)), remoteTopics(stage, SET)));
  return sampled - copied >= 400 ? true : undefined;
}

/** As the runbook says: topics are created again, and MirrorMaker 2 is started anew, while nobody has written there yet. */
async function rebuildHome({ world }: Stage, say: Say): Promise<void> {
  const home = clusterOf(world, HOME);
  await home.rebuild();
  await createTopicsOn(home, partitionsIn({}));
  for (const name of ['K1->K2', 'K2->K1']) {
    await world.flow(name).kill();
    world.flow(name).restart();
  }
  say(`${HOME} is rebuilt: another cluster, without a record`);
}

async function refused(stage: Stage): Promise<true | undefined> {
  await started(stage, 'failback');
  const decisions = await stage.cloud.controlOf(SET).decisions(SET, 50);
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
      `told before the way home: at least ${told} records are lost with the log of K1; its tail was ${facts.tail.size}, lost ${lost}`,
      `of ${facts.acknowledged.size} acknowledged records nothing else is lost`,
    ],
  };
}
