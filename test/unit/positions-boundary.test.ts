/** Which record of home a copy is of, told by the records themselves; and what an inverse translation makes of it. */
import { describe, expect, test } from '@jest/globals';
import { judgeBoundary, soughtFor, type BoundaryVerdict } from '../../core/positions/boundary.ts';
import { translateInverse, type InverseQuestion } from '../../core/positions/inverse.ts';
import { describeChoices, chooseRestore, soughtByContent, type RestoreInput } from '../../core/positions/restore.ts';
import { buildSyncMap, EMPTY_SYNC_MAP, type SyncMap, type SyncMapOptions } from '../../core/positions/sync-map.ts';

/** Copies at 10, 11, 12 ...: which record each one is. */
const copies = (text: string) => text.split(' ').map((content, i) => ({ downstream: 10n + BigInt(i), content }));

/** Records at 100, 101 ...; a dot is an offset without a record, `a!` one of an aborted transaction. */
const source = (text: string) =>
  text.split(' ').flatMap((word, i) => {
    const isCommitted = !word.endsWith('!');
    return word === '.' ? [] : [{ upstream: 100n + BigInt(i), content: word.replace('!', ''), isCommitted }];
  });

const told = (verdict: BoundaryVerdict): string =>
  verdict.kind === 'exact' ? `${verdict.point.downstream} is ${verdict.point.upstream}` : verdict.reason;

describe('the last copy is looked for at the source', () => {
  test.each([
    ['its record is there, and the two before it', 'x a b c', 'a b c d', '13 is 102'],
    ['only three copies are there', 'a b c', 'x a b c', '12 is 103'],
    ['the tail lies behind it', 'a b c', 'a b c d e f', '12 is 102'],
    ['offsets without a record lie between', 'a b c', 'a . b . . c', '12 is 105'],
    ['the flow passes aborted records by', 'a b c', 'a x! b y! c', '12 is 104'],
    ['the flow copies aborted records too', 'a b c', 'a b! c', '12 is 102'],
    ['what lies further back does not matter', 'q q a b c', 'a b c', '14 is 102'],
  ])('%s', (_story, remote, home, expected) => {
    expect(told(judgeBoundary(copies(remote), source(home)))).toBe(expected);
  });

  test.each([
    ['two copies are too few', 'a b', 'a b c', 'not-found TOO_FEW_COPIES'],
    ['the last one is not at the source', 'a b c', 'a b d', 'not-found NO_MATCH'],
    ['nothing of the source was read', 'a b c', '.', 'not-found NO_MATCH'],
    ['a record lies between at the source', 'a b c', 'a b x c', 'not-found NO_MATCH'],
    ['a committed record lies between', 'a b c', 'a b x c y!', 'not-found NO_MATCH'],
    ['an aborted one of them lies apart', 'a b c', 'a! x b c', 'not-found NO_MATCH'],
    ['the records stand in another order', 'a b c', 'b a c', 'not-found NO_MATCH'],
    ['a re-send begins among the copies', 'c a b', 'a b c', 'not-found NO_MATCH'],
    ['two of the copies are equal', 'a b a', 'a b a', 'ambiguous EQUAL_COPIES'],
    ['the record is there twice', 'a b c', 'a b c x c', 'ambiguous EQUAL_RECORDS'],
    ['a twin of an earlier one', 'a b c', 'a x a b c', 'ambiguous EQUAL_RECORDS'],
    ['a twin that was aborted', 'a b c', 'a b c c!', 'ambiguous EQUAL_RECORDS'],
    ['one is there twice and another is not', 'a b c', 'a a b', 'not-found NO_MATCH'],
    // Cut re-send of equal records: 12 is a copy of 100, and 101 and 102 were never read behind the seed.
    ['three equal records, three copies of which one is a re-send', 'x x x', 'x x x', 'ambiguous EQUAL_COPIES'],
  ])('%s', (_story, remote, home, expected) => {
    const verdict = judgeBoundary(copies(remote), source(home));
    expect(`${verdict.kind} ${told(verdict)}`).toBe(expected);
  });
});

