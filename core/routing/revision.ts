/** Which routing value counts. Revisions only grow; a value is never compared by its time. */
import type { Routing } from '../contracts/routing.ts';

/** Whose value a client obeys. */
export interface RoutingIdentity {
  readonly pair: string;
  readonly clientSet: string;
}

export type RoutingOffer =
  | { readonly kind: 'apply' }
  /** The revision already obeyed: nothing to do but to repeat the acknowledgement. */
  | { readonly kind: 'same' }
  | { readonly kind: 'refuse'; readonly because: string };

/** What a client does with a value it read. `current` is null before it ever obeyed one. */
export function judgeOffer(
  current: Pick<Routing, 'revision'> | null,
  offered: Routing,
  me: RoutingIdentity,
): RoutingOffer {
  if (offered.pair !== me.pair || offered.clientSet !== me.clientSet)
    return {
      kind: 'refuse',
      because: `the value is for ${offered.pair}/${offered.clientSet}, this client belongs to ${me.pair}/${me.clientSet}`,
    };
  if (current === null || offered.revision > current.revision) return { kind: 'apply' };
  if (offered.revision === current.revision) return { kind: 'same' };
  return {
    kind: 'refuse',
    because: `revision ${offered.revision} is older than ${current.revision}, which this client obeys`,
  };
}

export interface RegionValue {
  readonly region: string;
  readonly routing: Routing;
}

/** The newest of several regions' values: highest revision, then highest epoch, then the first listed. Null of none. */
export const newestOf = (values: readonly RegionValue[]): RegionValue | null =>
  values.reduce<RegionValue | null>(
    (best, value) => (best === null || isNewer(value.routing, best.routing) ? value : best),
    null,
  );

const isNewer = (a: Routing, b: Routing): boolean =>
  a.revision > b.revision || (a.revision === b.revision && a.epoch > b.epoch);

/** What one region said when a client started. */
export type StartReading =
  | { readonly kind: 'value'; readonly region: string; readonly routing: Routing }
  | { readonly kind: 'none'; readonly region: string; readonly because: string };

export type StartDecision =
  { readonly kind: 'start'; readonly routing: Routing } | { readonly kind: 'wait'; readonly because: string };

/**
 * Where a client without a remembered revision starts: with the highest value of all listed regions. A consumer waits
 * while the controlling region cannot be read, because an older value elsewhere would put it on a cluster its group
 * has left (two clusters under one group). A producer may start: a late write at the old place is tail, not loss.
 */
export function decideStart(readings: readonly StartReading[], role: 'producer' | 'consumer'): StartDecision {
  const values = readings.flatMap((reading) => (reading.kind === 'value' ? [reading] : []));
  const newest = newestOf(values);
  if (newest === null)
    return { kind: 'wait', because: `no listed region has a usable routing value (${describeMissing(readings)})` };
  const control = newest.routing.controlRegion;
  if (role === 'consumer' && !values.some((value) => value.region === control))
    return {
      kind: 'wait',
      because: `the controlling region ${control} could not be read; a consumer does not start on another region's word`,
    };
  return { kind: 'start', routing: newest.routing };
}

const describeMissing = (readings: readonly StartReading[]): string =>
  readings
    .flatMap((reading) => (reading.kind === 'none' ? [`${reading.region}: ${reading.because}`] : []))
    .join('; ') || 'none listed';

/** Equal in every field, whatever the order of keys. */
export const sameRouting = (a: Routing, b: Routing): boolean => canonical(a) === canonical(b);

/** Equal but for what each publish writes anew: revision, cause and time. */
export const sameInstruction = (a: Routing, b: Routing): boolean =>
  canonical({ ...a, revision: 1, cause: '', issuedAt: '' }) ===
  canonical({ ...b, revision: 1, cause: '', issuedAt: '' });

/** JSON with sorted keys: one text per value. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
