/**
 * Observations of one region.
 *
 * | record | pk | sk | read by |
 * |---|---|---|---|
 * | ClusterObservation | `cluster#<alias>` | `<atMs, 15 digits>#<vantage>` | clustersSince: range from an instant |
 * | FlowObservation | `flow#<source>-><target>` | `<atMs, 15 digits>#<vantage>` | flowsSince: range from an instant, or between two |
 * | SetObservation | `set#<client set>` | `newest` | newestSet; an older one never replaces a newer one |
 * | ReadinessLook | `set#<client set>` | `readiness` | newestReadiness; an older one never replaces a newer one |
 * | lease of a loop | `lease#<name>` | `lease` | holdsLease; the newest taker replaces every earlier one |
 *
 * Everything but leases carries `expiresAt` (TTL, epoch seconds), a day after it was observed.
 */
import * as z from 'zod';
import { names } from '../../../core/config/pair.ts';
import { ClusterObservation, FlowObservation, SetObservation } from '../../../core/contracts/observations.ts';
import { ReadinessLook } from '../../../core/contracts/readiness.ts';
import type { Observations } from '../../ports.ts';
import { dynamoTable } from './table.ts';
import { newest, throughKey, timeKey } from './keys.ts';

const KEEP_MS = 24 * 3_600_000;
const Lease = z.object({ owner: z.string() });

export function dynamoObservations(place: { readonly pair: string; readonly region: string }): Observations {
  const table = dynamoTable({ region: place.region, table: names.observationsTable(place.pair) });
  const flow = (source: string, target: string) => `flow#${source}->${target}`;
  const putTimed = async (pk: string, seen: ClusterObservation | FlowObservation) => {
    await table.put({ pk, sk: `${timeKey(seen.atMs)}#${seen.vantage}` }, seen, { expiresAtMs: seen.atMs + KEEP_MS });
  };
  return {
    putCluster: async (seen) => putTimed(`cluster#${seen.cluster}`, ClusterObservation.parse(seen)),
    putFlow: async (seen) => putTimed(flow(seen.source, seen.target), FlowObservation.parse(seen)),
    putSet: async (seen) => {
      const { atMs } = seen;
      await table.put({ pk: `set#${seen.clientSet}`, sk: 'newest' }, SetObservation.parse(seen), {
        ...newest(atMs),
        expiresAtMs: atMs + KEEP_MS,
      });
    },
    putReadiness: async (look) => {
      await table.put({ pk: `set#${look.clientSet}`, sk: 'readiness' }, ReadinessLook.parse(look), {
        ...newest(look.atMs),
        expiresAtMs: look.atMs + KEEP_MS,
      });
    },
    clustersSince: (cluster, sinceMs) =>
      table.query(`cluster#${cluster}`, ClusterObservation, { from: timeKey(sinceMs) }),
    flowsSince: (source, target, sinceMs, untilMs) =>
      table.query(flow(source, target), FlowObservation, {
        from: timeKey(sinceMs),
        ...(untilMs === undefined ? {} : { to: throughKey(untilMs) }),
      }),
    newestSet: (clientSet) => table.get({ pk: `set#${clientSet}`, sk: 'newest' }, SetObservation),
    newestReadiness: (clientSet) => table.get({ pk: `set#${clientSet}`, sk: 'readiness' }, ReadinessLook),
    takeLease: async (name, owner) => {
      await table.put({ pk: `lease#${name}`, sk: 'lease' }, { owner });
    },
    holdsLease: async (name, owner) => (await table.get({ pk: `lease#${name}`, sk: 'lease' }, Lease))?.owner === owner,
  };
}
