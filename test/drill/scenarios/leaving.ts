/** A planned move that does not end as planned: home is lost in the middle of it, or a person takes it back, twice. */
import { arriveAtRefuge, arriveHome, beginLife, castOf, endLife, killHome, lagBehind, restartHome } from '../acts.ts';
import type { Cast } from '../acts.ts';
import { repeatedWithin } from '../checker/planned.ts';
import { gatherRun } from '../evidence.ts';
import { producedAfter, settled, unprocessed } from '../looks.ts';
import { countsOf } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';
import { comeBack, inPhase, started } from './switchover.ts';

/** P6 speaks of one move per round; here the failover starts from positions of its own. */
const OF_ONE_MOVE = ['P6'];

export const LOST_WHILE_LEAVING: OwnScenario = {
  id: 'SW3',
  title: "K1 is lost in the middle of a planned move of its clients: a failover takes the move's place",
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'automatic', policy: 'availability', fail: home } as const;
    return onStage(options, say, async (stage) => {
      const cast = castOf(stage, say);
      const { round, left, ...marks } = await loseHome(cast);
      const run = await gatherRun(stage, options, { ...marks, rounds: [round] });
      const took = run.decisions.some(
        ({ kind, move, set }) => kind === 'claim' && move === 'failover' && set === cast.set,
      );
      return {
        problems: [
          ...brokenPromises(run, OF_ONE_MOVE),
          ...(took ? [] : ['no failover took the place of the switchover']),
          ...(left === 0 ? ['home had nothing left to process, so nothing was tried'] : []),
        ],
        seen: [`${left} records were left at ${home} when it was lost`, ...countsOf(run)],
      };
    });
  },
};

async function loseHome(cast: Cast) {
  const { stage, home, until } = cast;
  const startedMs = await beginLife(cast);
  await lagBehind(cast, startedMs);
  await until('the switchover is claimed', () => started(cast, 'switchover'));
  await until('producers are told to leave', () => inPhase(cast, ['leaving']));
  await until('producers write at the refuge', () => writesAtRefuge(cast));
  const left = await unprocessed(stage, home);
  const killedMs = await killHome(
    cast,
    ` while its clients leave it: producers have gone, consumers have ${left} records left`,
  );
  const remoteEnds = await arriveAtRefuge(cast, killedMs);
  const restartedMs = await restartHome(cast);
  await arriveHome(cast);
  const round = { fromMs: startedMs, killedMs, restartedMs, remoteEnds };
  return { startedMs, endedMs: await endLife(cast), round, left };
}

/** Some of the set's records are acknowledged there; nobody of it reads there yet. */
async function writesAtRefuge({ stage, set, refuge }: Cast): Promise<true | undefined> {
  const there = stage.workload
    .read()
    .produced.filter((p) => p.set === set && p.cluster === refuge && p.result === 'ok');
  return there.length >= 100 ? true : undefined;
}

export const TAKEN_BACK: OwnScenario = {
  id: 'SW4',
  title: "a planned move of K1's clients is taken back twice while they leave, then made",
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'manual', policy: 'per-key', fail: home } as const;
    return onStage(options, say, async (stage) => {
      const { round, ...marks } = await undoTwice(castOf(stage, say));
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

async function undoTwice(cast: Cast) {
  const { stage, set, home, until, say } = cast;
  const startedMs = await beginLife(cast);
  for (const time of ['once', 'twice']) {
    await lagBehind(cast, Date.now());
    await until('the switchover is claimed', () => started(cast, 'switchover'));
    await until('producers are told to hold', () => inPhase(cast, ['leaving']));
    await stage.cloud.tell(set, { command: 'undo', reason: 'drill: the works are put off' });
    await until(`${set} is home again`, () => settled(stage, set, 'home'));
    say(`the switchover is taken back, ${time}`);
    const undoneMs = Date.now();
    stage.workload.set({ speed: 'fast' });
    await until(`${home} takes what ${set} writes there`, () => producedAfter(stage, set, home, undoneMs, 200));
  }
  const killedMs = Date.now();
  await until('the switchover is claimed', () => started(cast, 'switchover'));
  const remoteEnds = await arriveAtRefuge(cast, killedMs);
  const restartedMs = await comeBack(cast);
  const round = { fromMs: startedMs, killedMs, restartedMs, remoteEnds };
  return { startedMs, endedMs: await endLife(cast), round };
}
