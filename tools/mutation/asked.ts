/** What was typed behind `npm run mutation --`. */
import { parseArgs } from 'node:util';
import { ordersFor, PARTS, type Order } from './parts.ts';
import type { RunOptions } from './stryker.ts';

export const HELP = `npm run mutation -- [<folder or file> ...] [--incremental] [--workers <number>]

  <folder or file>   one of ${PARTS.map(({ folder }) => folder).join(', ')},
                     a file of these, or lines of one: core/health/window.ts:60-90; none = all of them
  --incremental      only what has changed since the last run
  --workers          test runners at once (1)`;

export type Asked =
  | { readonly kind: 'run'; readonly orders: readonly Order[]; readonly options: RunOptions }
  | { readonly kind: 'help' }
  | { readonly kind: 'nonsense'; readonly sentence: string };

export function readAsked(args: readonly string[]): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        incremental: { type: 'boolean', default: false },
        workers: { type: 'string', default: '1' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    if (!/^[1-9]\d?$/.test(values.workers))
      return { kind: 'nonsense', sentence: `--workers is "${values.workers}"; allowed: a whole number from 1 to 99` };
    const options = { incremental: values.incremental, workers: Number(values.workers) };
    return { kind: 'run', orders: ordersFor(positionals), options };
  } catch (error) {
    return { kind: 'nonsense', sentence: (error as Error).message };
  }
}
