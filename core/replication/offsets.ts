/**
 * Offsets of two different logs look alike and must never be mixed. These flavours cost nothing: a plain bigint fits
 * either, but one never fits the other.
 */
type Flavour<Space extends string> = bigint & { readonly space?: Space };

/** An offset of topic `t` on the source of a flow. */
export type UpstreamOffset = Flavour<'upstream'>;

/** An offset of the remote topic (`K1.t`) on the target of a flow. */
export type DownstreamOffset = Flavour<'downstream'>;

export const larger = <T extends bigint>(a: T, b: T): T => (a >= b ? a : b);
export const smaller = <T extends bigint>(a: T, b: T): T => (a <= b ? a : b);

/** Kafka answers -1 for "no commit", and some clients even store it: both mean that there is none. */
export const noNegative = <T extends bigint>(offset: T | null): T | null =>
  offset === null || offset < 0n ? null : offset;
