/** The scenarios, in the order in which they are played. A new one is one more row. */
import { setTimeout as delay } from 'node:timers/promises';
import { setOf } from '../pair.ts';
import { clusterOf } from '../stage.ts';
import { IN_PROCESS } from './in-process.ts';
import type { Scenario, Scene } from './scenario.ts';

const NOTHING = { kind: 'nothing' } as const;
const cluster = (alias: 'K1' | 'K2', ...kinds: string[]) => ({ subject: `cluster:${alias}`, kinds });
const flow = (name: string, ...kinds: string[]) => ({ subject: `flow:${name}`, kinds });

/** Stops and continues every broker of K1 again and again. SIGSTOP leaves connections open and answers nothing. */
async function flap({ world }: Scene, downMs: number, upMs: number, times: number): Promise<void> {
  const signal = (name: NodeJS.Signals): void => {
    for (const process of world.k1.processes) process.signal(name);
  };
  for (let i = 0; i < times; i += 1) {
    signal('SIGSTOP');
    await delay(downMs);
    signal('SIGCONT');
    await delay(upMs);
  }
}

export const SCENARIOS: readonly Scenario[] = [
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
    outcome: NOTHING,
    fault: (scene) => flap(scene, 1_400, 2_700, 10),
    heal: async () => undefined,
  },
  {
    id: 'M09',
    title: 'MirrorMaker 2 dies first, then K1',
    world: 'plain',
    verdicts: [cluster('K1', 'CONFIRMED_DOWN_UNCORROBORATED')],
    outcome: { kind: 'asks', set: setOf('K1') },
    fault: async ({ world, until, verdict }) => {
      await world.flow('K1->K2').kill();
      await until(
        'the flow is judged down',
        async () => ((await verdict('flow:K1->K2')) === 'REPLICATION_DOWN' ? true : undefined),
        40_000,
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
    heal: async ({ world }) => {
      await Promise.all([world.k1.restart(), world.k2.restart()]);
      for (const name of ['K1->K2', 'K2->K1']) world.flow(name).restart();
    },
  },
  ...IN_PROCESS,
];
