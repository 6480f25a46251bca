import { describe, expect, test } from '@jest/globals';
import { behindFirstCopy, judgeCopies } from '../../core/positions/content.ts';
import { KeptSyncs, MOST_SYNCS } from '../../core/positions/kept-syncs.ts';
import { provenFrom, syncsToProve } from '../../core/positions/proof.ts';
import { buildSyncMap, type SyncMap, type SyncMapOptions } from '../../core/positions/sync-map.ts';

/** Copies at 0, 1, 2 ...: which record each one is. */
const log = (text: string) => text.split(' ').map((content, i) => ({ downstream: BigInt(i), content }));

describe('what the remote log says about a sync', () => {
  test.each([
    ['its record was never copied before', 'a b c', 2n, 'first'],
    ['it is the first record of the window', 'a b c', 0n, 'first'],
    ['all that was copied before is copied again behind it', 'a b c a b c', 3n, 'resent'],
    ['the re-send goes on past what was copied before', 'a b c b c d', 3n, 'resent'],
    ['the smallest cut: b and c were copied only before', 'a b c a', 3n, 'cut'],
    ['cut one record short', 'a b c a b', 3n, 'cut'],
    ['seen from the middle of a re-send that is complete', 'a b c d a b c d', 6n, 'resent'],
    ['seen from the middle of a re-send that was cut', 'a b c d a b c', 6n, 'cut'],
    ['a second re-send finishes what the first one left', 'a b c a a b c', 3n, 'resent'],
    ['a second re-send is cut as well', 'a b c a b a', 5n, 'cut'],
    ['records that are equal in every byte prove nothing', 'x x x x', 3n, 'cut'],
    ['there is no record at that place', 'a b c', 7n, 'gone'],
  ])('%s', (_story, copies, at, expected) => {
    expect(judgeCopies(log(copies), at).kind).toBe(expected);
  });

  test('says how many records would be skipped, and since where', () => {
    expect(judgeCopies(log('a b c a'), 3n)).toEqual({ kind: 'cut', since: 0n, onlyBefore: 2 });
  });
});

describe('where a group goes on behind a record that it has processed at the source', () => {
  test.each([
    ['right behind its copy', 'a b c', 'b', 2n],
    ['right behind the first of its copies: what follows may have been copied only then', 'a b c a b', 'b', 2n],
    ['also where that is the first of all', 'a b c', 'a', 1n],
    ['nowhere, while it is not copied', 'a b c', 'd', null],
  ])('%s', (_story, copies, content, expected) => {
    expect(behindFirstCopy(log(copies), content)).toBe(expected);
  });
});

type Pair = readonly [bigint, bigint];
const mapOf = (pairs: readonly Pair[], sparse: number, options: Partial<SyncMapOptions> = {}): SyncMap =>
  buildSyncMap(
    pairs.map(([upstream, downstream], i) => ({ upstream, downstream, ...(i >= sparse && { life: 1n }) })),
    { history: 'incomplete', exactlyOnce: false, ...options },
  );
const asked = (map: SyncMap, home: bigint | null) => syncsToProve(map, home).map(({ downstream }) => downstream);

test('no sync is proven for a home position below all of them', () => {
  expect(asked(mapOf([[100n, 100n]], 1), 50n)).toStrictEqual([]);
});

test('a sync that a complete map does not hold proves nothing', () => {
  const map = mapOf(
    [
      [0n, 0n],
      [100n, 100n],
    ],
    0,
    { history: 'complete' },
  );
  expect(provenFrom(map, { upstream: 60n, downstream: 60n }, 350n)).toBeUndefined();
});

