/** A run with `--interrupt` counts only if every step that was met was interrupted in both ways. */
import { expect, test } from '@jest/globals';
import { interruptionProblems } from '../../../test/drill/interruptions.ts';
import { readOptions } from '../../drill/options.ts';
import { BadOption } from '../../drill/typed.ts';

test('a run without --interrupt owes no interruption', () => {
  expect(interruptionProblems(undefined)).toEqual([]);
});

test('a step that was killed and stopped is no problem', () => {
  expect(interruptionProblems([{ state: 'Pin positions', killed: true, stopped: true }])).toEqual([]);
});

test('a step that was never stopped is named', () => {
  expect(interruptionProblems([{ state: 'Pin positions', killed: true, stopped: false }])).toEqual([
    'No execution was stopped in "Pin positions".',
  ]);
});

test('a step that was not killed at work is named', () => {
  expect(interruptionProblems([{ state: 'Pin positions', killed: false, stopped: true }])).toEqual([
    '"Pin positions" was not killed at work.',
  ]);
});

test('a run that met no step proves nothing', () => {
  expect(interruptionProblems([])).toEqual(['No step was met: nothing was interrupted.']);
});

test('a naive run deploys nothing that could be interrupted', () => {
  expect(() => readOptions(['--naive', '--interrupt'])).toThrow(BadOption);
});
