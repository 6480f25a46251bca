/** One run of Stryker over a part of the code, with that part's tests. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { LogLevel, MutantResult, PartialStrykerOptions } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { covers } from './parts.ts';
import type { Order } from './parts.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
export const REPORTS = '.cache/mutation';

export interface RunOptions {
  /** Judge only what has changed since the last run; that knows mutants and tests, not builders, and not mutants that act while modules load. */
  readonly incremental: boolean;
  /** Test runners at once. */
  readonly workers: number;
}

export const reportOf = ({ part }: Order, suffix: string): string =>
  `${REPORTS}/${part.folder.replaceAll('/', '-')}.${suffix}`;

/** Mutants that were asked for; Stryker tells those that it remembers of other files as well. */
export async function mutationRun(order: Order, options: RunOptions): Promise<readonly MutantResult[]> {
  const results = await new Stryker(optionsFor(order, options)).runMutationTest();
  return results.filter(({ fileName, location }) =>
    covers(order, { file: relative(ROOT, fileName), line: location.start.line }),
  );
}

const optionsFor = (order: Order, { incremental, workers }: RunOptions): PartialStrykerOptions => ({
  mutate: [...order.mutate],
  testRunner: 'in-process',
  inProcess: { tests: order.part.tests },
  plugins: [join(import.meta.dirname, 'runner.ts'), join(import.meta.dirname, 'sentences.ts')],
  ignorers: ['sentences'],
  // A mutant meets the tests that reach it, no others.
  coverageAnalysis: 'perTest',
  // Types are stripped, never checked: nothing to switch off, and no checker to ask.
  disableTypeChecks: false,
  checkers: [],
  concurrency: workers,
  // Endless loops are told by how often a mutant is met; a busy machine must not pass for one.
  timeoutMS: 120_000,
  // Modules that were loaded for one mutant stay in memory.
  maxTestRunnerReuse: 200,
  incremental,
  incrementalFile: reportOf(order, 'incremental.json'),
  tempDirName: `${REPORTS}/sandbox`,
  cleanTempDir: 'always',
  ignorePatterns: ['.cache', '.ci', 'build', 'cdk.out', 'drill-report', 'coverage'],
  reporters: ['html', 'json', 'progress-append-only'],
  htmlReporter: { fileName: reportOf(order, 'html') },
  jsonReporter: { fileName: reportOf(order, 'json') },
  // The score is judged here, not by Stryker.
  thresholds: { high: 100, low: 100, break: null },
  // That mutants of code which runs while modules load take longer is known, and they are cheap here.
  warnings: { slow: false, unknownOptions: true, preprocessorErrors: true, unserializableOptions: true },
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- a const enum, which code whose types are stripped cannot name
  logLevel: 'warn' as LogLevel,
  allowConsoleColors: false,
});

/** `core/health/window.ts:90:12 EqualityOperator Survived: a > b -> a >= b`. */
export function describeMutant({ fileName, location, mutatorName, replacement, status }: MutantResult): string {
  const { start, end } = location;
  const lines = readFileSync(fileName, 'utf8')
    .split('\n')
    .slice(start.line - 1, end.line);
  lines.push((lines.pop() ?? '').slice(0, end.column - 1));
  lines.unshift((lines.shift() ?? '').slice(start.column - 1));
  const short = (text: string) => text.replaceAll(/\s+/g, ' ').slice(0, 100);
  return `${relative(ROOT, fileName)}:${start.line}:${start.column} ${mutatorName} ${status}: ${short(lines.join('\n'))} -> ${short(replacement)}`;
}
