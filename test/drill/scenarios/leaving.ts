/** A planned move that does not end as planned: home is lost in the middle of it, or a person takes it back, twice. */
import { repeatedWithin } from '../checker/planned.ts';
import { gatherRun } from '../evidence.ts';
import { endsOf } from '../observer.ts';
import { setOf } from '../pair.ts';
import { clusterOf, otherOf } from '../stage.ts';
import type { Say, Stage } from '../stage.ts';
import {
  beginLife,
  endLife,
  goHome,
  laggingAndSeeded,
  patientWith,
  producedAfter,
  producedAt,
  remoteTopics,
  settled,
  unprocessed,
} from '../story.ts';
import { countsOf } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';
import { inPhase, started } from './switchover.ts';

const HOME = 'K1';
const REFUGE = otherOf(HOME);
const SET = setOf(HOME);

/** P6 speaks of one move per round; here the failover starts from positions of its own. */
const OF_ONE_MOVE = ['P6'];

export const LOST_WHILE_LEAVING: OwnScenario = {
  id: 'SW3',
  title: "K1 is lost in the middle of a planned move of its clients: a failover takes the move's place",
  world: 'own',
  play: (say) => {
    const options = { trigger: 'automatic', policy: 'availability', fail: HOME } as const;
    return onStage(options, say, async (stage) => {
      const { round, left, ...marks } = await loseHome(stage, say);
      const run = await gatherRun(stage, options, { ...marks, rounds: [round] });
      const took = run.decisions.some(({ kind, move, set }) => kind === 'claim' && move === 'failover' && set === SET);
      return {
        problems: [
          ...brokenPromises(run, OF_ONE_MOVE),
          ...(took ? [] : ['no failover took the place of the switchover']),
          ...(left === 0 ? ['home had nothing left to process, so nothing was tried'] : []),
        ],
        seen: [`${left} records were left at K1 when it was lost`, ...countsOf(run)],
      };
    });
  },
};

async function loseHome(stage: Stage, say: Say) {
  const { workload, world } = stage;
  const until = patientWith(stage);
  const startedMs = await beginLife(stage, SET, until);
  await until(`${SET} lags behind and its positions are seeded`, () => laggingAndSeeded(stage, HOME, startedMs));
  await until('the switchover is claimed', () => started(stage, 'switchover'));
  await until('producers are told to leave', () => inPhase(stage, ['leaving']));
  await until('producers write at the refuge', () => writesAt(stage, REFUGE));
  const left = await unprocessed(stage, HOME);
  await clusterOf(world, HOME).kill();
  const killedMs = Date.now();
  say(
    `${HOME} is killed (SIGKILL) while its clients leave it: producers have gone, consumers have ${left} records left`,
  );
  workload.set({ speed: 'fast' });
  await until(`${SET} lives at ${REFUGE}`, () => settled(stage, SET, 'refuge'));
  const remoteEnds = await endsOf(clusterOf(world, REFUGE), remoteTopics(stage, SET));
  await until(`${REFUGE} takes and processes what ${SET} writes there`, () =>
    producedAt(stage, { set: SET, cluster: REFUGE, sinceMs: killedMs, count: 300 }),
  );

  const restartedMs = Date.now();
  await clusterOf(world, HOME).restart();
  say(`${HOME} is back, with its log`);
  await until(`${SET} is home again`, () => goHome(stage, SET));
  const homeMs = Date.now();
  await until(`${HOME} takes what ${SET} writes there`, () => producedAfter(stage, SET, HOME, homeMs, 200));
  await endLife(stage, until);
  const round = { fromMs: startedMs, killedMs, restartedMs, remoteEnds };
  return { startedMs, endedMs: Date.now(), round, left };
}

/** Some of the set's records are acknowledged there; nobody of it reads there yet. */
async function writesAt({ workload }: Stage, cluster: string): Promise<true | undefined> {
  const there = workload.read().produced.filter((p) => p.set === SET && p.cluster === cluster && p.result === 'ok');
  return there.length >= 100 ? true : undefined;
}

export const TAKEN_BACK: OwnScenario = {
  id: 'SW4',
  title: "a planned move of K1's clients is taken back twice while they leave, then made",
  world: 'own',
  play: (say) => {
    const options = { trigger: 'manual', policy: 'per-key', fail: HOME } as const;
    return onStage(options, say, async (stage) => {
      const { round, ...marks } = await undoTwice(stage, say);
      const run = await gatherRun(stage, options, { ...marks, rounds: [round] });
      const repeated = run.groups.flatMap(({ id }) => repeatedWithin(run, id, marks.startedMs, round.restartedMs));
      return {
        problems: [
          ...brokenPromises(run),
          ...(repeated.length > 0 ? [`${repeated.length} records were processed again before the way home`] : []),
        ],
        seen: countsOf(run),
      };
    });
  },
};

async function undoTwice(stage: Stage, say: Say) {
  const { workload } = stage;
  const until = patientWith(stage);
  const startedMs = await beginLife(stage, SET, until);
  for (const time of ['once', 'twice']) {
    const fromMs = Date.now();
    workload.set({ speed: 'slow' });
    await until(`${SET} lags behind and its positions are seeded`, () => laggingAndSeeded(stage, HOME, fromMs));
    await until('the switchover is claimed', () => started(stage, 'switchover'));
    await until('producers are told to hold', () => inPhase(stage, ['leaving']));
    await stage.cloud.tell(SET, { command: 'undo', reason: 'drill: the works are put off' });
    await until(`${SET} is home again`, () => settled(stage, SET, 'home'));
    say(`the switchover is taken back, ${time}`);
    const undoneMs = Date.now();
    workload.set({ speed: 'fast' });
    await until(`${HOME} takes what ${SET} writes there`, () => producedAfter(stage, SET, HOME, undoneMs, 200));
  }
  const killedMs = Date.now();
  await until('the switchover is claimed', () => started(stage, 'switchover'));
  await until(`${SET} lives at ${REFUGE}`, () => settled(stage, SET, 'refuge'));
  say(`${SET} is at ${REFUGE}`);
  await until(`${REFUGE} takes and processes what ${SET} writes there`, () =>
    producedAt(stage, { set: SET, cluster: REFUGE, sinceMs: killedMs, count: 300 }),
  );
  const remoteEnds = await endsOf(clusterOf(stage.world, REFUGE), remoteTopics(stage, SET));
  const restartedMs = Date.now();
  await until('the way home is claimed', () => started(stage, 'failback'));
  await until(`${SET} is home again`, () => settled(stage, SET, 'home'));
  const homeMs = Date.now();
  await until(`${HOME} takes what ${SET} writes there`, () => producedAfter(stage, SET, HOME, homeMs, 200));
  await endLife(stage, until);
  const round = { fromMs: startedMs, killedMs, restartedMs, remoteEnds };
  return { startedMs, endedMs: Date.now(), round };
}
