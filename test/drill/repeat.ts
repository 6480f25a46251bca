/** `npm run drill:repeat -- 10 [options of the drill]`: the same drill again and again. Exit code 0 only if all pass. */
import { readOptions } from './options.ts';
import { BadOption, helpOf } from './typed.ts';
import { playSeries } from './series.ts';

const [times = '10', ...args] = process.argv.slice(2);
const problem = problemWith(times, args);
if (problem === undefined) {
  const digits = times.length;
  const runs = Array.from({ length: Number(times) }, (_, i) => ({
    name: `run-${String(i + 1).padStart(digits, '0')}`,
    args,
  }));
  process.exitCode = await playSeries(runs, 'drill-report/repeat');
} else {
  console.error(problem);
  process.exitCode = 2;
}

/** Asked here once, so that a typing error does not cost ten starts. */
function problemWith(count: string, options: readonly string[]): string | undefined {
  if (!/^[1-9]\d{0,2}$/.test(count))
    return `how often is "${count}"; allowed: 1 to 999. For example: npm run drill:repeat -- 10 --fail K2`;
  try {
    const { step, keep, help } = readOptions(options);
    if (help) return helpOf('repeat');
    return step || keep ? '--step and --keep are for a single drill: npm run drill -- --help' : undefined;
  } catch (error) {
    if (error instanceof BadOption) return error.message;
    throw error;
  }
}
