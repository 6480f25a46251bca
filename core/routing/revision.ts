/** Which routing value counts. Revisions only grow; a value is never compared by its time. */
import type { Routing } from '../contracts/routing.ts';

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

/** Would clients that have seen `other` ignore `ours`? They accept only a higher revision, whatever it says. */
export const outruns = (other: Routing, ours: Routing): boolean =>
  other.revision > ours.revision || (other.revision === ours.revision && !sameRouting(other, ours));

/** Equal in every field, whatever the order of keys. */
export const sameRouting = (a: Routing, b: Routing): boolean => canonical(a) === canonical(b);

/** JSON with sorted keys: one text per value. */
const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a.localeCompare(b)))
      : inner,
  );
