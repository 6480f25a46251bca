/** Home is back and the refuge is lost with what it had not copied: a person leads the set home without it, from home's region. */
import { dynamoControlTable } from '../../../lambdas/adapters/dynamodb/control.ts';
import type { MoveFacts } from '../../../core/move/facts.ts';
import { judgeOrder, judgeStatedRepeats } from '../checker/without-refuge.ts';
import type { DrillOptions } from '../drill-options.ts';
import { gatherRun, statedFor } from '../evidence.ts';
import { endsOf } from '../observer.ts';
import { REGIONS, setOf, type Form } from '../pair.ts';
import { clusterOf, otherOf } from '../stage.ts';
import type { Say, Stage } from '../stage.ts';
import {
  beginLife,
  endLife,
  goHome,
  killWithATail,
  laggingAndSeeded,
  patientWith,
  producedAfter,
  producedAt,
  remoteTopics,
  settled,
} from '../story.ts';
import { countsOf } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';

const HOME = 'K1';
const REFUGE = otherOf(HOME);
const SET = setOf(HOME);
const OTHERS = setOf(REFUGE);

/** Order, bounds and starts are judged for the failover alone, and the clients of the refuge move as well. */
const OF_ONE_MOVE = ['P3', 'P4', 'P6', 'P11', 'P12'];

interface Kind extends Form {
  readonly title: string;
  readonly policy: DrillOptions['policy'];
}

/** Per key: what nobody had copied comes behind what is written at home, and is no part of the promise. */
export const refugeLost = (id: string, { title, policy, wide = false }: Kind): OwnScenario => {
  const options = { trigger: 'automatic', policy, fail: HOME, wide } as const;
  return {
    id,
    title,
    world: 'own',
    play: (say) =>
      onStage(options, say, async (stage) => {
        const { left, lostMs, copiedEnds, ...acts } = await play(stage, say);
        const run = await gatherRun(stage, options, acts);
        const fled = await statedFor(stage, OTHERS);
        const repeats = judgeStatedRepeats(run, { lostMs, stated: await statedRepeats(stage), fled });
        return {
          problems: [
            ...brokenPromises(run, OF_ONE_MOVE),
            ...(policy === 'per-key' ? judgeOrder(run, copiedEnds) : []),
            ...repeats.problems,
            ...(left === 0 ? [`nothing was left uncopied at ${REFUGE}, so nothing was tried`] : []),
          ],
          seen: [`${left} records were left uncopied at ${REFUGE}`, ...countsOf(run), ...repeats.seen],
        };
      }),
  };
};

async function play(stage: Stage, say: Say) {
  const { workload, world } = stage;
  const until = patientWith(stage);
  const pause = async (): Promise<void> => undefined;
  const startedMs = await beginLife(stage, SET, until);
  workload.set({ speed: 'slow' });
  await until(`${SET} lags behind and its positions are seeded`, () => laggingAndSeeded(stage, HOME, startedMs));
  const killedMs = await killWithATail(stage, HOME, until, { say, pause });
  await until(`${SET} lives at ${REFUGE}`, () => settled(stage, SET, 'refuge'));
  const remoteEnds = await endsOf(clusterOf(world, REFUGE), remoteTopics(stage, SET));
  await until(`${REFUGE} takes and processes what ${SET} writes there`, () =>
    producedAt(stage, { set: SET, cluster: REFUGE, sinceMs: killedMs, count: 300 }),
  );
  const restartedMs = Date.now();
  await clusterOf(world, HOME).restart();
  say(`${HOME} is back, with its log`);
  await until(`the region of ${HOME} has a copy and has seen where the groups are at ${REFUGE}`, () => copied(stage));

  const left = await loseRefuge(stage, until, say);
  const lostMs = Date.now();
  await until(`a person leads ${SET} home without ${REFUGE}`, () => leadHome(stage));
  say(`${SET} is at ${HOME} without ${REFUGE}, and reads there what it wrote at ${REFUGE}`);
  // Nothing is copied while it is down.
  const copiedEnds = await endsOf(clusterOf(world, HOME), remoteTopics(stage, OTHERS));
  const ledMs = Date.now();
  await until(`${HOME} takes what ${SET} writes there`, () => producedAfter(stage, SET, HOME, ledMs, 200));
  await clusterOf(world, REFUGE).restart();
  say(`${REFUGE} is back, with its log`);
  await until(`${SET} is home, also for the region of ${REFUGE}`, () => settledHome(stage));
  await until(`${OTHERS} is home again`, () => goHome(stage, OTHERS));
  await endLife(stage, until);
  return {
    startedMs,
    endedMs: Date.now(),
    rounds: [{ fromMs: startedMs, killedMs, restartedMs, remoteEnds }],
    left,
    lostMs,
    copiedEnds,
  };
}

/** Records of the set that are acknowledged at the refuge and that nobody will have copied before it dies. */
async function loseRefuge(stage: Stage, until: ReturnType<typeof patientWith>, say: Say): Promise<number> {
  const { workload, world } = stage;
  await world.flow(`${REFUGE}->${HOME}`).pauseFlow();
  const pausedMs = Date.now();
  const uncopied = () =>
    workload
      .read()
      .produced.filter((p) => p.set === SET && p.cluster === REFUGE && p.result === 'ok' && p.sentAtMs > pausedMs)
      .length;
  await until(`records are written at ${REFUGE} that nobody copies`, async () =>
    uncopied() >= 200 ? true : undefined,
  );
  await clusterOf(world, REFUGE).kill();
  say(`${REFUGE} is killed (SIGKILL): at least ${uncopied()} records of ${SET} lie there alone`);
  await world.flow(`${REFUGE}->${HOME}`).resumeFlow();
  return uncopied();
}

const atHome = ({ config }: Stage) => dynamoControlTable({ pair: config.pair, region: REGIONS[HOME] });

async function copied(stage: Stage): Promise<true | undefined> {
  const control = atHome(stage);
  const [state, positions] = await Promise.all([control.readSet(SET), control.positions(SET, 1)]);
  return state?.phase === 'refuge' && positions.length > 0 ? true : undefined;
}

/** Asks, and says yes, as a person does: in the region of home. A guard may refuse until the outage is confirmed. */
async function leadHome(stage: Stage): Promise<true | undefined> {
  const control = atHome(stage);
  const say = (command: Readonly<Record<string, unknown>>) =>
    stage.cloud.invoke(REGIONS[HOME], 'operate', { clientSet: SET, by: 'drill', ...command }, { wait: true });
  const state = await control.readSet(SET);
  if (state?.phase === 'recovering') return true;
  const question = await control.question(SET);
  if (state?.open?.input.refugeLost !== true)
    await say({ command: 'start', move: 'failback', refugeLost: true, reason: 'drill: the refuge is lost' });
  else if (question?.question === 'approval') await say({ command: 'approve', epoch: question.epoch });
  return undefined;
}

/** What a person read before saying yes. */
async function statedRepeats(stage: Stage) {
  const asked = (await atHome(stage).decisions(SET, 200)).find(({ kind }) => kind === 'ask');
  return (asked?.inputs as MoveFacts | undefined)?.withoutRefuge?.repeats;
}

async function settledHome(stage: Stage): Promise<true | undefined> {
  const state = await atHome(stage).readSet(SET);
  if (state?.phase !== 'home' || state.open !== undefined) return undefined;
  return settled(stage, SET, 'home');
}
