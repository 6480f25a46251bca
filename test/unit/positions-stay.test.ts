import { describe, expect, test } from '@jest/globals';
import type { SeedRecord } from '../../core/contracts/tables.ts';
import {
  earlierOfStay,
  furthestFor,
  processedIn,
  processedSince,
  seedsAt,
  seedsBehind,
} from '../../core/positions/stay.ts';
import { keptPosition, positionRecordOf, TEN_O_CLOCK } from '../support/builders/pair.ts';

describe('from where on a group has processed all copies', () => {
  test.each([
    ['its seed', { seed: '10' }, 10n],
    ['no seed, no place', { seed: null }, null],
    ['an earlier part of the stay ended right there', { seed: '30', processed: { from: '10', to: '30' } }, 10n],
    ['an earlier part of the stay ended elsewhere', { seed: '30', processed: { from: '10', to: '20' } }, 30n],
  ])('%s', (_story, stored, expected) => expect(processedSince(stored)).toBe(expected));
});

describe('what a group has processed of the remote topic', () => {
  test.each<[string, string | null, string | null, bigint | null, readonly [bigint, bigint] | undefined]>([
    ['up to what was stored of it', '10', '20', null, [10n, 20n]],
    ['up to its commit, where that is further on', '10', '20', 25n, [10n, 25n]],
    ['up to what was stored, where its commit is gone back', '10', '20', 15n, [10n, 20n]],
    ['up to its commit, where nothing was stored', '10', null, 15n, [10n, 15n]],
    ['nothing: it never read there', '0', null, null, undefined],
    ['nothing yet, but it stands at its seed', '10', '10', null, [10n, 10n]],
    ['it stands below its seed', '10', '9', null, undefined],
    ['it has no seed', null, '20', null, undefined],
  ])('%s', (_story, seed, drained, live, expected) =>
    expect(processedIn(keptPosition({ seed, drained }), live)).toEqual(
      expected === undefined ? undefined : { from: expected[0], to: expected[1] },
    ),
  );
});

test('what was processed holds from the home position of the failover on', () =>
  expect(earlierOfStay(keptPosition({ homeCommit: '7' }), 20n)).toEqual({ position: 20n, forHomePosition: 7n }));
test('without a home position at the failover it holds from the beginning', () =>
  expect(earlierOfStay(keptPosition({ homeCommit: null }), 20n)).toEqual({ position: 20n, forHomePosition: 0n }));

describe('of several earlier seeds', () => {
  const near = { position: 10n, forHomePosition: 5n };
  const far = { position: 30n, forHomePosition: 20n };
  const twin = { position: 30n, forHomePosition: 9n };
  test.each([
    ['the furthest that holds', 20n, [near, far], far],
    ['wherever it is listed', 20n, [far, near], far],
    ['one that holds before one that does not', 19n, [far, near], near],
    ['the furthest of all where none holds', 4n, [near, far], far],
    ['the furthest of all where home is not known', undefined, [near, far], far],
    ['of two equally far the first', 20n, [far, twin], far],
    ['of none, none', 20n, [], undefined],
  ])('%s', (_story, home, seeds, expected) => expect(furthestFor(home, seeds)).toBe(expected));
});

describe('seeds go on behind what was processed in a stay', () => {
  const partitions = { '0': keptPosition({ homeCommit: '7', seed: '10', drained: '20' }) };
  const seedOf = (seed: string) => ({ seed, forHomePosition: '7', homePositionBefore: null });
  const before = (changes: Partial<SeedRecord>): SeedRecord => ({
    group: 'billing',
    topic: 'orders',
    atMs: TEN_O_CLOCK - 1,
    clusterId: 'id-of-K1',
    partitions: { '0': seedOf('3'), '1': seedOf('4') },
    ...changes,
  });
  const seeded = (drained: string | null, earlier: readonly SeedRecord[]) =>
    seedsBehind(
      [positionRecordOf({ partitions: drained === null ? { '0': keptPosition({ drained }) } : partitions })],
      earlier,
      TEN_O_CLOCK,
    );

  test('for the home position that it began with', () =>
    expect(seeded('20', [])).toEqual([
      {
        group: 'billing',
        topic: 'orders',
        atMs: TEN_O_CLOCK,
        clusterId: 'id-of-K1',
        partitions: { '0': seedOf('20') },
      },
    ]));
  test('and stay what they were in other partitions', () =>
    expect(seeded('20', [before({})])[0]?.partitions).toEqual({ '0': seedOf('20'), '1': seedOf('4') }));
  test.each([
    ['group', { group: 'audit' }],
    ['topic', { topic: 'payments' }],
  ])('whatever was seeded of another %s', (_story, changes) =>
    expect(seeded('20', [before(changes)])[0]?.partitions).toEqual({ '0': seedOf('20') }),
  );
  test('of the cluster that was seeded before', () =>
    expect(seeded('20', [before({ refugeClusterId: 'id-of-K2' })])[0]).toMatchObject({ refugeClusterId: 'id-of-K2' }));
  test('not where nothing was processed', () => expect(seeded(null, [before({})])).toEqual([]));

  test('only those of the cluster that is there now hold, and those of which it is not known', () => {
    const [unknown, same, other] = [before({}), before({ refugeClusterId: 'new' }), before({ refugeClusterId: 'old' })];
    expect(seedsAt('new', [unknown, same, other])).toEqual([unknown, same]);
  });
});