describe('which syncs are proven', () => {
  const pairs: readonly Pair[] = [
    [0n, 0n],
    [100n, 100n],
    [200n, 200n],
    [300n, 300n],
  ];
  test.each([
    ['the first one from which on each tells its life, then the nearest', 1, {}, 250n, [100n, 200n]],
    ['the nearest is that first one', 2, {}, 250n, [200n]],
    ['all that tell their lives lie above the home position', 3, {}, 250n, [200n]],
    ['no sync tells its life', 4, {}, 350n, [300n]],
    ['nothing is missing', 0, { history: 'complete' }, 250n, []],
    ['an exactly-once flow', 1, { exactlyOnce: true }, 250n, []],
    ['the home position is right at one', 2, {}, 200n, [200n]],
    ['there is no home position', 1, {}, null, []],
  ] as const)('%s', (_story, sparse, options, home, expected) => {
    expect(asked(mapOf(pairs, sparse, options), home)).toStrictEqual(expected);
  });
  test('the home position is at the first one that tells its life, and a re-send lies behind it', () => {
    const resent: readonly Pair[] = [
      [0n, 0n],
      [100n, 100n],
      [50n, 150n],
    ];
    expect(asked(mapOf(resent, 1), 100n)).toStrictEqual([100n, 150n]);
  });
  test('no sync is old enough, or no home position', () => {
    expect(asked(mapOf([[100n, 100n]], 0), 50n)).toStrictEqual([]);
    expect(asked(mapOf(pairs, 0), null)).toStrictEqual([]);
  });
  test('nothing is missing, but the nearest sync lies behind a re-send that is not proven complete', () => {
    const map = mapOf(
      [
        [5000n, 900n],
        [0n, 901n],
      ],
      0,
      { history: 'complete' },
    );
    expect(asked(map, 50n)).toStrictEqual([901n]);
    expect(provenFrom(map, { upstream: 0n, downstream: 901n }, 50n)).toMatchObject({
      points: [{ upstream: 0n, downstream: 901n }],
      trusted: [true],
      proof: 'content',
    });
  });

  test('behind a proven sync the syncs that tell their lives are judged again', () => {
    const proven = provenFrom(mapOf(pairs, 1), { upstream: 100n, downstream: 100n }, 350n);
    expect(proven).toMatchObject({ history: 'complete', trusted: [true, true, true] });
  });
  test('with syncs behind it that do not tell their lives a proven sync stands alone', () => {
    const proven = provenFrom(mapOf(pairs, 3), { upstream: 200n, downstream: 200n }, 250n);
    expect(proven?.points).toEqual([{ upstream: 200n, downstream: 200n }]);
  });
  test.each([
    ['behind it all tell their lives', 1, 100n, 3],
    ['it stands alone', 3, 200n, 1],
  ] as const)('a proof answers for the home position right at its sync: %s', (_story, sparse, at, count) => {
    const proven = provenFrom(mapOf(pairs, sparse), { upstream: at, downstream: at }, at);
    expect(proven?.points).toHaveLength(count);
  });
  test('in a whole history no sync stands alone', () => {
    const map = mapOf(pairs, 3, { history: 'complete' });
    expect(provenFrom(map, { upstream: 100n, downstream: 100n }, 350n)?.points).toHaveLength(3);
  });
  test('a proven map tells what was left out, and that it is proven', () => {
    const map = mapOf([[9n, 900n], ...pairs, [300n, 300n]], 2);
    expect(provenFrom(map, { upstream: 100n, downstream: 100n }, 350n)).toMatchObject({
      history: 'complete',
      proof: 'content',
      droppedStale: 1,
      repeated: 1,
    });
  });
  test.each([
    ['of another upstream offset', { upstream: 50n, downstream: 200n }],
    ['of another downstream offset', { upstream: 200n, downstream: 250n }],
  ])('a proof is of no use: a sync %s', (_story, proven) => {
    expect(provenFrom(mapOf(pairs, 0), proven, 350n)).toBeUndefined();
  });
  test.each([
    ['lives behind it are not known, a later one would answer', 3, 200n, 350n],
    ['the home position lies below it', 0, 200n, 150n],
    ['it is not in the map any more', 0, 250n, 350n],
  ])('a proof is of no use: %s', (_story, sparse, at, home) => {
    expect(provenFrom(mapOf(pairs, sparse), { upstream: at, downstream: at }, home)).toBeUndefined();
  });
});

