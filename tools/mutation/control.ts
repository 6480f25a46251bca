/** Proof before belief: on code whose mutants are known, the dead are told from the living. */
import { readFileSync } from 'node:fs';
import type { MutantResult } from '@stryker-mutator/api/core';
import { mutationRun } from './stryker.ts';

const FOLDER = 'test/mutation';
const FILE = `${FOLDER}/control.ts`;

/** Beginning of the mutant's line, mutator, status, how many tests met it: those that reach it; all, up to the one that notices, where it acts while modules load. */
const EXPECTED: readonly string[] = [
  'isOld EqualityOperator Killed 1',
  'isYoung EqualityOperator Survived 1',
  'isAncient EqualityOperator NoCoverage 0',
  'LIMITS StringLiteral Killed 3',
  'reasonOf StringLiteral Ignored 0',
  'doubled ArithmeticOperator Ignored 0',
];

/** @returns what is not as it must be; empty = the run can be believed */
export async function controlProblems(): Promise<readonly string[]> {
  const order = { part: { folder: FOLDER, tests: [`${FOLDER}/*.test.ts`] }, mutate: [FILE] };
  const results = await mutationRun(order, { incremental: false, workers: 1 });
  const lines = readFileSync(FILE, 'utf8').split('\n');
  const told = new Set(results.map((mutant) => outcomeOf(mutant, lines)));
  return EXPECTED.filter((line) => !told.has(line)).map(
    (line) => `expected "${line}", got ${[...told].filter((other) => sameMutant(line, other)).join(', ') || 'nothing'}`,
  );
}

function outcomeOf({ location, mutatorName, status, testsCompleted }: MutantResult, lines: readonly string[]): string {
  const name = /const (\w+)/.exec(lines[location.start.line - 1] ?? '')?.[1] ?? '';
  return `${name} ${mutatorName} ${status} ${testsCompleted ?? 0}`;
}

const sameMutant = (one: string, other: string): boolean =>
  one.split(' ').slice(0, 2).join(' ') === other.split(' ').slice(0, 2).join(' ');
