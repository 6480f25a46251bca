/** Whether home's positions are what the seeds of the remote topics follow. */
import type { SetState } from '../contracts/tables.ts';

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