describe('syncs that are kept', () => {
  const run = (count: number, step = 100n): KeptSyncs => {
    const kept = new KeptSyncs();
    for (let i = 0n; i < count; i += 1n) kept.add({ upstream: i * step, downstream: i * step, life: 1n });
    return kept;
  };

  test('however many there were, they are bounded, and one life is still whole', () => {
    const kept = run(100_000);
    expect(kept.syncs.length).toBeLessThanOrEqual(MOST_SYNCS);
    expect(kept.isWhole).toBe(true);
    expect(kept.syncs[0]).toEqual({ upstream: 0n, downstream: 0n, life: 1n });
    expect(kept.syncs.at(-1)).toEqual({ upstream: 9_999_900n, downstream: 9_999_900n, life: 1n });
  });
  test('the newest ones are all there', () => {
    expect(
      run(100_000)
        .syncs.slice(-250)
        .map(({ upstream }) => upstream),
    ).toEqual(Array.from({ length: 250 }, (_, i) => BigInt(99_750 + i) * 100n));
  });
  test('a re-send long ago stays visible', () => {
    const kept = run(50);
    for (let i = 0n; i < 10_000n; i += 1n)
      kept.add({ upstream: 4_000n + i * 100n, downstream: 5_000n + i * 100n, life: 2n });
    const map = buildSyncMap(kept.syncs, { history: 'complete', exactlyOnce: false });
    const boundary = map.points.findIndex(({ downstream }) => downstream === 5_000n);
    expect(map.points[boundary - 1]).toEqual({ upstream: 4_900n, downstream: 4_900n, life: 1n });
  });
  test('a life in which every sync marks a gap is still whole', () => {
    const kept = new KeptSyncs();
    for (let i = 0n; i < 20_000n; i += 1n) kept.add({ upstream: i * 11n, downstream: i * 10n, life: 1n });
    expect(kept.syncs.length).toBeLessThanOrEqual(MOST_SYNCS);
    expect(kept.isWhole).toBe(true);
  });
  test('where every sync is of another life the oldest are given up, and that is told', () => {
    const kept = new KeptSyncs();
    for (let i = 0n; i < 2_000n; i += 1n) kept.add({ upstream: i, downstream: i, life: i });
    expect(kept.syncs.length).toBeLessThanOrEqual(MOST_SYNCS);
    expect(kept.isWhole).toBe(false);
  });
  test('where one sync does not tell its life, none is known to be the next one of another', () => {
    const kept = run(1);
    kept.add({ upstream: 1n, downstream: 1n });
    kept.add({ upstream: 2n, downstream: 2n, life: 1n });
    expect(kept.isWhole).toBe(false);
  });
  type Told = readonly [upstream: bigint, downstream: bigint, life: bigint];
  /** A life in which `change` has the last word on each sync. */
  const changed = (change: (i: bigint) => Told): KeptSyncs => {
    const kept = new KeptSyncs();
    for (let i = 0n; i < 513n; i += 1n) {
      const [upstream, downstream, life] = change(i);
      kept.add({ upstream, downstream, life });
    }
    return kept;
  };
  const evens = Array.from({ length: 129 }, (_, i) => BigInt(2 * i));
  const newest = Array.from({ length: 256 }, (_, i) => BigInt(257 + i));
  test('512 are kept as they are', () => {
    expect(run(512, 1n).syncs.map(({ upstream }) => upstream)).toEqual(
      Array.from({ length: 512 }, (_, i) => BigInt(i)),
    );
  });
  test('with one more, every other one of the older ones goes, and none of the newest 256', () => {
    expect(run(513, 1n).syncs.map(({ upstream }) => upstream)).toEqual([...evens, ...newest]);
  });
  test('gaps in a life tell nothing', () => {
    expect(changed((i) => [i * 11n, i * 10n, 1n]).syncs).toHaveLength(385);
  });
  test.each<[string, (i: bigint) => Told]>([
    ['it begins a life', (i) => [i, i, i >= 101n ? 2n : 1n]],
    ['it ends a life', (i) => [i, i, i >= 102n ? 2n : 1n]],
    ['more copies before it than source offsets', (i) => [i * 10n, i * 10n + (i >= 101n ? 1n : 0n), 1n]],
    ['more copies behind it than source offsets', (i) => [i * 10n, i * 10n + (i >= 102n ? 1n : 0n), 1n]],
    ['the remote log begins anew with it', (i) => (i >= 101n ? [i, i, 1n] : [i + 5_000n, i + 5_000n, 1n])],
    ['the remote log begins anew behind it', (i) => (i >= 102n ? [i, i, 1n] : [i + 5_000n, i + 5_000n, 1n])],
    ['it repeats the one before', (i) => (i >= 101n ? [i - 1n, i - 1n, 1n] : [i, i, 1n])],
    ['it is repeated by the one behind', (i) => (i >= 102n ? [i - 1n, i - 1n, 1n] : [i, i, 1n])],
  ])('an odd one of the older ones is kept when it tells something: %s', (_story, change) => {
    const [upstream, downstream, life] = change(101n);
    expect(changed(change).syncs).toHaveLength(386);
    expect(changed(change).syncs).toContainEqual({ upstream, downstream, life });
  });
  /** So many odd syncs that end a life. */
  const lives = (count: bigint) => changed((i) => [i, i, (i < 2n * count ? i : 2n * count) / 2n]);
  test('three quarters of the older ones may tell something', () => {
    const kept = lives(63n);
    expect([kept.syncs.length, kept.isWhole]).toEqual([192 + 256, true]);
  });
  test('with one more the oldest are given up, down to 128 of them', () => {
    const kept = lives(64n);
    expect([kept.syncs.length, kept.isWhole]).toEqual([128 + 256, false]);
    expect(kept.syncs.at(-257)).toEqual({ upstream: 256n, downstream: 256n, life: 64n });
  });
});
