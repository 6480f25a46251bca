/** The drills that the matrices play are drills that exist, each once. */
import { expect, test } from '@jest/globals';
import { matrixRuns, readMatrixOptions } from '../../drill/matrix-runs.ts';
import { readOptions } from '../../drill/options.ts';
import { BadOption } from '../../drill/typed.ts';

test.each([
  [false, 12],
  [true, 8],
])('with --wide %s the matrix plays %d different drills under different names', (wide, count) => {
  const { runs } = matrixRuns({ wide });
  expect(new Set(runs.map(({ name }) => name)).size).toBe(count);
  expect(new Set(runs.map(({ args }) => JSON.stringify(readOptions(args)))).size).toBe(count);
});

test('the wide matrix loses each cluster twice, under each policy, with both kinds of flow', () => {
  const drills = matrixRuns({ wide: true }).runs.map(({ args }) => readOptions(args));
  expect(drills.every(({ wide, rounds }) => wide && rounds === 2)).toBe(true);
  expect(drills.map(({ exactlyOnce, fail, policy }) => [exactlyOnce, fail, policy].join(' '))).toEqual([
    'false K1 availability',
    'false K1 per-key',
    'false K2 availability',
    'false K2 per-key',
    'true K1 availability',
    'true K1 per-key',
    'true K2 availability',
    'true K2 per-key',
  ]);
});

test('an option that the matrix does not know is named, with what is meant and what it allows', () => {
  expect(() => readMatrixOptions(['--wid'])).toThrow(BadOption);
  expect(() => readMatrixOptions(['--wid'])).toThrow(
    /the matrix has no option "--wid".*--wide.*\n\nnpm run drill:matrix/su,
  );
});
