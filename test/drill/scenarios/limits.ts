/** Scenarios about the limits of automation: what it may lose, and how often it may move. */
import type { ExpectedLoss } from '../../../core/move/loss.ts';
import { setOf } from '../pair.ts';
import { cluster, flap, holdBack } from './faults.ts';
import { named, refusedBy, statesOf, watchQuiet } from './outcome.ts';
import type { Found, Past, Scene, StagedScenario } from './scenario.ts';
import { RPO_RECORDS } from './worlds.ts';

const SET = setOf('K1');
/** Stalls outlast the confirm time as 100 s do in production: there a detection takes up to 113 s, here up to 14 s. */
const FLAPS = { downMs: 14_000, upMs: 14_000, times: 5 } as const;

/** The range by which the person's start was judged must hold what was really left behind. */
async function lossWasTold(scene: Scene, { set, faultMs, tail }: Past): Promise<Found> {
  const decisions = await scene.cloud.controlOf(set).decisions(set, 100);
  const claim = decisions.find(
    ({ atMs, kind, trigger }) => atMs >= faultMs && kind === 'claim' && trigger === 'manual',
  );
  const loss = (claim?.inputs as { readonly loss?: ExpectedLoss } | undefined)?.loss;
  if (loss?.kind !== 'estimated') return { problems: [`no range was told: ${JSON.stringify(loss)}`], seen: [] };
  const { lower, upper } = loss.records;
  const sentence = `told: ${lower} to ${upper} records may be left behind; left behind: ${tail}`;
  return Number(lower) <= tail && tail <= Number(upper)
    ? { problems: [], seen: [sentence] }
    : { problems: [sentence], seen: [] };
}

/** Home again within the cooldown, K1 dies once more: nothing moves by itself. */
async function cooldownHolds(scene: Scene, { set }: Past): Promise<Found> {
  await named(scene, cluster('K1', 'HEALTHY'));
  const before = await statesOf(scene);
  const atMs = Date.now();
  await scene.world.k1.kill();
  try {
    await named(scene, cluster('K1', 'CONFIRMED_DOWN'));
    const { guards } = await refusedBy(scene, 'G5-cooldown', { set, atMs });
    const problems = await watchQuiet({ kind: 'nothing' }, scene, before);
    const said = guards.find(({ id }) => id === 'G5-cooldown')?.sentence ?? '';
    return { problems, seen: [`K1 died again and G5-cooldown refused: ${said}`] };
  } finally {
    await scene.world.k1.restart();
    // The cooldown is acknowledged next: while K1 still counts as down, its clients would move.
    await named(scene, cluster('K1', 'HEALTHY'));
  }
}

export const LIMITS: readonly StagedScenario[] = [
  {
    id: 'M16-long',
    title: 'K1 stalls for 14 s and serves for 14 s, five times; home again it dies within the cooldown',
    world: 'long-cooldown',
    verdicts: [],
    outcome: { kind: 'fails-over', set: SET, homeFlaps: true },
    fault: (scene) => flap(scene, FLAPS),
    heal: async () => undefined,
    afterwards: cooldownHolds,
  },
  {
    id: 'M23',
    title: 'MirrorMaker 2 lags by more records than `rpo` allows, then K1 dies',
    world: 'rpo',
    verdicts: [cluster('K1', 'CONFIRMED_DOWN')],
    outcome: { kind: 'fails-over', set: SET, refusedFirstBy: 'G3' },
    fault: async (scene) => {
      await holdBack(scene, RPO_RECORDS + 1_000);
      await scene.world.k1.kill();
    },
    heal: async ({ world }) => {
      await world.k1.restart();
      await world.flow('K1->K2').resumeFlow();
    },
    afterwards: lossWasTold,
  },
];
