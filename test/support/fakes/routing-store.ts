/** RoutingStore in memory, with faults per region; passes test/contracts/aws-routing-store.test.ts like the real one. */
import { MAX_ROUTING_BYTES, plainParameters, routingParameter, type Routing } from '../../../core/contracts/routing.ts';
import type { RoutingStore } from '../../../lambdas/ports.ts';

/**
 * - `unreachable`: nothing is read, nothing is written.
 * - `response-lost`: a write of the routing value is applied, but the caller is told `unreachable`, and the plain
 *   parameters, which come after it, stay as they were. Reads work.
 */
export type RegionFault = 'unreachable' | 'response-lost';

interface Parameter {
  readonly text: string;
  readonly version: number;
}

export interface FakeRoutingStore extends RoutingStore {
  fault(region: string, fault: RegionFault | 'none'): void;
  /** What is stored in a region, faults or not; null = no such parameter. */
  peek(region: string, path: string): Parameter | null;
  /** The routing value stored in a region, faults or not. */
  peekRouting(region: string, clientSet: string): Routing | null;
  /** Somebody edits a parameter by hand. */
  edit(region: string, path: string, text: string): void;
  /** Every routing value written, oldest first, also those whose response was lost. */
  readonly written: readonly { readonly region: string; readonly routing: Routing }[];
}

export function fakeRoutingStore(pair = 'orders'): FakeRoutingStore {
  const parameters = new Map<string, Parameter>();
  const faults = new Map<string, RegionFault>();
  const written: { region: string; routing: Routing }[] = [];
  const at = (region: string, path: string) => `${region} ${path}`;
  const peek = (region: string, path: string) => parameters.get(at(region, path)) ?? null;
  const put = (region: string, path: string, text: string) => {
    const present = peek(region, path);
    if (present?.text === text) return present.version;
    const version = (present?.version ?? 0) + 1;
    parameters.set(at(region, path), { text, version });
    return version;
  };
  const unreachable = (region: string) => ({ kind: 'unreachable', because: `${region}: fault injected` }) as const;
  return {
    written,
    peek,
    peekRouting: (region, clientSet) => {
      const parameter = peek(region, routingParameter(pair, clientSet));
      return parameter === null ? null : (JSON.parse(parameter.text) as Routing);
    },
    fault: (region, fault) => {
      if (fault === 'none') faults.delete(region);
      else faults.set(region, fault);
    },
    edit: (region, path, text) => void put(region, path, text),
    read: async (region, clientSet) => {
      if (faults.get(region) === 'unreachable') return unreachable(region);
      const parameter = peek(region, routingParameter(pair, clientSet));
      return parameter === null ? { kind: 'absent' } : { kind: 'present', ...parameter };
    },
    write: async (region, routing) => {
      const text = JSON.stringify(routing);
      if (Buffer.byteLength(text) > MAX_ROUTING_BYTES)
        throw new Error(
          `routing value of ${routing.clientSet} has ${Buffer.byteLength(text)} bytes; allowed: ${MAX_ROUTING_BYTES}`,
        );
      if (faults.get(region) === 'unreachable') return unreachable(region);
      const version = put(region, routingParameter(routing.pair, routing.clientSet), text);
      written.push({ region, routing });
      if (faults.get(region) === 'response-lost') return unreachable(region);
      for (const [path, value] of Object.entries(plainParameters(routing))) put(region, path, value);
      return { kind: 'written', version };
    },
    plainDrift: async (region, routing) => {
      if (faults.get(region) === 'unreachable') throw new Error(`${region}: fault injected`);
      return Object.entries(plainParameters(routing)).flatMap(([path, value]) =>
        peek(region, path)?.text === value ? [] : [path],
      );
    },
  };
}
