/** `npm run drill`: the whole story on real parts, once. Exit code 0 only if every promise holds (--naive: if it could be measured). */
import { existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { repositoryRoot } from '../support/world/paths.ts';
import { WorldBusy } from '../support/world/world.ts';
import { checkRun } from './checker/invariants.ts';
import { gatherRun } from './evidence.ts';
import { Interruptions, interruptionProblems } from './interruptions.ts';
import { Killings, killingProblems } from './killings.ts';
import { playNaively } from './naive/runbook.ts';
import { setNaiveStage } from './naive/stage.ts';
import { HELP, readOptions } from './options.ts';
import { BadOption } from './typed.ts';
import type { DrillOptions } from './drill-options.ts';
import { buildReport } from './report/build.ts';
import { glanceAt } from './report/glance.ts';
import { Progress } from './report/progress.ts';
import { readReport } from './report/shape.ts';
import type { Report } from './report/shape.ts';
import { naiveConclusion, notComparable, sideBySide } from './report/side-by-side.ts';
import { summary } from './report/terminal.ts';
import { removeReport, writeReport } from './report/write.ts';
import { setOf } from './pair.ts';
import { SCENARIOS } from './scenarios/list.ts';
import { playScenarios } from './scenarios/play.ts';
import { setTheStage } from './stage.ts';
import { play } from './story.ts';

const progress = new Progress(process.stdout, { live: !process.argv.includes('--step') });
const { say } = progress;

async function drill(options: DrillOptions): Promise<number> {
  console.log(
    options.naive
      ? `Naive run: ${options.fail} is lost, and a person moves plain clients by a runbook. Starting two Kafka clusters and MirrorMaker 2 both ways.`
      : `Drill: ${options.fail} is lost (trigger ${options.trigger}, policy ${options.policy}). Starting two Kafka clusters, MirrorMaker 2 both ways and the AWS emulator.`,
  );
  const folder = reportFolder(options);
  removeReport(folder);
  const stage = options.naive ? await setNaiveStage(options, say) : await setTheStage(options, say);
  try {
    progress.follow(() => glanceAt(stage, setOf(options.fail)));
    const director = { say, pause: pauser(options) };
    const interruptions =
      options.interrupt && stage.cloud !== undefined ? new Interruptions(stage, setOf(options.fail), say) : undefined;
    interruptions?.start();
    const killings =
      options.killClients && stage.cloud !== undefined
        ? new Killings(stage, { set: setOf(options.fail), home: options.fail }, say)
        : undefined;
    killings?.start();
    const record =
      stage.cloud !== undefined
        ? await gatherRun(stage, options, await play(stage, options, director))
        : await playNaively(stage, options, director);
    const interrupted = await interruptions?.stop();
    await killings?.stop();
    const run = killings === undefined ? record : { ...record, kills: killings.kills };
    const verdict = checkRun(run);
    progress.stop();
    const report = buildReport({
      run,
      verdict,
      curves: stage.observer.curves,
      config: stage.config,
      options,
      took: stage.took,
      nowMs: Date.now(),
    });
    writeReport(folder, report);
    console.log(summary(report));
    const code = options.naive
      ? concludeNaively(report, folder)
      : conclude(report, folder, [...interruptionProblems(interrupted), ...killingProblems(killings?.kills)]);
    if (options.keep) await keep();
    return code;
  } catch (error) {
    progress.stop();
    if (stage.world.owner.isStopping) return 130; // Ctrl-C, which has been told; that the story then fails is no news
    console.error(`\nFAILED: ${error instanceof Error ? error.message : String(error)}\nLogs: ${stage.world.folder}`);
    return 1;
  } finally {
    stage.observer.halt();
    await stage.world.stop();
    say('everything is stopped');
  }
}

function conclude({ passed: holds, groups, totals }: Report, folder: string, missed: readonly string[]): 0 | 1 {
  const passed = holds && missed.length === 0;
  for (const sentence of missed) console.log(sentence);
  const lost = groups.reduce((sum, group) => sum + group.lost, 0);
  console.log(
    `\n${passed ? 'PASSED' : 'FAILED'}: ${lost} lost of ${totals.acknowledged} acknowledged records, ${totals.tail} of them in the tail. Report: ${relative(process.cwd(), join(folder, 'index.html'))}`,
  );
  return passed ? 0 : 1;
}

/** Broken promises are what a naive run is there to show; it fails only where it shows nothing. */
function concludeNaively(report: Report, folder: string): 0 | 1 {
  console.log(`\n${naiveConclusion(report)} Report: ${relative(process.cwd(), join(folder, 'index.html'))}`);
  const path = join(repositoryRoot, 'drill-report', 'report.json');
  const system = existsSync(path) ? readReport(readFileSync(path, 'utf8')) : undefined;
  const apart = notComparable(report, system);
  console.log(system === undefined || apart !== undefined ? apart : `\n${sideBySide(report, system)}`);
  return report.provesNothingBecause.length === 0 ? 0 : 1;
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

async function scenarios({ scenarios: ids, fail }: DrillOptions): Promise<number> {
  const chosen = SCENARIOS.filter(({ id }) => ids.includes(id));
  const parts = chosen.some(({ world }) => world !== 'own')
    ? ' Starting two Kafka clusters, MirrorMaker 2 both ways and the AWS emulator.'
    : '';
  console.log(`Scenarios ${ids.join(', ')}.${parts}`);
  const played = await playScenarios(chosen, fail, say);
  const failed = played.filter(({ problems }) => problems.length > 0);
  for (const { id, title, problems, seen } of played)
    console.log(
      `${problems.length === 0 ? 'passed' : 'FAILED'}  ${id}  ${title}: ${(problems.length === 0 ? seen : problems).join('; ')}`,
    );
  console.log(
    `\n${failed.length === 0 ? 'PASSED' : 'FAILED'}: ${played.length - failed.length} of ${ids.length} scenarios`,
  );
  return failed.length === 0 && played.length === ids.length ? 0 : 1;
}

async function main(): Promise<number> {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.help) {
      console.log(HELP);
      return 0;
    }
    return options.scenarios.length > 0 ? await scenarios(options) : await drill(options);
  } catch (error) {
    if (error instanceof BadOption || error instanceof WorldBusy) console.error(error.message);
    else console.error(error);
    return 2;
  }
}

process.exitCode = await main();
