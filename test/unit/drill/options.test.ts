/** What may be asked of the story; nonsense is refused with the value and what is allowed. */
import { expect, test } from '@jest/globals';
import { readOptions } from '../../drill/options.ts';
import { BadOption } from '../../drill/typed.ts';

test('one round is played unless more are asked for', () => {
  expect(readOptions([]).rounds).toBe(1);
  expect(readOptions(['--rounds', '2']).rounds).toBe(2);
});

test.each(['0', '6', '-1', '1.5', 'two', ''])('--rounds "%s" is refused', (given) => {
  expect(() => readOptions([`--rounds=${given}`])).toThrow(
    new BadOption(`--rounds is "${given}"; allowed: a whole number from 1 to 5`),
  );
});

test('a naive run has one round', () => {
  expect(() => readOptions(['--naive', '--rounds', '2'])).toThrow(
    new BadOption('--rounds is "2"; with --naive only "1" makes sense: leave the option out'),
  );
});

test('interruptions are over after one round', () => {
  expect(() => readOptions(['--interrupt', '--rounds', '2'])).toThrow('leave one of them out');
  expect(readOptions(['--interrupt', '--rounds', '1']).rounds).toBe(1);
});

test('the form of a drill is the plain one unless told', () => {
  expect(readOptions([])).toMatchObject({ wide: false, exactlyOnce: false });
  expect(readOptions(['--wide', '--exactly-once'])).toMatchObject({ wide: true, exactlyOnce: true });
});

test('a naive run has the plain form', () => {
  expect(() => readOptions(['--naive', '--wide'])).toThrow(
    new BadOption('--naive goes without --wide: it is compared with the plain form'),
  );
});

test('an option that is none is answered with what was probably meant, and with the help', () => {
  expect(() => readOptions(['--triger', 'alarm'])).toThrow(
    /^the drill has no option "--triger" \(did you mean "--trigger"\?\)\n\nnpm run drill/,
  );
});

test('a scenario that is none is answered with what was probably meant', () => {
  expect(() => readOptions(['--scenario', 'M0'])).toThrow('--scenario is "M0" (did you mean "M0');
});

test('a scenario with a world of its own can be played the other way round', () => {
  expect(readOptions(['--scenario', 'SW1', '--fail', 'K2'])).toMatchObject({ scenarios: ['SW1'], fail: 'K2' });
});

test('a scenario that is written for K1 is not played the other way round', () => {
  expect(() => readOptions(['--scenario', 'M08', '--scenario', 'SW1', '--fail', 'K2'])).toThrow(
    /^--fail is "K2"; M08 can be played one way only: leave --fail out, or name some of SW1, SW2, /,
  );
});

test('a scenario knows one home at a time', () => {
  expect(() => readOptions(['--scenario', 'SW1', '--fail', 'K3'])).toThrow(
    '--fail is "K3" (did you mean "K1"?); allowed: K1, K2',
  );
});
