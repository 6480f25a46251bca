/** What the deployed functions have, on the clusters of a local world. */
import { readConfig } from '../../../core/config/read.ts';
import { kafkaPorts, type KafkaPorts } from '../../../lambdas/adapters/kafka/index.ts';
import type { World } from '../../support/world/world.ts';
import { noSecrets, silentLog } from './kafka.ts';

export const worldPorts = (
  world: World,
  replication: object = {},
): { kafka: KafkaPorts; config: ReturnType<typeof configOf> } => {
  const config = configOf(world, replication);
  return { config, kafka: kafkaPorts(config, noSecrets, silentLog) };
};

function configOf(world: World, replication: object) {
  const cluster = ({ bootstrapServers }: World['k1'], region: string) => ({
    region,
    bootstrapServers: [...bootstrapServers],
    auth: 'clients',
  });
  const reading = readConfig({
    schema: 1,
    pair: 'orders',
    clusters: { K1: cluster(world.k1, 'eu-west-1'), K2: cluster(world.k2, 'eu-central-1') },
    clientSets: { 'clients-k1': { home: 'K1', topics: ['orders'], groups: [{ id: 'g' }] } },
    replication,
  });
  if (reading.kind !== 'valid') throw new Error(JSON.stringify(reading.problems));
  return reading.config;
}
