import { expect, test } from '@jest/globals';
import type { ClusterProbe } from '../../../lambdas/ports.ts';
import { probeClusters } from '../../../lambdas/probe-clusters/probe-clusters.ts';
import { brokenAt, wholeLadder } from '../../support/builders/judgement.ts';
import { K2_REGION, pairConfig, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const config = pairConfig();
const climbs = (answers: Readonly<Record<string, () => ReturnType<ClusterProbe['climb']>>>): ClusterProbe => ({
  climb: (cluster) => answers[cluster]?.() ?? Promise.reject(new Error(`no ladder for ${cluster}`)),
});
const whole = async () => ({ cluster: 'K2', rungs: wholeLadder().rungs, canary: { partitions: 3, failed: 0 } });
const refused = async () => ({ cluster: 'K1', rungs: brokenAt('tcp', 'transport-failure').rungs });

test('each cluster is looked at once, and stored under this vantage at the time of the answer', async () => {
  const slow = climbs({
    K1: async () => {
      ports.clock.advance(3_000);
      return refused();
    },
    K2: whole,
  });
  const ports = fakePorts({ region: K2_REGION, probe: slow });
  await probeClusters(ports, config, { region: K2_REGION })();
  expect(await ports.observations.clustersSince('K1', 0)).toMatchObject([
    { pair: 'orders', cluster: 'K1', vantage: K2_REGION, atMs: TEN_O_CLOCK + 3_000 },
  ]);
  expect(await ports.observations.clustersSince('K2', 0)).toMatchObject([{ cluster: 'K2', canary: { failed: 0 } }]);
});

test('both ladders are climbed at once', async () => {
  let climbing = 0;
  let most = 0;
  const both = async () => {
    climbing += 1;
    most = Math.max(most, climbing);
    await Promise.resolve();
    climbing -= 1;
    return whole();
  };
  await probeClusters(fakePorts({ probe: climbs({ K1: both, K2: both }) }), config, { region: K2_REGION })();
  expect(most).toBe(2);
});

test('a prober that breaks leaves an observation that abstains, and the other cluster is still seen', async () => {
  const ports = fakePorts({ probe: climbs({ K1: () => Promise.reject(new Error('out of sockets')), K2: whole }) });
  const { sentence } = await probeClusters(ports, config, { region: K2_REGION })();
  expect(await ports.observations.clustersSince('K1', 0)).toMatchObject([
    { rungs: [{ kind: 'broke', errorClass: 'prober-fault-runtime', error: 'out of sockets' }] },
  ]);
  expect(sentence).toBe(
    'K1: abstain, up to no rung (dns: prober-fault-runtime (out of sockets)); K2: up, up to group-commit',
  );
});

test('an observation that could not be stored fails the turn, after the other one was stored', async () => {
  const ports = fakePorts({ probe: climbs({ K1: refused, K2: whole }) });
  ports.observations.faults.failNext('putCluster');
  await expect(probeClusters(ports, config, { region: K2_REGION })()).rejects.toThrow(
    '1 of 2 observations could not be stored',
  );
  expect(await ports.observations.clustersSince('K2', 0)).toHaveLength(1);
});

test('each vote is counted by cluster and vantage', async () => {
  const ports = fakePorts({ probe: climbs({ K1: refused, K2: whole }) });
  await probeClusters(ports, config, { region: K2_REGION })();
  expect(ports.metrics.points).toContainEqual({
    name: 'ProbeVote.down',
    value: 1,
    unit: 'Count',
    dimensions: { pair: 'orders', cluster: 'K1', vantage: K2_REGION },
  });
});