type Pair = readonly [number, number];
const mapOf = (pairs: readonly Pair[], options: Partial<SyncMapOptions> = {}): SyncMap =>
  buildSyncMap(
    pairs.map(([upstream, downstream]) => ({ upstream: BigInt(upstream), downstream: BigInt(downstream) })),
    { history: 'complete', exactlyOnce: false, ...options },
  );
const point = (upstream: bigint, downstream: bigint) => ({ upstream, downstream });
const straight = mapOf([
  [0, 0],
  [100, 100],
  [200, 200],
]);

describe('what is sought', () => {
  const sought = (map: SyncMap, c: bigint | null, s: bigint | null, d: bigint | null) =>
    soughtFor(map, { homeCommit: c, seed: s, drained: d });
  test.each<[string, SyncMap, bigint | null, bigint | null, bigint | null, readonly bigint[] | undefined]>([
    ['the boundary, where syncs give a bound', straight, 50n, 1n, 150n, []],
    ['nothing, where syncs are exact', straight, 50n, 1n, 201n, undefined],
    ['nothing, where nobody knows where the group began', straight, 50n, null, 150n, undefined],
    ['nothing, where nothing was read', straight, 50n, 60n, 60n, undefined],
    ['the beginning too, where no sync is covered by C and S', straight, 0n, 40n, 150n, [40n, 41n]],
    ['the beginning too, where there are no syncs', EMPTY_SYNC_MAP, 50n, 40n, 150n, [40n, 41n]],
    ['the boundary, where syncs say less than home', straight, 120n, 101n, 150n, []],
    ['the boundary, where syncs are missing', mapOf([[0, 0]], { history: 'incomplete' }), 0n, 0n, 1n, []],
  ])('%s', (_story, map, c, s, d, expected) => {
    expect(sought(map, c, s, d)).toEqual(expected === undefined ? undefined : { drained: d, atSeed: expected });
  });
});

