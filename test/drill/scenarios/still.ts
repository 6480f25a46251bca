/** Scenarios on one broker each, after which nobody has moved. A new one is one more row. */
import { setOf } from '../pair.ts';
import { clusterOf } from '../stage.ts';
import { SPOILT } from './corrupt-value.ts';
import { DOWN, NOTHING, cluster, flap, flow } from './faults.ts';
import { named } from './outcome.ts';
import type { Scene, StagedScenario } from './scenario.ts';

async function bothReturn({ world }: Scene): Promise<void> {
  await Promise.all([world.k1.restart(), world.k2.restart()]);
  for (const name of ['K1->K2', 'K2->K1']) world.flow(name).restart();
}

export const STILL: readonly StagedScenario[] = [
  {
    id: 'M04',
    title: 'our functions cannot reach K1; MirrorMaker 2 and clients can',
    world: 'plain',
    verdicts: [cluster('K1', 'UNREACHABLE_FROM_PROBERS')],
    outcome: NOTHING,
    fault: async ({ world }) => world.k1.relation('PROBER').cut(),
    heal: async ({ world }) => world.k1.relation('PROBER').heal(),
  },
  {
    id: 'M05',
    title: 'one vantage cannot reach K1',
    world: 'plain',
    verdicts: [cluster('K1', 'SUSPECTED_DOWN')],
    outcome: NOTHING,
    fault: async ({ cloud, world, config }) =>
      cloud.blindfold(config.witnessRegions[0]!, 'probe-clusters', world.k1.relation('PROBER').servers),
    heal: async ({ cloud, config }) => cloud.blindfold(config.witnessRegions[0]!, 'probe-clusters', []),
  },
  {
    id: 'M06',
    title: 'MirrorMaker 2 cannot reach K1; everybody else can',
    world: 'plain',
    verdicts: [flow('K1->K2', 'REPLICATION_DOWN'), flow('K2->K1', 'REPLICATION_DOWN'), cluster('K1', 'HEALTHY')],
    outcome: NOTHING,
    fault: async ({ world }) => world.k1.relation('MIRROR').cut(),
    heal: async ({ world }) => world.k1.relation('MIRROR').heal(),
  },
  {
    id: 'M07',
    title: 'the clients cannot reach K1; our functions and MirrorMaker 2 can',
    world: 'plain',
    verdicts: [cluster('K1', 'HEALTHY')],
    never: [cluster('K1', ...DOWN)],
    outcome: NOTHING,
    fault: async ({ world }) => world.k1.relation('CLIENT').cut(),
    heal: async ({ world }) => world.k1.relation('CLIENT').heal(),
  },
  {
    id: 'M08',
    title: 'MirrorMaker 2 dies, the clusters are fine',
    world: 'plain',
    verdicts: [flow('K1->K2', 'REPLICATION_DOWN'), cluster('K1', 'HEALTHY'), cluster('K2', 'HEALTHY')],
    outcome: NOTHING,
    fault: async ({ world }) => world.flow('K1->K2').kill(),
    heal: async ({ world }) => world.flow('K1->K2').restart(),
  },
  {
    id: 'M16',
    title: 'K1 stalls for 1.4 s and serves for 2.7 s, ten times (20 s and 40 s with windows fifteen times as long)',
    world: 'plain',
    verdicts: [cluster('K1', 'HEALTHY', 'SUSPECTED_DOWN', 'PARTIAL_OUTAGE', 'DEGRADED')],
    never: [cluster('K1', ...DOWN)],
    outcome: NOTHING,
    fault: (scene) => flap(scene, { downMs: 1_400, upMs: 2_700, times: 10 }),
    heal: async () => undefined,
  },
  SPOILT,
  {
    id: 'M09',
    title: 'MirrorMaker 2 dies first, then K1',
    world: 'plain',
    verdicts: [cluster('K1', 'CONFIRMED_DOWN_UNCORROBORATED')],
    outcome: { kind: 'asks', set: setOf('K1') },
    fault: async ({ world, until, verdict }) => {
      await world.flow('K1->K2').kill();
      await until('the flow is judged down', async () =>
        (await verdict('flow:K1->K2')) === 'REPLICATION_DOWN' ? true : undefined,
      );
      await world.k1.kill();
    },
    heal: async ({ world }) => {
      await clusterOf(world, 'K1').restart();
      world.flow('K1->K2').restart();
    },
  },
  {
    id: 'M21',
    title: 'both clusters die',
    world: 'plain',
    verdicts: [cluster('K1', 'BOTH_DOWN'), cluster('K2', 'BOTH_DOWN')],
    outcome: NOTHING,
    fault: async ({ world }) => {
      await Promise.all([world.k1.kill(), world.k2.kill()]);
    },
    heal: bothReturn,
  },
  {
    id: 'M21-late',
    title: 'K1 dies, and K2 as soon as K1 is suspected: before a failover is claimed',
    world: 'plain',
    verdicts: [cluster('K1', 'BOTH_DOWN'), cluster('K2', 'BOTH_DOWN')],
    outcome: NOTHING,
    fault: async (scene) => {
      await scene.world.k1.kill();
      await named(scene, cluster('K1', 'SUSPECTED_DOWN'));
      await scene.world.k2.kill();
    },
    heal: bothReturn,
  },
];
