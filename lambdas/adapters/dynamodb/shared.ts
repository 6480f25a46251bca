/**
 * The table above the pairs, one per region. Reads are strongly consistent.
 *
 * | record | pk | sk | rule of writing |
 * |---|---|---|---|
 * | Pause of every pair | `pauses` | `all` | replaced; expires when it ends |
 */
import type { PairConfig } from '../../../core/config/schema.ts';
import { Pause } from '../../../core/contracts/tables.ts';
import type { SharedLimits } from '../../ports.ts';
import { dynamoTable } from './table.ts';

const EVERY_PAIR = { pk: 'pauses', sk: 'all' } as const;

/** null where the configuration names no such table. */
export function dynamoSharedLimits(
  { shared }: PairConfig,
  { region }: { readonly region: string },
): SharedLimits | null {
  if (shared === undefined) return null;
  const table = dynamoTable({ region, table: shared.table });
  return {
    table: shared.table,
    pause: () => table.get(EVERY_PAIR, Pause),
    putPause: async (pause) => {
      await table.put(EVERY_PAIR, Pause.parse(pause), { expiresAtMs: pause.untilMs });
    },
    removePause: () => table.remove(EVERY_PAIR, { expression: 'attribute_exists(pk)', values: {} }),
  };
}
