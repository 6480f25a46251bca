/** Home is back and the refuge is lost with what it had not copied: a person leads the set home without it, from home's region. */
import { dynamoControlTable } from '../../../lambdas/adapters/dynamodb/control.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { arriveAtRefuge, beginLife, castOf, endLife, killWithATail, lagBehind, restartHome } from '../acts.ts';
import type { Cast } from '../acts.ts';
import { judgeOrder, judgeStatedRepeats } from '../checker/without-refuge.ts';
import type { DrillOptions } from '../drill-options.ts';
import { gatherRun, statedFor } from '../evidence.ts';
import { goHome, producedAfter, remoteTopics, settled } from '../looks.ts';
import { endsOf } from '../observer.ts';
import { REGIONS, setOf, type Form } from '../pair.ts';
import { clusterOf } from '../stage.ts';
import { countsOf } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';

/** Order, bounds and starts are judged for the failover alone, and the clients of the refuge move as well. */
const OF_ONE_MOVE = ['P3', 'P4', 'P6', 'P11', 'P12'];

interface Kind extends Form {
  readonly title: string;
  readonly policy: DrillOptions['policy'];
}

/** Per key: what nobody had copied comes behind what is written at home, and is no part of the promise. */
export const refugeLost = (id: string, { title, policy, wide = false }: Kind): OwnScenario => ({
  id,
  title,
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'automatic', policy, fail: home, wide } as const;
    return onStage(options, say, async (stage) => {
      const cast = castOf(stage, say);
      const { left, lostMs, copiedEnds, ...acts } = await play(cast);
      const run = await gatherRun(stage, options, acts);
      const fled = await statedFor(stage, othersOf(cast));
      const repeats = judgeStatedRepeats(run, { lostMs, stated: await statedRepeats(cast), fled });
      return {
        problems: [
          ...brokenPromises(run, OF_ONE_MOVE),
          ...(policy === 'per-key' ? judgeOrder(run, copiedEnds) : []),
          ...repeats.problems,
          ...(left === 0 ? [`nothing was left uncopied at ${cast.refuge}, so nothing was tried`] : []),
        ],
        seen: [`${left} records were left uncopied at ${cast.refuge}`, ...countsOf(run), ...repeats.seen],
      };
    });
  },
});

/** The clients of the refuge, who flee to home. */
const othersOf = ({ refuge }: Cast): string => setOf(refuge);

async function play(cast: Cast) {
  const { stage, set, home, refuge, until, say } = cast;
  const others = othersOf(cast);
  const startedMs = await beginLife(cast);
  await lagBehind(cast, startedMs);
  const killedMs = await killWithATail(cast);
  const remoteEnds = await arriveAtRefuge(cast, killedMs);
  const restartedMs = await restartHome(cast);
  await until(`the region of ${home} has a copy and has seen where the groups are at ${refuge}`, () => copied(cast));

  const left = await loseRefuge(cast);
  const lostMs = Date.now();
  await until(`a person leads ${set} home without ${refuge}`, () => leadHome(cast));
  say(`${set} is at ${home} without ${refuge}, and reads there what it wrote at ${refuge}`);
  // Nothing is copied while it is down.
  const copiedEnds = await endsOf(clusterOf(stage.world, home), remoteTopics(stage, others));
  const ledMs = Date.now();
  await until(`${home} takes what ${set} writes there`, () => producedAfter(stage, set, home, ledMs, 200));
  await clusterOf(stage.world, refuge).restart();
  say(`${refuge} is back, with its log`);
  await until(`${set} is home, also for the region of ${refuge}`, () => settledHome(cast));
  await until(`${others} is home again`, () => goHome(stage, others));
  const rounds = [{ fromMs: startedMs, killedMs, restartedMs, remoteEnds }];
  return { startedMs, endedMs: await endLife(cast), rounds, left, lostMs, copiedEnds };
}

/** Records of the set that are acknowledged at the refuge and that nobody will have copied before it dies. */
async function loseRefuge({ stage, set, home, refuge, until, say }: Cast): Promise<number> {
  const { workload, world } = stage;
  const flow = world.flow(`${refuge}->${home}`);
  await flow.pauseFlow();
  const pausedMs = Date.now();
  const uncopied = () =>
    workload
      .read()
      .produced.filter((p) => p.set === set && p.cluster === refuge && p.result === 'ok' && p.sentAtMs > pausedMs)
      .length;
  await until(`records are written at ${refuge} that nobody copies`, async () =>
    uncopied() >= 200 ? true : undefined,
  );
  await clusterOf(world, refuge).kill();
  say(`${refuge} is killed (SIGKILL): at least ${uncopied()} records of ${set} lie there alone`);
  await flow.resumeFlow();
  return uncopied();
}

const atHome = ({ stage: { config }, home }: Cast) => dynamoControlTable({ pair: config.pair, region: REGIONS[home] });

async function copied(cast: Cast): Promise<true | undefined> {
  const control = atHome(cast);
  const [state, positions] = await Promise.all([control.readSet(cast.set), control.positions(cast.set, 1)]);
  return state?.phase === 'refuge' && positions.length > 0 ? true : undefined;
}

/** Asks, and says yes, as a person does: in the region of home. A guard may refuse until the outage is confirmed. */
async function leadHome(cast: Cast): Promise<true | undefined> {
  const { stage, set, home } = cast;
  const control = atHome(cast);
  const say = (command: Readonly<Record<string, unknown>>) =>
    stage.cloud.invoke(REGIONS[home], 'operate', { clientSet: set, by: 'drill', ...command }, { wait: true });
  const state = await control.readSet(set);
  if (state?.phase === 'recovering') return true;
  const question = await control.question(set);
  if (state?.open?.input.refugeLost !== true)
    await say({ command: 'start', move: 'failback', refugeLost: true, reason: 'drill: the refuge is lost' });
  else if (question?.question === 'approval') await say({ command: 'approve', epoch: question.epoch });
  return undefined;
}

/** What a person read before saying yes. */
async function statedRepeats(cast: Cast) {
  const asked = (await atHome(cast).decisions(cast.set, 200)).find(({ kind }) => kind === 'ask');
  return (asked?.inputs as MoveFacts | undefined)?.withoutRefuge?.repeats;
}

async function settledHome(cast: Cast): Promise<true | undefined> {
  const state = await atHome(cast).readSet(cast.set);
  if (state?.phase !== 'home' || state.open !== undefined) return undefined;
  return settled(cast.stage, cast.set, 'home');
}
