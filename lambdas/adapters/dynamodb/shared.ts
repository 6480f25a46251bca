/**
 * The table above the pairs, one per region. Reads are strongly consistent.
 *
 * | record | pk | sk | rule of writing |
 * |---|---|---|---|
 * | Pause of every pair | `pauses` | `all` | replaced; expires when it ends |
 * | PairMoves | `moves` | `all` | only if the stored `version` is one less |
 * | OutageReport | `reports` | `<pair>` | newest `atMs` stands; expires a day later |
 */
import type { PairConfig } from '../../../core/config/schema.ts';
import { OutageReport, PairMoves, Pause } from '../../../core/contracts/tables.ts';
import type { SharedLimits } from '../../ports.ts';
import { newest } from './keys.ts';
import { dynamoTable, type Table } from './table.ts';

const EVERY_PAIR = { pk: 'pauses', sk: 'all' } as const;
const MOVES = { pk: 'moves', sk: 'all' } as const;
const REPORTS = 'reports';
const KEEP_REPORTS_MS = 24 * 3_600_000;

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
    ...moves(table),
    ...reports(table),
  };
}

const moves = (table: Table): Pick<SharedLimits, 'moves' | 'writeMoves'> => ({
  moves: async () => (await table.get(MOVES, PairMoves)) ?? { moves: [], version: 0 },
  writeMoves: async (next) => {
    const condition =
      next.version === 1
        ? { expression: 'attribute_not_exists(pk)', values: {} }
        : { expression: 'version = :read', values: { ':read': next.version - 1 } };
    const attributes = { version: next.version };
    const written = await table.put(MOVES, PairMoves.parse(next), { attributes, condition });
    return written === 'written' ? 'written' : 'conflict';
  },
});

const reports = (table: Table): Pick<SharedLimits, 'reports' | 'putReport'> => ({
  reports: () => table.query(REPORTS, OutageReport),
  putReport: async (report) => {
    const expiresAtMs = report.atMs + KEEP_REPORTS_MS;
    const key = { pk: REPORTS, sk: report.pair };
    await table.put(key, OutageReport.parse(report), { ...newest(report.atMs), expiresAtMs });
  },
});
