/** Changes of a client set's state under its optimistic lock: read, decide, write if nobody wrote meanwhile, else anew. */
import type { SetState } from '../../core/contracts/tables.ts';
import type { ControlTable } from '../ports.ts';

export type SetChange<T> =
  | { readonly kind: 'write'; readonly next: SetState; readonly result: T }
  | { readonly kind: 'leave'; readonly result: T };

/** More conflicts than writers exist (one step, reconcile, a person): beyond this something is writing in a loop. */
const ATTEMPTS = 8;

/**
 * Applies `change` to the newest state. `change` is called again after each conflict, so it must decide from its
 * argument alone. Throws when the table cannot be used, or after eight conflicts.
 */
export async function changeSet<T>(
  control: Pick<ControlTable, 'readSet' | 'writeSet'>,
  clientSet: string,
  change: (state: SetState | null) => SetChange<T>,
): Promise<T> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const decided = change(await control.readSet(clientSet));
    if (decided.kind === 'leave') return decided.result;
    if ((await control.writeSet(decided.next)) === 'written') return decided.result;
  }
  throw new Error(
    `the state of client set "${clientSet}" changed under us ${ATTEMPTS} times in a row; find out who writes it all the time`,
  );
}
