/** The drills of a matrix. */
import { CHOICES } from './options.ts';
import type { SeriesRun } from './series.ts';
import { helpOf, typed } from './typed.ts';

export const MATRIX_HELP = helpOf('matrix');

export interface MatrixOptions {
  readonly wide: boolean;
  readonly help: boolean;
}

/** @throws BadOption */
export function readMatrixOptions(args: readonly string[]): MatrixOptions {
  const { wide = false, help = false } = typed(
    args,
    { wide: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
    { who: 'the matrix', help: MATRIX_HELP },
  );
  return { wide, help };
}

interface Matrix {
  readonly runs: readonly SeriesRun[];
  /** Of all report folders, relative to the clone. */
  readonly folder: string;
  /** How long one takes, for people. */
  readonly each: string;
}

export function matrixRuns({ wide }: Pick<MatrixOptions, 'wide'>): Matrix {
  return wide
    ? { runs: wideRuns(), folder: 'drill-report/wide', each: '3 to 4 minutes' }
    : { runs: storyRuns(), folder: 'drill-report', each: '2 to 3 minutes' };
}

const storyRuns = (): readonly SeriesRun[] =>
  CHOICES.trigger.flatMap((trigger) =>
    moves().map(({ name, args }) => ({ name: `${trigger}-${name}`, args: ['--trigger', trigger, ...args] })),
  );

const wideRuns = (): readonly SeriesRun[] =>
  (['plain', 'exactly-once'] as const).flatMap((flow) =>
    moves().map(({ name, args }) => ({
      name: `${flow}-${name}`,
      args: ['--wide', '--rounds', '2', ...(flow === 'plain' ? [] : ['--exactly-once']), ...args],
    })),
  );

const moves = (): readonly SeriesRun[] =>
  CHOICES.fail.flatMap((fail) =>
    CHOICES.policy.map((policy) => ({ name: `${fail}-${policy}`, args: ['--fail', fail, '--policy', policy] })),
  );
