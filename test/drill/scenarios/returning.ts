/** Home is back, its clients are on their way to it, and it dies again: a new failover takes the place of the way home. */
import { HUNG_MS, waitFor } from '../../support/world/conditions.ts';
import { gatherRun } from '../evidence.ts';
import { endsOf } from '../observer.ts';
import { setOf } from '../pair.ts';
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
  unprocessed,
} from '../story.ts';
import { countsOf, lostBy } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';

const HOME = 'K1';
const REFUGE = otherOf(HOME);
const SET = setOf(HOME);
const OPTIONS = { trigger: 'automatic', policy: 'availability', fail: HOME } as const;

/** What was left at home at first may be processed wherever the second outage lets it: P2 speaks of one outage at a time. */
const OF_ONE_OUTAGE = ['P2'];

export const LOST_WHILE_RETURNING: OwnScenario = {
  id: 'LA1',
  title: "K1 is lost again while its clients return to it: a new failover takes the way home's place",
  world: 'own',
  play: (say) =>
    onStage(OPTIONS, say, async (stage) => {
      const { returned, phase, ...acts } = await play(stage, say);
      const run = await gatherRun(stage, OPTIONS, acts);
      const claims = run.decisions.filter(({ kind, set }) => kind === 'claim' && set === SET).map(({ move }) => move);
      return {
        problems: [
          ...brokenPromises(run, OF_ONE_OUTAGE),
          ...lostBy(run),
          ...(claims.filter((move) => move === 'failover').length === 2 ? [] : [`claimed: ${claims.join(', ')}`]),
          ...(returned === 0 ? [`nobody had written at ${HOME} again, so nothing was tried`] : []),
        ],
        seen: [
          `${returned} records were written at ${HOME} before it was lost again, in phase ${phase}`,
          ...countsOf(run),
        ],
      };
    }),
};

async function play(stage: Stage, say: Say) {
  const { workload, world } = stage;
  const until = patientWith(stage);
  const pause = async (): Promise<void> => undefined;
  const startedMs = await beginLife(stage, SET, until);
  workload.set({ speed: 'slow' });
  await until(`${SET} lags behind and its positions are seeded`, () => laggingAndSeeded(stage, HOME, startedMs));
  const killedMs = await killWithATail(stage, HOME, until, { say, pause });
  const first = { fromMs: startedMs, killedMs, ...(await stayAndReturn(stage, killedMs, until, say)) };

  const fromMs = Date.now();
  await stage.cloud.tell(SET, { command: 'acknowledge-cooldown', note: 'drill: the outage is understood' });
  workload.set({ speed: 'slow' });
  await until(`${SET} lags behind at ${REFUGE}`, async () =>
    (await unprocessed(stage, REFUGE)) >= 200 ? true : undefined,
  );
  // Often: the way home takes only some seconds from here.
  const soon = { timeoutMs: HUNG_MS, everyMs: 50 };
  await waitFor(`${SET} is told to return`, () => returning(stage), soon);
  const returned = await waitFor(`producers write at ${HOME} again`, async () => writtenAtHome(stage, fromMs), soon);
  await clusterOf(world, HOME).kill();
  const { phase = 'unknown' } = (await stage.cloud.controlOf(SET).readSet(SET)) ?? {};
  const second = { fromMs, killedMs: Date.now() };
  say(`${HOME} is killed (SIGKILL) in phase ${phase}`);
  workload.set({ speed: 'fast' });
  const stay = await stayAndReturn(stage, second.killedMs, until, say);

  await until(`${SET} is home again`, () => goHome(stage, SET));
  const homeMs = Date.now();
  await until(`${HOME} takes what ${SET} writes there`, () => producedAfter(stage, SET, HOME, homeMs, 200));
  await endLife(stage, until);
  return { startedMs, endedMs: Date.now(), rounds: [first, { ...second, ...stay }], returned, phase };
}

/** The set comes to the refuge and works there; then home is started again. */
async function stayAndReturn(stage: Stage, sinceMs: number, until: ReturnType<typeof patientWith>, say: Say) {
  await until(`${SET} lives at ${REFUGE}`, () => settled(stage, SET, 'refuge'));
  const remoteEnds = await endsOf(clusterOf(stage.world, REFUGE), remoteTopics(stage, SET));
  await until(`${REFUGE} takes and processes what ${SET} writes there`, () =>
    producedAt(stage, { set: SET, cluster: REFUGE, sinceMs, count: 300 }),
  );
  const restartedMs = Date.now();
  await clusterOf(stage.world, HOME).restart();
  say(`${HOME} is back, with its log`);
  return { restartedMs, remoteEnds };
}

/** A person approves the way home as soon as the system asks. */
async function returning(stage: Stage): Promise<true | undefined> {
  await goHome(stage, SET);
  const state = await stage.cloud.controlOf(SET).readSet(SET);
  return state?.phase === 'returning' ? true : undefined;
}

/** How many records of the set home has taken since then, once there are some. */
function writtenAtHome({ workload }: Stage, sinceMs: number): number | undefined {
  const there = workload
    .read()
    .produced.filter((p) => p.set === SET && p.cluster === HOME && p.result === 'ok' && p.atMs > sinceMs);
  return there.length > 0 ? there.length : undefined;
}
