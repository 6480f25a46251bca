/** `npm run mutation [-- <folder or file> ...]`: breaks the judgement on purpose and asks its tests to notice. Exit code 1 below 100 %, 2 for what cannot be asked. */
import { mkdirSync } from 'node:fs';
import { HELP, readAsked, type Asked } from './asked.ts';
import { controlProblems } from './control.ts';
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

async function run({ orders, options }: Extract<Asked, { kind: 'run' }>): Promise<boolean> {
  process.chdir(ROOT);
  mkdirSync(REPORTS, { recursive: true });
  const problems = await controlProblems();
  for (const problem of problems) console.log(`control: ${problem}`);
  let complete = problems.length === 0;
  if (complete) for (const order of orders) complete = (await measure(order, options)) && complete;
  return complete;
}

const asked = readAsked(process.argv.slice(2));
if (asked.kind === 'run') process.exitCode = (await run(asked)) ? 0 : 1;
else if (asked.kind === 'help') console.log(HELP);
else {
  console.error(`${asked.sentence}\n\n${HELP}`);
  process.exitCode = 2;
}
