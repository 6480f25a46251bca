import { describe, expect, test } from '@jest/globals';
import type { MutantResult } from '@stryker-mutator/api/core';
import { HELP, readAsked } from '../../../tools/mutation/asked.ts';
import { disabledInText } from '../../../tools/mutation/disabled.ts';
import { covers, ordersFor } from '../../../tools/mutation/parts.ts';
import { scoreOf } from '../../../tools/mutation/score.ts';
import { isSentence } from '../../../tools/mutation/sentences.ts';

describe('what is mutated', () => {
  test('every part, when nothing is named', () => {
    expect(ordersFor([]).map(({ mutate }) => mutate)).toEqual([
      ['core/health/*.ts'],
      ['core/move/*.ts'],
      ['core/positions/*.ts'],
      ['core/drain/*.ts'],
      ['core/routing/*.ts'],
    ]);
  });

  test('a folder, and lines of a file of another part, each with its own tests', () => {
    expect(ordersFor(['core/drain/', 'core/health/window.ts:60-90'])).toEqual([
      {
        part: { folder: 'core/health', tests: ['test/unit/health/*.test.ts'] },
        mutate: ['core/health/window.ts:60-90'],
      },
      { part: { folder: 'core/drain', tests: ['test/unit/drain*.test.ts'] }, mutate: ['core/drain/*.ts'] },
    ]);
  });

  test.each([
    ['core/health', 'core/health/window.ts', 1, true],
    ['core/health', 'core/move/loss.ts', 1, false],
    ['core/health/window.ts', 'core/health/words.ts', 1, false],
    ['core/health/window.ts:60-90', 'core/health/window.ts', 60, true],
    ['core/health/window.ts:60-90', 'core/health/window.ts', 90, true],
    ['core/health/window.ts:60-90', 'core/health/window.ts', 59, false],
    ['core/health/window.ts:60-90', 'core/health/window.ts', 91, false],
  ])('%s covers %s, line %d: %s', (name, file, line, expected) => {
    expect(ordersFor([name]).some((order) => covers(order, { file, line }))).toBe(expected);
  });

  test('what no tests answer for is named', () => {
    expect(() => ordersFor(['core/health', 'core/healthy', 'lambdas'])).toThrow('core/healthy, lambdas has no tests');
  });
});

describe('what was typed', () => {
  test('parts, and how they are run', () =>
    expect(readAsked(['core/drain', '--workers', '2', '--incremental'])).toEqual({
      kind: 'run',
      orders: ordersFor(['core/drain']),
      options: { incremental: true, workers: 2 },
    }));
  test.each(['--help', '-h'])('%s asks for help', (option) => expect(readAsked([option])).toEqual({ kind: 'help' }));
  test('the help names every part', () => {
    for (const { part } of ordersFor([])) expect(HELP).toContain(part.folder);
  });
  test.each([
    [['--workers', 'many'], '--workers is "many"; allowed: a whole number from 1 to 99'],
    [['--fast'], "Unknown option '--fast'"],
    [['lambdas'], 'lambdas has no tests to answer for it'],
  ])('%j is nonsense, and told as that', (args, sentence) =>
    expect(readAsked(args)).toEqual({ kind: 'nonsense', sentence: expect.stringContaining(sentence) }),
  );
});

describe('the score', () => {
  const result = (status: MutantResult['status']) => ({ status }) as MutantResult;

  test('a mutant that runs for ever is noticed; one that is left out does not count', () => {
    expect(scoreOf([result('Killed'), result('Timeout'), result('Ignored')])).toMatchObject({
      percent: 100,
      complete: true,
    });
  });

  test.each(['Survived', 'NoCoverage'] as const)('%s counts against it', (status) => {
    expect(scoreOf([result('Killed'), result(status)])).toMatchObject({ percent: 50, complete: false });
  });

  test.each(['RuntimeError', 'CompileError', 'Pending'] as const)('with %s it is not complete', (status) => {
    expect(scoreOf([result('Killed'), result(status)]).complete).toBe(false);
  });

  test('nothing measured is not complete', () => {
    expect([scoreOf([]), scoreOf([result('Ignored')])].map(({ complete }) => complete)).toEqual([false, false]);
  });
});

test.each([
  ['no fresh look at it', true],
  ['two words', true],
  ['confirmed', false],
  ['CONFIRMED_DOWN', false],
  [', ', false],
  ['', false],
  ['G2-whole', false],
])('"%s" is a sentence for people: %s', (text, expected) => {
  expect(isSentence(text)).toBe(expected);
});

describe('mutants that are left out by hand', () => {
  test('are told with their line', () => {
    const text = '  // Stryker disable next-line EqualityOperator: adding zero changes nothing\n  if (a > 0) b += a;\n';
    expect(disabledInText('a.ts', text)).toEqual([
      { file: 'a.ts', mutators: 'EqualityOperator', reason: 'adding zero changes nothing', code: 'if (a > 0) b += a;' },
    ]);
  });

  test.each([
    ['without a reason', '// Stryker disable next-line EqualityOperator'],
    ['all mutators of a line', '// Stryker disable next-line all: because'],
    ['more than a line', '// Stryker disable EqualityOperator: because'],
  ])('%s: no', (_story, line) => {
    expect(() => disabledInText('a.ts', `\n${line}\n`)).toThrow('a.ts:2');
  });
});
