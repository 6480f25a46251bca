import { describe, expect, test } from '@jest/globals';
import { againAtHome, knownAtRefuge, seedsOf } from '../../core/positions/alone.ts';
import type { RestoreChoice } from '../../core/positions/restore.ts';
import type { HomeSample, HomewardRecord } from '../../core/contracts/tables.ts';
import { keptPosition, positionRecordOf, TEN_O_CLOCK } from '../support/builders/pair.ts';

const LEFT = TEN_O_CLOCK - 3_600_000;
const record = (localPin: string | null) => positionRecordOf({ partitions: { '0': keptPosition({ localPin }) } });
const sample = (committed: string | null, atMs = TEN_O_CLOCK, partition = '0'): HomeSample => ({
  group: 'billing',
  topic: 'orders',
  atMs,
  clusterId: 'id-of-K2',
  partitions: { [partition]: { committed, end: '9', start: '0' } },
});
const known = (pin: string | null, samples: readonly HomeSample[]) =>
  knownAtRefuge([record(pin)], samples, LEFT).map(({ partitions }) =>
    Object.entries(partitions)
      .map(([partition, { committed }]) => `${partition}: ${committed}`)
      .join(', '),
  );

describe('where a group had come in the topic of the lost refuge', () => {
  test.each([
    ['as it was last seen', '2', [sample('7')], '0: 7'],
    ['as it was pinned, where it was never seen', '2', [], '0: 2'],
    ['as it was pinned, where it had no commit yet', '2', [sample(null)], '0: 2'],
    ['as it was pinned, where the look is of an earlier stay', '2', [sample('7', LEFT - 1)], '0: 2'],
    ['as it was seen when the stay began', '2', [sample('7', LEFT)], '0: 7'],
    ['nowhere, where neither is known', null, [], '0: null'],
    ['in a partition that was added since', '2', [sample('7', TEN_O_CLOCK, '1')], '0: 2, 1: 7'],
    ['not as another group was seen', '2', [{ ...sample('7'), group: 'audit' }], '0: 2'],
    ['not as it was seen in another topic', '2', [{ ...sample('7'), topic: 'payments' }], '0: 2'],
  ])('%s', (_story, pin, samples, expected) => expect(known(pin, samples)).toEqual([expected]));

  test('the identity is that of the refuge, where it was seen', () => {
    expect(knownAtRefuge([record('2')], [sample('7')], LEFT)[0]?.clusterId).toBe('id-of-K2');
    expect(knownAtRefuge([record('2')], [], LEFT)[0]?.clusterId).toBe('');
  });

  test('its time is that of the look, or of the pin where there was none', () => {
    const at = (samples: readonly HomeSample[]) => knownAtRefuge([record('2')], samples, LEFT)[0]?.atMs;
    expect([at([sample('7', TEN_O_CLOCK + 5)]), at([])]).toEqual([TEN_O_CLOCK + 5, TEN_O_CLOCK]);
  });

  test('a log that nobody looked at is told as one that holds nothing', () => {
    expect(knownAtRefuge([record('2')], [], LEFT)[0]?.partitions).toEqual({
      '0': { committed: '2', end: '0', start: '0' },
    });
  });

  test('a partition that was added since and never read is unknown', () => {
    expect(known('2', [sample(null, TEN_O_CLOCK, '1')])).toEqual(['0: 2, 1: null']);
  });
});

describe('what is processed again of the topic at home', () => {
  const commit: RestoreChoice = {
    kind: 'commit',
    position: 11n,
    from: 'stored',
    lostBelowLogStart: 0n,
    reprocessAtMost: 'unknown',
    because: ['stored 11'],
  };
  const refused: RestoreChoice = { kind: 'refuse', reason: 'HOME_LOG_SHORTER', because: ['shorter'] };
  test.each([
    ['up to the end, where nobody knows how good u* is', commit, 20n, { restore: '11' }, 9n],
    [
      'what u* could not exclude',
      commit,
      20n,
      { restore: '11', reprocess: { atMost: '4', because: 'by the offset syncs' } },
      4n,
    ],
    [
      'never more than there is',
      commit,
      13n,
      { restore: '11', reprocess: { atMost: '4', because: 'by the offset syncs' } },
      2n,
    ],
    [
      'up to the end, where the drain could not tell',
      commit,
      20n,
      { restore: '11', reprocess: { atMost: null, because: 'no drain has ended' } },
      9n,
    ],
    [
      'nothing, where u* is exact',
      commit,
      20n,
      { restore: '11', reprocess: { atMost: '0', because: 'by the offset syncs' } },
      0n,
    ],
    [
      'up to the end, where there is no u* that it could be told of',
      commit,
      20n,
      { restore: null, reprocess: { atMost: '4', because: 'by the offset syncs' } },
      9n,
    ],
    ['nothing behind the end', commit, 10n, { restore: '11' }, 0n],
    ['nothing, where home has no such partition', commit, null, { restore: '11' }, 0n],
    ['nothing yet, where home is another log: that is held', refused, 20n, { restore: '11' }, 0n],
  ])('%s', (_story, choice, end, stored, again) => expect(againAtHome(choice, end, stored)).toBe(again));
});

describe('translations that home has kept', () => {
  const kept = (atMs: number): HomewardRecord => ({
    group: 'billing',
    topic: 'orders',
    atMs,
    refugeClusterId: 'id-of-K2',
    own: { '0': { position: '1', again: '0' } },
    copies: { '0': { position: '7', ofRefuge: '5', again: '3' }, '1': { position: '0', ofRefuge: null, again: '9' } },
  });
  test('are seeds of the copies for the position at the refuge', () =>
    expect(seedsOf([kept(LEFT)], LEFT)).toEqual([
      {
        group: 'billing',
        topic: 'orders',
        atMs: LEFT,
        clusterId: 'id-of-K2',
        partitions: {
          '0': { seed: '7', forHomePosition: '5', homePositionBefore: null },
          '1': { seed: '0', forHomePosition: null, homePositionBefore: null },
        },
      },
    ]));
  test('of an earlier stay are not', () => expect(seedsOf([kept(LEFT - 1)], LEFT)).toEqual([]));
});
