/** Observations in memory; passes test/contracts/aws-observations.test.ts like the real table. */
import { ClusterObservation, FlowObservation, SetObservation } from '../../../core/contracts/observations.ts';
import { ReadinessLook } from '../../../core/contracts/readiness.ts';
import type { Observations } from '../../../lambdas/ports.ts';
import { withFaults, type Faults } from './faults.ts';
import { stored, timeKey } from './stored.ts';

export type FakeObservations = Observations & { readonly faults: Faults<Observations> };

export function fakeObservations(): FakeObservations {
  const clusters = stored(ClusterObservation);
  const flows = stored(FlowObservation);
  const sets = stored(SetObservation);
  const readiness = stored(ReadinessLook);
  const leases = new Map<string, string>();
  const since = <T extends { readonly atMs: number }>(list: readonly T[], sinceMs: number) =>
    list.filter(({ atMs }) => atMs >= sinceMs);
  return withFaults<Observations>({
    putCluster: async (seen) => clusters.put(`${seen.cluster}#${timeKey(seen.atMs)}#${seen.vantage}`, seen),
    putFlow: async (seen) => flows.put(`${seen.source}->${seen.target}#${timeKey(seen.atMs)}#${seen.vantage}`, seen),
    putSet: async (seen) => {
      if ((sets.get(seen.clientSet)?.atMs ?? 0) <= seen.atMs) sets.put(seen.clientSet, seen);
    },
    clustersSince: async (cluster, sinceMs) => since(clusters.list(`${cluster}#`), sinceMs),
    flowsSince: async (source, target, sinceMs, untilMs = Number.POSITIVE_INFINITY) =>
      since(flows.list(`${source}->${target}#`), sinceMs).filter(({ atMs }) => atMs <= untilMs),
    newestSet: async (clientSet) => sets.get(clientSet),
    putReadiness: async (look) => {
      if ((readiness.get(look.clientSet)?.atMs ?? 0) <= look.atMs) readiness.put(look.clientSet, look);
    },
    newestReadiness: async (clientSet) => readiness.get(clientSet),
    takeLease: async (name, owner) => void leases.set(name, owner),
    holdsLease: async (name, owner) => leases.get(name) === owner,
  });
}
