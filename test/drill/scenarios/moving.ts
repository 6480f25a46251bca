/** Scenarios on one broker each that end in one failover. */
import { setOf } from '../pair.ts';
import { cluster, signalK1, withATail } from './faults.ts';
import type { Scene, StagedScenario } from './scenario.ts';

const ONE_FAILOVER = { kind: 'fails-over', set: setOf('K1'), leavesTail: true } as const;
const RELATIONS = ['PROBER', 'MIRROR', 'CLIENT'] as const;
const waysToK1 = ({ world }: Scene) => RELATIONS.map((name) => world.k1.relation(name));

export const MOVING: readonly StagedScenario[] = [
  {
    id: 'M01',
    title: 'every broker of K1 is killed under load',
    world: 'plain',
    verdicts: [cluster('K1', 'CONFIRMED_DOWN')],
    outcome: ONE_FAILOVER,
    fault: withATail(async ({ world }) => world.k1.kill()),
    heal: async ({ world }) => world.k1.restart(),
  },
  {
    id: 'M02',
    title: 'every broker of K1 is stopped (SIGSTOP), and thawed after the cutover',
    world: 'plain',
    verdicts: [cluster('K1', 'CONFIRMED_DOWN')],
    outcome: ONE_FAILOVER,
    fault: withATail(async (scene) => signalK1(scene, 'SIGSTOP')),
    heal: async (scene) => signalK1(scene, 'SIGCONT'),
  },
  {
    id: 'M03',
    title: 'nobody can reach K1: no client, no MirrorMaker 2, none of our functions; the network comes back later',
    world: 'plain',
    verdicts: [cluster('K1', 'CONFIRMED_DOWN')],
    outcome: ONE_FAILOVER,
    fault: withATail(async (scene) => {
      for (const relation of waysToK1(scene)) relation.cut();
    }),
    heal: async (scene) => {
      for (const relation of waysToK1(scene)) relation.heal();
    },
  },
];
