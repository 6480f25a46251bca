/** Scenarios whose faults lie in credentials and certificates: clusters serve everybody but our functions. */
import { showCertificate } from '../../support/world/secure-listener.ts';
import { setOf } from '../pair.ts';
import { certificates, putSecret, RELATION, revokeAt, setPasswordAt } from './secured-world.ts';
import type { Scene, StagedScenario } from './scenario.ts';

async function judged({ until, verdict }: Scene, subject: string, kind: string): Promise<void> {
  await until(`${subject} is ${kind}`, async () => ((await verdict(subject)) === kind ? true : undefined));
}

export const SECURED: readonly StagedScenario[] = [
  {
    id: 'M18',
    title: "our functions' password is rotated at K1's brokers, then their user is revoked at K2's as well",
    world: 'secured',
    verdicts: [
      { subject: 'cluster:K1', kinds: ['PROBER_FAULT'] },
      { subject: 'cluster:K2', kinds: ['PROBER_FAULT'] },
    ],
    outcome: { kind: 'nothing' },
    fault: async (scene) => {
      await setPasswordAt(scene, 'K1', 'rotated');
      await judged(scene, 'cluster:K1', 'PROBER_FAULT');
      await judged(scene, 'cluster:K2', 'HEALTHY');
      await revokeAt(scene, 'K2');
    },
    heal: async (scene) => {
      await putSecret(scene, 'K1', { password: 'rotated' });
      await setPasswordAt(scene, 'K2');
      for (const subject of ['cluster:K1', 'cluster:K2']) await judged(scene, subject, 'HEALTHY');
    },
  },
  {
    id: 'M19',
    title: "K1's brokers show a certificate of an authority that our functions do not know, then one that has expired",
    world: 'secured',
    verdicts: [
      { subject: 'cluster:K1', kinds: ['CONFIG_FAULT'] },
      { subject: 'cluster:K2', kinds: ['HEALTHY'] },
    ],
    outcome: { kind: 'asks', set: setOf('K1') },
    fault: async (scene) => {
      const { stranger, expired } = certificates();
      await showCertificate(scene.world.k1, RELATION, stranger);
      await judged(scene, 'cluster:K1', 'PROBER_FAULT');
      await showCertificate(scene.world.k1, RELATION, expired);
    },
    heal: ({ world }) => showCertificate(world.k1, RELATION, certificates().good),
  },
];
