/** Scenarios that need redundancy to lose: three brokers each, three replicas, two of them must be in sync. */
import kafkajs from 'kafkajs';
import { names } from '../../../core/config/pair.ts';
import { TOPICS, setOf } from '../pair.ts';
import { DOWN, NOTHING, cluster, withATail } from './faults.ts';
import { named } from './outcome.ts';
import type { Scene, StagedScenario } from './scenario.ts';

const BROKERS = [1, 2, 3] as const;

/** Of the topics that clients and probes write to; without a value the cluster's own setting counts again. */
async function demandInSync({ world }: Scene, replicas?: number): Promise<void> {
  const configEntries = replicas === undefined ? [] : [{ name: 'min.insync.replicas', value: String(replicas) }];
  const resources = [...TOPICS, names.canaryTopic].map((name) => ({
    type: kafkajs.ConfigResourceTypes.TOPIC,
    name,
    configEntries,
  }));
  await world.k1.admin((admin) => admin.alterConfigs({ validateOnly: false, resources }));
}

export const THREE_BROKERS: readonly StagedScenario[] = [
  {
    id: 'M10',
    title: 'one of three brokers of K1 is killed',
    world: 'three',
    verdicts: [cluster('K1', 'DEGRADED')],
    never: [cluster('K1', ...DOWN)],
    outcome: NOTHING,
    fault: async ({ world }) => world.k1.killBroker(2),
    heal: async ({ world }) => world.k1.startBroker(2),
  },
  {
    id: 'M10-rolling',
    title: 'the brokers of K1 are restarted one after the other, each only when its absence was noticed',
    world: 'three',
    verdicts: [cluster('K1', 'HEALTHY')],
    never: [cluster('K1', ...DOWN)],
    outcome: NOTHING,
    fault: async (scene) => {
      for (const id of BROKERS) {
        await scene.world.k1.stopBroker(id);
        await named(scene, cluster('K1', 'DEGRADED'));
        await scene.world.k1.startBroker(id);
        await named(scene, cluster('K1', 'HEALTHY'));
      }
    },
    heal: async ({ world }) => world.k1.restart(),
  },
  {
    id: 'M14',
    title:
      "K1's topics demand three replicas in sync, then one of its three brokers dies: reads are fine, writes are not",
    world: 'three',
    verdicts: [cluster('K1', 'PARTIAL_OUTAGE')],
    never: [cluster('K1', ...DOWN)],
    outcome: { kind: 'asks', set: setOf('K1') },
    fault: async (scene) => {
      await demandInSync(scene, 3);
      await scene.world.k1.killBroker(3);
    },
    heal: async (scene) => {
      await scene.world.k1.startBroker(3);
      await demandInSync(scene);
    },
  },
  {
    id: 'M11',
    title: 'two of three brokers of K1 are killed: too few replicas in sync, and no quorum of controllers',
    world: 'three',
    verdicts: [cluster('K1', 'CONFIRMED_DOWN')],
    outcome: { kind: 'fails-over', set: setOf('K1'), leavesTail: true },
    fault: withATail(async ({ world }) => {
      await Promise.all([world.k1.killBroker(1), world.k1.killBroker(2)]);
    }),
    heal: async ({ world }) => world.k1.restart(),
  },
];
