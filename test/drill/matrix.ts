/** `npm run drill:matrix`: every trigger, with every cluster, under every policy: 12 drills. Exit code 0 only if all pass. */
import { CHOICES } from './options.ts';
import { playSeries } from './series.ts';
import type { SeriesRun } from './series.ts';

const runs: readonly SeriesRun[] = CHOICES.trigger.flatMap((trigger) =>
  CHOICES.fail.flatMap((fail) =>
    CHOICES.policy.map((policy) => ({
      name: `${trigger}-${fail}-${policy}`,
      args: ['--trigger', trigger, '--fail', fail, '--policy', policy],
    })),
  ),
);

if (process.argv.length > 2) {
  console.error(
    `npm run drill:matrix takes no arguments, but got ${process.argv.slice(2).join(' ')}; for one combination: npm run drill -- --trigger ... --fail ... --policy ...`,
  );
  process.exitCode = 2;
} else {
  console.log(
    `${runs.length} drills, about 2 to 3 minutes each on two cores. Ctrl-C ends the running one and prints the table so far.`,
  );
  process.exitCode = await playSeries(runs, 'drill-report');
}
