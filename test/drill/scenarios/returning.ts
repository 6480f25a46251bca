/** Home is back, its clients are on their way to it, and it dies again: a new failover takes the place of the way home. */
import { HUNG_MS, waitFor } from '../../support/world/conditions.ts';
import {
  arriveAtRefuge,
  arriveHome,
  beginLife,
  castOf,
  endLife,
  killHome,
  killWithATail,
  lagBehind,
  restartHome,
} from '../acts.ts';
import type { Cast } from '../acts.ts';
import { gatherRun } from '../evidence.ts';
import { goHome, unprocessed } from '../looks.ts';
import { countsOf, lostBy } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';

/** What was left at home at first may be processed wherever the second outage lets it: P2 speaks of one outage at a time. */
const OF_ONE_OUTAGE = ['P2'];

export const LOST_WHILE_RETURNING: OwnScenario = {
  id: 'LA1',
  title: "K1 is lost again while its clients return to it: a new failover takes the way home's place",
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'automatic', policy: 'availability', fail: home } as const;
    return onStage(options, say, async (stage) => {
      const cast = castOf(stage, say);
      const { returned, phase, ...acts } = await play(cast);
      const run = await gatherRun(stage, options, acts);
      const claims = run.decisions
        .filter(({ kind, set }) => kind === 'claim' && set === cast.set)
        .map(({ move }) => move);
      return {
        problems: [
          ...brokenPromises(run, OF_ONE_OUTAGE),
          ...lostBy(run),
          ...(claims.filter((move) => move === 'failover').length === 2 ? [] : [`claimed: ${claims.join(', ')}`]),
          ...(returned === 0 ? [`nobody had written at ${home} again, so nothing was tried`] : []),
        ],
        seen: [
          `${returned} records were written at ${home} before it was lost again, in phase ${phase}`,
          ...countsOf(run),
        ],
      };
    });
  },
};

async function play(cast: Cast) {
  const { stage, set, home, refuge, until } = cast;
  const startedMs = await beginLife(cast);
  await lagBehind(cast, startedMs);
  const killedMs = await killWithATail(cast);
  const first = { fromMs: startedMs, killedMs, ...(await stayAndReturn(cast, killedMs)) };

  const fromMs = Date.now();
  await stage.cloud.tell(set, { command: 'acknowledge-cooldown', note: 'drill: the outage is understood' });
  stage.workload.set({ speed: 'slow' });
  await until(`${set} lags behind at ${refuge}`, async () =>
    (await unprocessed(stage, refuge)) >= 200 ? true : undefined,
  );
  // Often: the way home takes only some seconds from here.
  const soon = { timeoutMs: HUNG_MS, everyMs: 50 };
  await waitFor(`${set} is told to return`, () => returning(cast), soon);
  const returned = await waitFor(`producers write at ${home} again`, async () => writtenAtHome(cast, fromMs), soon);
  const secondMs = await killHome(cast, ', again');
  const { phase = 'unknown' } = (await stage.cloud.controlOf(set).readSet(set)) ?? {};
  const second = { fromMs, killedMs: secondMs, ...(await stayAndReturn(cast, secondMs)) };
  await arriveHome(cast);
  return { startedMs, endedMs: await endLife(cast), rounds: [first, second], returned, phase };
}

/** The set comes to the refuge and works there; then home is started again. */
async function stayAndReturn(cast: Cast, sinceMs: number) {
  const remoteEnds = await arriveAtRefuge(cast, sinceMs);
  return { remoteEnds, restartedMs: await restartHome(cast) };
}

/** A person approves the way home as soon as the system asks. */
async function returning({ stage, set }: Cast): Promise<true | undefined> {
  await goHome(stage, set);
  const state = await stage.cloud.controlOf(set).readSet(set);
  return state?.phase === 'returning' ? true : undefined;
}

/** How many records of the set home has taken since then, once there are some. */
function writtenAtHome({ stage, set, home }: Cast, sinceMs: number): number | undefined {
  const there = stage.workload
    .read()
    .produced.filter((p) => p.set === set && p.cluster === home && p.result === 'ok' && p.atMs > sinceMs);
  return there.length > 0 ? there.length : undefined;
}
