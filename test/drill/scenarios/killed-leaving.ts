/** A planned move and the way home, and the clients that move are killed (SIGKILL) as each routing value appears. */
import { beginLife, castOf } from '../acts.ts';
import { repeatedWithin } from '../checker/planned.ts';
import { gatherRun } from '../evidence.ts';
import { Killings, WHEN_PLANNED, killingProblems } from '../killings.ts';
import { countsOf, lostBy } from './counted.ts';
import { brokenPromises, onStage } from './on-stage.ts';
import type { OwnScenario } from './scenario.ts';
import { thereAndBack } from './switchover.ts';

export const KILLED_WHILE_LEAVING: OwnScenario = {
  id: 'SW5',
  title: "a planned move of K1's clients, and home again: in each phase all of them are killed and started again",
  world: 'own',
  turns: true,
  play: (say, home) => {
    const options = { trigger: 'manual', policy: 'availability', fail: home } as const;
    return onStage(options, say, async (stage) => {
      const cast = castOf(stage, say);
      const killings = new Killings(stage, cast, say);
      const startedMs = await beginLife(cast);
      killings.start();
      // While consumers are slow: at any moment they have something in flight.
      const whileSlow = async (): Promise<void> => {
        await cast.until('clients are killed while they leave', async () =>
          killings.kills.some(({ when }) => when === 'leaving') ? true : undefined,
        );
      };
      const { round, ...marks } = await thereAndBack(cast, startedMs, whileSlow).finally(() => killings.stop());
      const { kills } = killings;
      const run = { ...(await gatherRun(stage, options, { ...marks, rounds: [round] })), kills };
      const repeated = run.groups.reduce(
        (sum, { id }) => sum + repeatedWithin(run, id, marks.startedMs, Number.POSITIVE_INFINITY).length,
        0,
      );
      return {
        problems: [
          ...brokenPromises(run),
          ...lostBy(run),
          ...killingProblems(kills, WHEN_PLANNED),
          ...(repeated === 0 ? ['no kill met a record in flight, so nothing was tried'] : []),
        ],
        seen: [`killed in ${kills.map(({ when }) => when).join(', ')}`, ...countsOf(run)],
      };
    });
  },
};
