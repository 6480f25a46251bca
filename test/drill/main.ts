/** `npm run drill`: the whole story on real parts, once. Exit code 0 only if every promise holds. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { repositoryRoot } from '../support/world/paths.ts';
import { WorldBusy } from '../support/world/world.ts';
import { checkRun } from './checker/invariants.ts';
import { gatherRun } from './evidence.ts';
import { BadOption, HELP, readOptions } from './options.ts';
import type { DrillOptions } from './options.ts';
import { summary } from './report/terminal.ts';
import { setTheStage } from './stage.ts';
import { play } from './story.ts';

const begun = performance.now();
const say = (line: string): void => console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}`);

async function drill(options: DrillOptions): Promise<number> {
  console.log(`Drill: ${options.fail} is lost (trigger ${options.trigger}, policy ${options.policy}). Starting two Kafka clusters, MirrorMaker 2 both ways and the AWS emulator.`);
  const stage = await setTheStage(options, say);
  try {
    const acts = await play(stage, options, { say, pause: pauser(options) });
    const run = await gatherRun(stage, options, acts);
    const verdict = checkRun(run);
    const folder = join(repositoryRoot, 'drill-report');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'report.json'), JSON.stringify({ options, verdict, marks: run.marks, seen: run.seen, decisions: run.decisions, stated: run.stated }, plain, 2));
    console.log(summary(run, verdict));
    const lost = verdict.counts.reduce((sum, c) => sum + c.lost.length, 0);
    console.log(`\n${verdict.passed ? 'PASSED' : 'FAILED'}: ${lost} lost of ${verdict.facts.acknowledged.size} acknowledged records, ${verdict.facts.tail.size} of them in the tail. Report: drill-report/report.json`);
    if (options.keep) await keep();
    return verdict.passed ? 0 : 1;
  } catch (error) {
    console.error(`\nFAILED: ${error instanceof Error ? error.message : String(error)}\nLogs: ${stage.world.folder}`);
    return 1;
  } finally {
    stage.observer.halt();
    await stage.world.stop();
    say('everything is stopped');
  }
}

const plain = (_key: string, value: unknown): unknown => {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries(value as Map<string, unknown>);
  return value instanceof Set ? [...(value as Set<unknown>)] : value;
};

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
