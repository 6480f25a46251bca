/** `npm run drill`: the whole story on real parts, once. Exit code 0 only if every promise holds. */
import { isAbsolute, join, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { repositoryRoot } from '../support/world/paths.ts';
import { WorldBusy } from '../support/world/world.ts';
import { checkRun } from './checker/invariants.ts';
import { gatherRun } from './evidence.ts';
import { BadOption, HELP, readOptions } from './options.ts';
import type { DrillOptions } from './options.ts';
import { buildReport } from './report/build.ts';
import { glanceAt } from './report/glance.ts';
import { Progress } from './report/progress.ts';
import { summary } from './report/terminal.ts';
import { removeReport, writeReport } from './report/write.ts';
import { setOf, setTheStage } from './stage.ts';
import { play } from './story.ts';

const progress = new Progress(process.stdout, { live: !process.argv.includes('--step') });
const { say } = progress;

async function drill(options: DrillOptions): Promise<number> {
  console.log(
    `Drill: ${options.fail} is lost (trigger ${options.trigger}, policy ${options.policy}). Starting two Kafka clusters, MirrorMaker 2 both ways and the AWS emulator.`,
  );
  const folder = reportFolder(options);
  removeReport(folder);
  const stage = await setTheStage(options, say);
  try {
    progress.follow(() => glanceAt(stage, setOf(options.fail)));
    const acts = await play(stage, options, { say, pause: pauser(options) });
    const run = await gatherRun(stage, options, acts);
    const verdict = checkRun(run);
    progress.stop();
    writeReport(
      folder,
      buildReport({
        run,
        verdict,
        curves: stage.observer.curves,
        config: stage.config,
        options,
        took: stage.took,
        nowMs: Date.now(),
      }),
    );
    console.log(summary(run, verdict));
    const lost = verdict.counts.reduce((sum, c) => sum + c.lost.length, 0);
    console.log(
      `\n${verdict.passed ? 'PASSED' : 'FAILED'}: ${lost} lost of ${verdict.facts.acknowledged.size} acknowledged records, ${verdict.facts.tail.size} of them in the tail. Report: ${relative(process.cwd(), join(folder, 'index.html'))}`,
    );
    if (options.keep) await keep();
    return verdict.passed ? 0 : 1;
  } catch (error) {
    progress.stop();
    console.error(`\nFAILED: ${error instanceof Error ? error.message : String(error)}\nLogs: ${stage.world.folder}`);
    return 1;
  } finally {
    stage.observer.halt();
    await stage.world.stop();
    say('everything is stopped');
  }
}

/** Relative to the clone, so that the command may be typed anywhere in it. */
const reportFolder = ({ report }: DrillOptions): string => (isAbsolute(report) ? report : join(repositoryRoot, report));

function pauser(options: DrillOptions): (what: string) => Promise<void> {
  if (!options.step) return async () => undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  return async (what) => {
    await terminal.question(`\nNext: ${what}. Press Enter. `);
  };
}

async function keep(): Promise<void> {
  console.log('Kept running; Ctrl-C ends everything.');
  await new Promise<never>(() => undefined);
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.help) {
      console.log(HELP);
      return 0;
    }
    return await drill(options);
  } catch (error) {
    if (error instanceof BadOption || error instanceof WorldBusy) console.error(error.message);
    else console.error(error);
    return 2;
  }
}

process.exitCode = await main();
