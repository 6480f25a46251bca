/** A valid routing value of client set `clients-k1`, at home, with whatever a test wants different. */
import type { Routing } from '../../../core/contracts/routing.ts';

const endpoint = (cluster: string, bootstrapServers: readonly string[]) => ({
  cluster,
  bootstrapServers: [...bootstrapServers],
  auth: `${cluster.toLowerCase()}-clients`,
});

export const clientRouting = (changes: Partial<Routing> = {}): Routing => ({
  schema: 1,
  pair: 'orders',
  clientSet: 'clients-k1',
  epoch: 1,
  revision: 1,
  phase: 'home',
  producers: { ...endpoint('K1', ['k1.example:9092']), state: 'active' },
  consumers: { ...endpoint('K1', ['k1.example:9092']), read: 'local' },
  topics: ['orders'],
  remotePrefix: 'K1.',
  controlRegion: 'eu-central-1',
  bus: 'mm2-failover',
  pollSeconds: 5,
  cause: 'first value',
  issuedAt: '2026-11-22T10:00:00Z',
  ...changes,
});

/** Producers and consumers of the value at one cluster. */
export const at = (
  cluster: string,
  bootstrapServers: readonly string[],
  read: Routing['consumers']['read'] = 'local',
  state: Routing['producers']['state'] = 'active',
): Pick<Routing, 'producers' | 'consumers'> => ({
  producers: { ...endpoint(cluster, bootstrapServers), state },
  consumers: { ...endpoint(cluster, bootstrapServers), read },
});
