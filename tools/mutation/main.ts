/** `npm run mutation [-- <folder or file> ...]`: breaks the judgement on purpose and asks its tests to notice. Exit code 1 below 100 %. */
import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { controlProblems } from './control.ts';
import { ordersFor } from './parts.ts';
import type { Order } from './parts.ts';
import { scoreOf } from './score.ts';
import { describeMutant, mutationRun, reportOf, REPORTS, ROOT } from './stryker.ts';
import type { RunOptions } from './stryker.ts';

async function measure(order: Order, options: RunOptions): Promise<boolean> {
  const begun = performance.now();
  const { detected, missed, leftOut, strange, percent, complete } = scoreOf(await mutationRun(order, options));
  for (const mutant of [...missed, ...strange]) console.log(describeMutant(mutant));
  const took = ((performance.now() - begun) / 1000).toFixed(0);
  console.log(
    `${order.mutate.join(' ')}: ${percent.toFixed(2)} %, ${detected.length} of ${detected.length + missed.length} mutants noticed, ${leftOut.length} left out, ${took} s (${reportOf(order, 'html')})`,
  );
  return complete;
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { incremental: { type: 'boolean', default: false }, workers: { type: 'string', default: '1' } },
});
process.chdir(ROOT);
mkdirSync(REPORTS, { recursive: true });
const orders = ordersFor(positionals);
const problems = await controlProblems();
for (const problem of problems) console.log(`control: ${problem}`);
let complete = problems.length === 0;
if (complete)
  for (const order of orders)
    complete = (await measure(order, { incremental: values.incremental, workers: Number(values.workers) })) && complete;
process.exitCode = complete ? 0 : 1;
