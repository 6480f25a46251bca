import { expect, test } from '@jest/globals';
import { newestOf, outruns, sameRouting } from '../../../core/routing/revision.ts';
import { pairConfig, routingOf } from '../../support/builders/pair.ts';

const config = pairConfig();
const at = (revision: number, epoch = 0) => routingOf(config, { phase: 'home', revision, epoch });

test('of several regions the highest revision counts, wherever it is listed', () =>
  expect(
    newestOf([
      { region: 'a', routing: at(3) },
      { region: 'b', routing: at(7) },
      { region: 'c', routing: at(5) },
    ])?.region,
  ).toBe('b'));
test('a lower revision does not count, whatever its epoch', () =>
  expect(
    newestOf([
      { region: 'a', routing: at(7) },
      { region: 'b', routing: at(3, 5) },
    ])?.region,
  ).toBe('a'));
test('of equal revisions the higher epoch counts', () =>
  expect(
    newestOf([
      { region: 'a', routing: at(3, 1) },
      { region: 'b', routing: at(3, 2) },
    ])?.region,
  ).toBe('b'));
test('of equal values the first listed region counts', () =>
  expect(
    newestOf([
      { region: 'a', routing: at(3) },
      { region: 'b', routing: at(3) },
    ])?.region,
  ).toBe('a'));
test('of no region comes no value', () => expect(newestOf([])).toBeNull());

test.each([
  ['a higher revision', at(4), true],
  ['the same revision with other content', { ...at(3), phase: 'refuge' as const }, true],
  ['the same value', at(3), false],
  ['a lower revision', at(2), false],
])('%s outruns ours: %s', (_story, other, expected) => expect(outruns(other, at(3))).toBe(expected));

test('the order of keys does not make two values different', () => {
  const { schema, ...rest } = at(3);
  expect(sameRouting({ ...rest, schema }, at(3))).toBe(true);
});
test('a null in place of a part makes two values different', () => {
  const broken = { ...at(3), remoteNames: null } as unknown as ReturnType<typeof at>;
  expect(sameRouting(broken, at(3))).toBe(false);
});
test('another broker makes two values different', () =>
  expect(sameRouting(at(3), { ...at(3), producers: { ...at(3).producers, bootstrapServers: ['other:9092'] } })).toBe(
    false,
  ));
