/** Pauses that are wider than a client set, from the pair's own table and from the one above the pairs. */
import type { ScopedPause } from '../../core/contracts/tables.ts';
import type { AbovePairs, WidePauses } from '../../core/move/pause.ts';
import type { Ports } from '../ports.ts';

/** The pair's own table has to answer; that the one above it does not is an answer too: unknown. */
export async function widePauses({ control, shared }: Pick<Ports, 'control' | 'shared'>): Promise<WidePauses> {
  const [own, above] = await Promise.all([control.pauses(), shared === null ? undefined : readAbove(shared)]);
  return above === undefined ? { pauses: own } : { pauses: [...own, ...above.pauses], abovePairs: above.abovePairs };
}

async function readAbove(
  shared: NonNullable<Ports['shared']>,
): Promise<{ readonly pauses: readonly ScopedPause[]; readonly abovePairs: AbovePairs }> {
  try {
    const pause = await shared.pause();
    return { pauses: pause === null ? [] : [{ ...pause, scope: { kind: 'all' } }], abovePairs: { kind: 'read' } };
  } catch (error) {
    return { pauses: [], abovePairs: { kind: 'unknown', because: unreadable(shared.table, error) } };
  }
}

export const unreadable = (table: string, error: unknown): string =>
  `shared table ${table} could not be read: ${error instanceof Error ? error.message : String(error)}`;