describe('an inverse translation with what was found', () => {
  const ask = (map: SyncMap, question: InverseQuestion): string => {
    const answer = translateInverse(map, question);
    const reason = answer.kind === 'home-commit' ? ` ${answer.reason}` : '';
    return `${answer.kind} ${answer.position}, again ${answer.reprocessAtMost}${reason}`;
  };
  const question = { homeCommit: 50n, seed: 1n, drained: 150n };

  test('without it: one past the last sync before d', () => {
    expect(ask(straight, question)).toBe('bounded 101, again 49');
  });
  test('the last copy before d: one past its record, exactly', () => {
    expect(ask(straight, { ...question, found: { atSeed: [], last: point(149n, 149n) } })).toBe('exact 150, again 0');
  });
  test('only markers lie between the last copy and d', () => {
    expect(ask(straight, { ...question, found: { atSeed: [], last: point(140n, 120n) } })).toBe('exact 141, again 0');
  });
  test('a sync says the same: nothing lies behind it', () => {
    expect(ask(straight, { ...question, drained: 105n, found: { atSeed: [], last: point(100n, 100n) } })).toBe(
      'exact 101, again 0',
    );
  });
  test('a sync says another record at the same place: the sync stands', () => {
    expect(ask(straight, { ...question, drained: 105n, found: { atSeed: [], last: point(180n, 100n) } })).toBe(
      'exact 101, again 0',
    );
  });
  test('found inside a re-send: what was done before counts, and all since the seed may be repeated', () => {
    const found = { atSeed: [], last: point(60n, 149n) };
    expect(ask(straight, { ...question, found })).toBe('bounded 101, again 149');
  });
  test('found further on than a re-send told by syncs', () => {
    const resent = mapOf([
      [0, 0],
      [100, 100],
      [60, 120],
    ]);
    expect(ask(resent, { ...question, found: { atSeed: [], last: point(115n, 149n) } })).toBe('bounded 116, again 149');
  });
  describe('where syncs tell the life of their task', () => {
    const lives = buildSyncMap(
      [
        { upstream: 0n, downstream: 0n, life: 1n },
        { upstream: 100n, downstream: 100n, life: 1n },
        { upstream: 200n, downstream: 200n, life: 1n },
        { upstream: 300n, downstream: 300n, life: 2n },
      ],
      { history: 'complete', exactlyOnce: false },
    );
    test('a copy between two syncs of one life is of that life: nothing was sent again around it', () => {
      expect(ask(lives, { ...question, found: { atSeed: [], last: point(149n, 149n) } })).toBe('exact 150, again 0');
    });
    test('so is one at the beginning: what was read from there on is exact', () => {
      const found = { last: point(149n, 149n), atSeed: [point(39n, 39n)] };
      expect(ask(lives, { homeCommit: 40n, seed: 40n, drained: 150n, found })).toBe('exact 150, again 0');
    });
    test('a copy between two lives may be of either: all since the seed may have been sent again', () => {
      expect(ask(lives, { ...question, drained: 250n, found: { atSeed: [], last: point(249n, 249n) } })).toBe(
        'bounded 250, again 249',
      );
    });
  });
  test('a copy in front of the first sync: a life that left no sync may have gone further, and it is repeated', () => {
    // Records 0 to 3 copied to 0 to 3, then 0 to 10 to 4 to 14, then again from 0 on: only that last life left a sync.
    const map = buildSyncMap([{ upstream: 0n, downstream: 15n, life: 3n }], {
      history: 'complete',
      exactlyOnce: false,
    });
    const found = { atSeed: [], last: point(2n, 6n) };
    // Record 3 was read at 3 and is read again at home.
    expect(ask(map, { homeCommit: 2n, seed: 0n, drained: 7n, found })).toBe('bounded 3, again 7');
  });
  test('a copy that is of no known life is told as it was found', () => {
    const answer = translateInverse(straight, { ...question, found: { atSeed: [], last: point(149n, 149n) } });
    expect(answer).toStrictEqual({ kind: 'exact', position: 150n, by: point(149n, 149n), reprocessAtMost: 0n });
  });
  test('home has more', () => {
    expect(
      ask(straight, { homeCommit: 190n, seed: 101n, drained: 150n, found: { atSeed: [], last: point(149n, 149n) } }),
    ).toBe('home-commit 190, again 0 NOTHING_BEYOND');
  });
  test('without an anchor the last copy alone tells nothing', () => {
    expect(
      ask(straight, { homeCommit: 0n, seed: 40n, drained: 150n, found: { atSeed: [], last: point(149n, 149n) } }),
    ).toBe('home-commit 0, again 110 NO_ANCHOR');
  });
  test.each([
    ['right before S', { homeCommit: 40n, seed: 40n }, point(39n, 39n)],
    ['right at S', { homeCommit: 40n, seed: 40n }, point(40n, 40n)],
  ])('no sync at all, but the copy %s is known: the last copy counts', (_story, from, anchor) => {
    const found = { last: point(149n, 149n), atSeed: [anchor] };
    expect(ask(mapOf([]), { ...from, drained: 150n, found })).toBe('bounded 150, again 110');
    expect(ask(mapOf([], { exactlyOnce: true }), { ...from, drained: 150n, found })).toBe('exact 150, again 0');
  });
  test('a copy at S of a record behind C is no anchor: those between were copied before S only', () => {
    const found = { last: point(149n, 149n), atSeed: [point(41n, 40n)] };
    expect(ask(mapOf([]), { homeCommit: 40n, seed: 40n, drained: 150n, found })).toBe(
      'home-commit 40, again 110 NO_ANCHOR',
    );
  });
});

describe('with syncs missing', () => {
  const incomplete = mapOf(
    [
      [0, 0],
      [100, 100],
    ],
    { history: 'incomplete' },
  );
  test('no answer of a plain flow is exact: a hidden re-send may have had further records', () => {
    expect(translateInverse(incomplete, { homeCommit: 50n, seed: 1n, drained: 101n })).toMatchObject({
      kind: 'bounded',
      position: 101n,
      reprocessAtMost: 100n,
    });
  });
  test('an exactly-once flow hides none', () => {
    const map = mapOf(
      [
        [0, 0],
        [100, 100],
      ],
      { history: 'incomplete', exactlyOnce: true },
    );
    expect(translateInverse(map, { homeCommit: 50n, seed: 1n, drained: 101n })).toMatchObject({ kind: 'exact' });
  });
});

