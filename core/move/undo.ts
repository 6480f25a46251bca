/** Whether a switchover may be taken back, so that no record is left where nobody reads it. */
import type { PlacedSet } from '../config/pair.ts';
import type { Claim, SetState } from '../contracts/tables.ts';

export type UndoDecision =
  | { readonly kind: 'undo' }
  /** Somebody has said so already. */
  | { readonly kind: 'already'; readonly sentence: string }
  | { readonly kind: 'refused'; readonly sentence: string };

/**
 * Until consumers are told to go. What producers wrote at the refuge meanwhile is processed by the members that live
 * there: a shared group has some, a home-only group has none. So with a home-only group it goes only while producers
 * hold (`per-key`), or before they were told to leave; else the way home is forward, and then by failback.
 */
export function decideUndo(state: SetState, placed: PlacedSet): UndoDecision {
  const { open, phase, epoch } = state;
  const set = `"${placed.name}"`;
  if (open?.move !== 'switchover')
    return refused(
      `${set} is in no switchover: ${open ? `the ${open.move} of epoch ${open.epoch} is open` : `epoch ${epoch} is closed, phase ${phase}`}; only a switchover can be undone`,
    );
  if (open.undo !== undefined)
    return {
      kind: 'already',
      sentence: `the switchover of epoch ${open.epoch} is being undone already, by ${open.undo.by}`,
    };
  if (phase === 'refuge')
    return refused(
      `consumers of ${set} are told to go to ${placed.refuge} already; let the switchover end, then go home by "start" (a failback)`,
    );
  const nobodyThere = placed.set.groups.filter(({ mode }) => mode === 'home-only').map(({ id }) => id);
  if (phase === 'leaving' && placed.set.ordering === 'availability' && nobodyThere.length > 0)
    return refused(
      `producers of ${set} write at ${placed.refuge} already, and ${nobodyThere.join(', ')} (home-only) has nobody there to process it; let the switchover end, then go home by "start" (a failback)`,
    );
  return { kind: 'undo' };
}

const refused = (sentence: string): UndoDecision => ({ kind: 'refused', sentence });

export const undoSentence = (
  { by, reason }: NonNullable<Claim['undo']>,
  { epoch, clientSet }: { readonly epoch: number; readonly clientSet: string },
): string => `the switchover of "${clientSet}" (epoch ${epoch}) is taken back by ${by}: ${reason}`;
