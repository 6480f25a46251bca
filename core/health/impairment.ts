/** How much of a cluster does not serve, as one look at it tells. */
import type { ClusterObservation, Impairment, ProtectedLook } from '../contracts/observations.ts';

/** Undefined: nothing that was looked at fails. */
export function impairmentOf({ canary, protected: sets = {} }: ClusterObservation): Impairment | undefined {
  const canaryShare = canary ? share(canary.failed, canary.partitions) : 0;
  const looks = Object.entries(sets).map(
    ([set, look]) => [set, { share: shareOf(look), topics: look.impairedTopics }] as const,
  );
  const impaired = canaryShare > 0 || looks.some(([, look]) => look.share > 0);
  return impaired ? { canaryShare, sets: Object.fromEntries(looks) } : undefined;
}

/** A group without a coordinator can no more work than one whose partitions are gone: the worse share counts. */
const shareOf = (look: ProtectedLook): number =>
  Math.max(
    share(look.offline + (look.belowMinIsr ?? 0), look.partitions),
    share(look.withoutCoordinator ?? 0, look.groups ?? 0),
  );

const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, part / whole) : 0);

export const percent = (value: number): string => `${Math.round(value * 100)} %`;

/** `clients-k1: 34 % of its partitions or groups (orders)`, for sets that are hit. */
export const impairmentSentence = ({ canaryShare, sets }: Impairment): string =>
  [
    ...(canaryShare > 0 ? [`${percent(canaryShare)} of the canary partitions take no record`] : []),
    ...Object.entries(sets)
      .filter(([, hit]) => hit.share > 0)
      .map(
        ([set, { share: of, topics }]) =>
          `${percent(of)} of the partitions or groups of ${set} do not serve${topics.length > 0 ? ` (${topics.join(', ')})` : ''}`,
      ),
  ].join(', ');

/** The worse of two looks, set by set. */
export function worseOf(one: Impairment | undefined, other: Impairment | undefined): Impairment | undefined {
  if (!one || !other) return one ?? other;
  const sets = { ...one.sets };
  for (const [set, hit] of Object.entries(other.sets)) {
    const present = sets[set];
    sets[set] = {
      share: Math.max(present?.share ?? 0, hit.share),
      topics: [...new Set([...(present?.topics ?? []), ...hit.topics])].sort(),
    };
  }
  return { canaryShare: Math.max(one.canaryShare, other.canaryShare), sets };
}
