/** Whether home's positions are what the seeds of the remote topics follow, and whether they are only to be kept. */
import type { SetState } from '../contracts/tables.ts';
import { isAway } from './old-side.ts';

/**
 * Why they are not; undefined = they are. At home they are, until a claim. After a switchover too: home is well, its
 * positions stand still where it was finished, and nobody reads the remote topics, so seeds go on until they are there.
 */
export function whyHomeDoesNotLead({ open, phase, leftHomeBy }: SetState): string | undefined {
  const leaves = leftHomeBy === 'switchover' && (phase === 'leaving' || phase === 'refuge');
  if (phase !== 'home' && !leaves) return `the set is in phase ${phase}`;
  if (open !== undefined && !(leaves && open.move === 'switchover')) return `epoch ${open.epoch} is open`;
  return undefined;
}

/** Why positions at home are not merely to be kept as they stand; undefined = they are: the set is away, and no way home is open. */
export function whyHomeDoesNotRest({ open, phase, leftHomeAtMs }: SetState): string | undefined {
  if (!isAway(phase) || leftHomeAtMs === undefined) return `the set is in phase ${phase}`;
  return open?.move === 'failback' ? `epoch ${open.epoch} leads home` : undefined;
}