describe('a restore', () => {
  const input = (part: Partial<RestoreInput> = {}): RestoreInput => ({
    map: straight,
    homeCommitAtFailover: 50n,
    homeCommitNow: 50n,
    seed: 1n,
    drained: 150n,
    storedRestore: null,
    logStart: 0n,
    end: 300n,
    incarnation: 'same',
    rebuiltHome: false,
    ...part,
  });
  const exact = (upstream: bigint, downstream: bigint): BoundaryVerdict => ({
    kind: 'exact',
    point: point(upstream, downstream),
  });

  test('asks for the boundary from where home stands now', () => {
    expect(soughtByContent(input())).toEqual({ drained: 150n, atSeed: [] });
    expect(soughtByContent(input({ homeCommitAtFailover: 0n, homeCommitNow: 0n, seed: 40n }))).toEqual({
      drained: 150n,
      atSeed: [40n, 41n],
    });
    expect(soughtByContent(input({ homeCommitAtFailover: 0n, seed: 51n }))).toEqual({
      drained: 150n,
      atSeed: [51n, 52n],
    });
    expect(soughtByContent(input({ homeCommitAtFailover: 0n, homeCommitNow: 120n, seed: 101n }))).toEqual({
      drained: 150n,
      atSeed: [],
    });
  });
  test.each(['changed', 'unknown'] as const)('asks nothing of a log that is %s', (incarnation) => {
    expect(soughtByContent(input({ incarnation }))).toBeUndefined();
  });
  test('goes to the boundary that was found, and says so', () => {
    expect(chooseRestore(input({ content: { last: exact(149n, 149n), atSeed: [] } }))).toMatchObject({
      kind: 'commit',
      position: 150n,
      from: 'content',
      reprocessAtMost: 0n,
      because: ['content 150', 'C 50, home now 50, S 1, d 150, stored unknown'],
    });
  });
  test('says by what it was found: where a sync tells another record of the same copy, the sync stands', () => {
    const map = mapOf([
      [0, 0],
      [149, 120],
      [100, 149],
    ]);
    expect(chooseRestore(input({ map, content: { last: exact(149n, 149n), atSeed: [] } }))).toMatchObject({
      position: 150n,
      from: 'recomputed',
    });
  });
  test('takes what was found at the beginning for an anchor', () => {
    const content = {
      last: exact(149n, 149n),
      atSeed: [{ kind: 'not-found', reason: 'TOO_FEW_COPIES' } as const, exact(50n, 60n)],
    };
    expect(chooseRestore(input({ map: EMPTY_SYNC_MAP, seed: 60n, content }))).toMatchObject({
      position: 150n,
      from: 'content',
      reprocessAtMost: 90n,
    });
  });
  test.each<[string, BoundaryVerdict, string]>([
    ['was not found', { kind: 'not-found', reason: 'COMPACTED' }, 'by content: COMPACTED'],
    ['is not the only one', { kind: 'ambiguous', reason: 'EQUAL_RECORDS' }, 'by content: EQUAL_RECORDS'],
  ])('a boundary that %s leaves what syncs say, with the reason', (_story, last, because) => {
    const choice = chooseRestore(input({ content: { last, atSeed: [] } }));
    expect(choice).toMatchObject({ position: 101n, from: 'recomputed', reprocessAtMost: 49n });
    expect(choice.because.at(-1)).toBe(because);
  });
  test('a stored translation that is further stands', () => {
    const content = { last: exact(149n, 149n), atSeed: [] };
    expect(chooseRestore(input({ storedRestore: 160n, content }))).toMatchObject({ position: 160n, from: 'stored' });
  });

  test.each<[string, readonly (bigint | 'unknown' | 'refused')[], string]>([
    ['nothing', [], ''],
    ['all exact', [0n, 0n], '2 exact'],
    ['some with a bound', [0n, 30n, 10n], '1 exact, 2 bounded by 40 records'],
    ['one of which nothing is known', [1n, 'unknown'], '1 bounded by 1 records, 1 without a bound'],
    ['one that was refused', [0n, 'refused'], '1 exact'],
  ])('sums up how much is repeated: %s', (_story, bounds, expected) => {
    const choices = bounds.map((bound) =>
      bound === 'refused'
        ? chooseRestore(input({ end: null }))
        : ({ kind: 'leave', position: 1n, reprocessAtMost: bound, because: ['x'] } as const),
    );
    expect(describeChoices(choices)).toBe(expected);
  });
});
