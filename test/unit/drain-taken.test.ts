import { expect, test } from '@jest/globals';
import { takenLines, takenSentence, takenSoFar } from '../../core/drain/taken.ts';

const before = { offsets: '3', below: '13' };

test.each([
  ['a log start at the commit takes nothing', undefined, { logStart: 10n, committed: 10n }, undefined],
  ['a log start beyond the commit takes what lies between', undefined, { logStart: 13n, committed: 10n }, before],
  ['a commit at the first offset of all', undefined, { logStart: 3n, committed: 0n }, { offsets: '3', below: '3' }],
  ['what was counted is not counted again', before, { logStart: 13n, committed: 10n }, before],
  ['a log start that goes on takes the rest', before, { logStart: 15n, committed: 10n }, { offsets: '5', below: '15' }],
  ['a group that has jumped over it keeps it', before, { logStart: 13n, committed: 20n }, before],
  ['overtaken again behind the jump', before, { logStart: 22n, committed: 20n }, { offsets: '5', below: '22' }],
  ['behind the fence nothing is owed', undefined, { logStart: 15n, committed: 10n, fence: 13n }, before],
  ['a log start below the fence counts in full', undefined, { logStart: 13n, committed: 10n, fence: 15n }, before],
  ['no commit: nobody knows', undefined, { logStart: 13n, committed: null }, undefined],
  ["Kafka's -1 is no commit", undefined, { logStart: 13n, committed: -1n }, undefined],
  ['a commit that could not be read', before, { logStart: 15n, committed: 'unknown' }, before],
] as const)('%s', (_story, soFar, passed, expected) => {
  expect(takenSoFar(soFar, passed)).toEqual(expected);
});

test('a line names the group, the partition and the offsets', () => {
  expect(takenLines({ 'billing|K1.orders|0': before })).toEqual(['billing K1.orders-0: 3']);
});

test('a sentence names three and counts the others; it is empty where nothing was taken', () => {
  expect(takenSentence([])).toBe('');
  expect(takenSentence(['a', 'b', 'c'])).toBe('; retention or truncation took offsets before they were read: a, b, c');
  expect(takenSentence(['a', 'b', 'c', 'd'])).toBe(
    '; retention or truncation took offsets before they were read: a, b, c and 1 more',
  );
});
