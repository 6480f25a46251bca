import { expect, test } from '@jest/globals';
import { doubled, isOld, isYoung, LIMITS, reasonOf } from './control.ts';

test('old is above a second', () => {
  expect([isOld(1_000), isOld(1_001)]).toEqual([false, true]);
});

test('young is told', () => {
  expect(isYoung(1)).not.toBeUndefined();
  expect(reasonOf()).toBeDefined();
  expect(doubled(1)).toBeDefined();
});

test('there is one limit', () => {
  expect(LIMITS).toEqual(['old']);
});
