import { describe, expect, test } from '@jest/globals';
import { translateForward, type RemoteLog } from '../../core/positions/forward.ts';
import { translateInverse } from '../../core/positions/inverse.ts';
import { buildSyncMap, EMPTY_SYNC_MAP, type SyncMap, type SyncMapOptions } from '../../core/positions/sync-map.ts';
import { FlowSimulator } from '../support/flow-simulator.ts';

/** Without a life nothing but the offsets tells a restart. */
type Pair = readonly [upstream: number, downstream: number, life?: number];
const points = (pairs: readonly Pair[]) =>
  pairs.map(([u, d, life]) => ({
    upstream: BigInt(u),
    downstream: BigInt(d),
    ...(life !== undefined && { life: BigInt(life) }),
  }));
const mapOf = (pairs: readonly Pair[], options: Partial<SyncMapOptions> = {}): SyncMap =>
  buildSyncMap(points(pairs), { history: 'complete', exactlyOnce: false, ...options });
const every = (step: number, to: number): readonly Pair[] =>
  Array.from({ length: to / step + 1 }, (_, i) => [i * step, i * step] as const);

/** Position, or the reason why there is none. */
const forward = (map: SyncMap, home: number | null, log: RemoteLog = {}): string => {
  const answer = translateForward(map, home === null ? null : BigInt(home), log);
  return answer.kind === 'unknown' ? answer.reason : `${answer.position}`;
};
const forwardKind = (map: SyncMap, home: number, log: RemoteLog = {}): string => {
  const answer = translateForward(map, BigInt(home), log);
  return answer.kind === 'unknown'
    ? answer.reason
    : `${answer.kind} ${answer.position}, re-read ${answer.rereadAtMost}`;
};

describe('the simulator emits syncs as MirrorMaker 2 does', () => {
  test('lag limit 100, no gaps', () => {
    const flow = new FlowSimulator({ exactlyOnce: false, lagMax: 100n });
    flow.run([
      { do: 'produce', gapBefore: false, count: 1000 },
      { do: 'copy', count: 1000 },
    ]);
    expect(flow.syncs.map((sync) => Number(sync.upstream))).toEqual([0, 101, 202, 303, 404, 505, 606, 707, 808, 909]);
  });
  test('one marker after every 10 records at the source', () => {
    const flow = new FlowSimulator({ exactlyOnce: false, lagMax: 100n });
    for (let i = 0; i < 4; i += 1)
      flow.run([
        { do: 'produce', gapBefore: i > 0, count: 10 },
        { do: 'copy', count: 10 },
      ]);
    expect(flow.syncs.map((sync) => `${sync.upstream}:${sync.downstream}`)).toEqual(['0:0', '11:10', '22:20', '33:30']);
  });
});

describe('the sync map', () => {
  const kept = (map: SyncMap) => map.points.map((point) => `${point.upstream}:${point.downstream}`);

  test('keeps all syncs in log order', () => {
    expect(
      kept(
        mapOf([
          [0, 0],
          [100, 200],
          [150, 251],
        ]),
      ),
    ).toEqual(['0:0', '100:200', '150:251']);
  });
  test('keeps older syncs when only the source offset falls: the flow sent again', () => {
    expect(
      kept(
        mapOf([
          [0, 0],
          [0, 3],
        ]),
      ),
    ).toEqual(['0:0', '0:3']);
  });
  test('drops everything before a remote offset that falls', () => {
    const map = mapOf([
      [100, 200],
      [150, 251],
      [200, 10],
    ]);
    expect(kept(map)).toEqual(['200:10']);
    expect(map.droppedStale).toBe(2);
  });
  test('drops everything before a remote offset that stays while the source offset moves', () => {
    expect(
      kept(
        mapOf([
          [5, 10],
          [6, 10],
        ]),
      ),
    ).toEqual(['6:10']);
  });
  test('ignores exact repetitions', () => {
    const map = mapOf([
      [0, 0],
      [5, 5],
      [0, 0],
      [5, 5],
      [9, 9],
    ]);
    expect(kept(map)).toEqual(['0:0', '5:5', '9:9']);
    expect([map.repeated, map.droppedStale]).toEqual([2, 0]);
  });
  test('an empty map is that of no syncs', () => {
    expect(EMPTY_SYNC_MAP).toEqual(buildSyncMap([], { history: 'incomplete', exactlyOnce: false }));
  });
  const anew: readonly Pair[] = [
    [0, 0],
    [5, 5],
    [90, 90],
    [0, 0],
    [5, 5],
  ];
  test('a sync of the new remote topic that takes the place of a repetition counts alone', () => {
    expect(kept(mapOf([...anew, [7, 5]]))).toEqual(['7:5']);
  });
  test('a repetition behind the first syncs of a new remote topic is one of those', () => {
    const map = mapOf([...anew, [7, 6], [5, 5]]);
    expect(kept(map)).toEqual(['0:0', '5:5', '7:6']);
    expect([map.repeated, map.droppedStale]).toEqual([1, 3]);
  });
  test.each([
    ['all', [1n, 1n, 2n], 0],
    ['all from the second on', [undefined, 1n, 2n], 1],
    ['only the first', [1n, undefined, undefined], 3],
  ])('knows from where on each sync tells its life: %s', (_story, lives, knownFrom) => {
    const syncs = lives.map((life, i) => ({ ...points([[i, i]])[0]!, ...(life !== undefined && { life }) }));
    expect(buildSyncMap(syncs, { history: 'incomplete', exactlyOnce: false }).knownFrom).toBe(knownFrom);
  });
  test('sees that repetitions were the first syncs of a new remote topic', () => {
    const map = mapOf([
      [0, 0],
      [5, 5],
      [90, 90],
      [0, 0],
      [5, 5],
      [7, 6],
    ]);
    expect(kept(map)).toEqual(['0:0', '5:5', '7:6']);
    expect([map.repeated, map.droppedStale]).toEqual([0, 3]);
  });
  test('a last sync that the old remote topic told twice hides none of the first of the new', () => {
    const map = mapOf([
      [0, 0],
      [5, 5],
      [90, 90],
      [90, 90],
      [0, 0],
      [5, 5],
      [7, 6],
    ]);
    expect(kept(map)).toEqual(['0:0', '5:5', '7:6']);
    expect([map.repeated, map.droppedStale]).toEqual([1, 3]);
  });
});

describe('forward', () => {
  test.each<[string, readonly Pair[], number | null, string]>([
    ['nothing known', [], 150, 'NO_SYNCS'],
    ['no home position', [[100, 200]], null, 'NO_HOME_POSITION'],
    ['a negative home position', [[100, 200]], -1, 'NO_HOME_POSITION'],
    ['one behind the sync, never more', [[100, 200]], 150, '201'],
    [
      'at the sync',
      [
        [100, 200],
        [150, 251],
      ],
      150,
      '251',
    ],
    [
      'below every sync',
      [
        [100, 200],
        [150, 251],
      ],
      5,
      'OLDER_THAN_ALL_SYNCS',
    ],
    [
      'only the new remote topic answers',
      [
        [100, 200],
        [150, 251],
        [200, 10],
      ],
      200,
      '10',
    ],
    [
      'the old remote topic does not',
      [
        [100, 200],
        [150, 251],
        [200, 10],
      ],
      160,
      'OLDER_THAN_ALL_SYNCS',
    ],
    ['first sync', [[20, 20]], 20, '20'],
    ["dense where MirrorMaker 2's own store would say 1", every(100, 10_000), 6399, '6301'],
    [
      'a gap at the source',
      [
        [0, 0],
        [7, 1],
      ],
      7,
      '1',
    ],
  ])('%s', (_story, pairs, home, expected) => {
    // Told exactly-once: one marker between (100,200) and (150,251).
    expect(forward(mapOf(pairs, { exactlyOnce: true }), home)).toBe(expected);
  });

  test('an empty map is not a map with an answer', () => {
    expect(forward(EMPTY_SYNC_MAP, 5)).toBe('NO_SYNCS');
  });

  test.each<[string, number, RemoteLog, string]>([
    ['at a sync: nothing is read again', 100, {}, 'exact 200, re-read 0'],
    ['right behind a sync: nothing is read again', 101, {}, 'exact 201, re-read 0'],
    ['between syncs: at most the offsets between', 103, {}, 'bounded 201, re-read 2'],
    ['between syncs: at most the copies up to the next one', 149, { end: 1000n }, 'bounded 201, re-read 3'],
    ['behind the last sync: at most what is there', 500, { end: 210n }, 'bounded 205, re-read 5'],
    ['behind the last sync at the end: nothing', 500, { end: 205n }, 'exact 205, re-read 0'],
  ])('%s', (_story, home, log, expected) => {
    expect(
      forwardKind(
        mapOf([
          [100, 200],
          [150, 204],
        ]),
        home,
        log,
      ),
    ).toBe(expected);
  });

  test.each<[string, readonly Pair[], bigint | null, string]>([
    ['no home position', [[100, 200]], null, 'NO_HOME_POSITION'],
    ['nothing known', [], 150n, 'NO_SYNCS'],
    ['below every sync', [[100, 200]], 5n, 'OLDER_THAN_ALL_SYNCS'],
  ])('without an answer there is nothing to note: %s', (_story, pairs, home, reason) => {
    expect(translateForward(mapOf(pairs), home, {})).toEqual({ kind: 'unknown', reason, notes: [] });
  });
  test('behind the last sync, the end not known: at most the offsets behind it', () => {
    expect(forwardKind(mapOf([[100, 200]]), 103)).toBe('bounded 201, re-read 2');
  });
  test('an answer within the log has nothing to note, also right at its ends', () => {
    const map = mapOf([[100, 200]]);
    expect(translateForward(map, 100n, { logStart: 200n, end: 200n })).toMatchObject({ position: 200n, notes: [] });
  });
  test('an answer proven by content says so', () => {
    const map: SyncMap = { ...mapOf([[100, 200]]), proof: 'content' };
    expect(translateForward(map, 100n, {})).toMatchObject({ notes: ['PROVEN_BY_CONTENT'] });
  });
  test('never beyond the end', () => {
    expect(translateForward(mapOf([[100, 950]]), 200n, { end: 940n })).toMatchObject({
      position: 940n,
      rereadAtMost: 0n,
      notes: ['CAPPED_AT_END'],
    });
  });
  test('never below the log start, and says so', () => {
    expect(translateForward(mapOf([[100, 50]]), 100n, { logStart: 80n, end: 90n })).toMatchObject({
      position: 80n,
      notes: ['RAISED_TO_LOG_START'],
    });
  });
  test('offsets beyond 2^53 stay exact', () => {
    const map = buildSyncMap([{ upstream: 9_007_199_254_740_993n, downstream: 9_007_199_254_740_995n }], {
      history: 'complete',
      exactlyOnce: false,
    });
    expect(translateForward(map, 9_007_199_254_740_994n, {})).toMatchObject({
      kind: 'exact',
      position: 9_007_199_254_740_996n,
    });
  });
});

describe('a re-send whose syncs were lost, hidden between two syncs of different lives', () => {
  const first: Pair = [0, 0, 1];
  test.each<[string, readonly Pair[], number, string]>([
    ['0,5,10 copied to 0,1,2, then 0,5 to 3,4: as if 4 were a marker', [first, [5, 4, 2]], 5, '1'],
    ['as many gaps as copies were made again', [first, [5, 5, 2]], 5, '1'],
    ['more gaps than copies', [first, [50, 4, 2]], 50, '1'],
    ['as many copies made from there on as may be hidden', [first, [5, 4, 2], [12, 6, 2]], 12, '6'],
    ['one too few', [first, [5, 4, 2], [12, 5, 2]], 12, '1'],
    ['a third life goes on where the second one stood', [first, [5, 4, 2], [10, 5, 3], [12, 6, 3]], 12, '6'],
    ['a third life may have sent again', [first, [5, 4, 2], [10, 6, 3], [12, 7, 3]], 12, '1'],
    ['a third life has made as many copies itself', [first, [5, 4, 2], [10, 6, 3], [14, 8, 3]], 14, '8'],
    ['nothing was copied between them', [first, [5, 1, 2]], 5, '1'],
    [
      'nothing was copied between them, behind what a re-send was cut from',
      [
        [0, 0, 1],
        [5, 1, 1],
        [0, 2, 2],
      ],
      5,
      '1',
    ],
    ['the same life: a marker', [first, [5, 4, 1]], 5, '4'],
    ['the same life, syncs of it lost', [first, [50, 4, 1], [90, 6, 1]], 90, '6'],
  ])('%s', (_story, pairs, home, expected) => {
    expect(forward(mapOf(pairs), home)).toBe(expected);
  });

  test.each<[string, readonly Pair[], number, string]>([
    ['0,1 copied to 0,1, then 0 to 2', [[0, 2, 2]], 0, 'UNTRUSTED_RESEND'],
    [
      'as many copies made from there on',
      [
        [0, 2, 2],
        [1, 3, 2],
      ],
      1,
      '3',
    ],
    [
      'one too few',
      [
        [0, 3, 2],
        [1, 4, 2],
      ],
      1,
      'UNTRUSTED_RESEND',
    ],
    ['one copy before it is enough', [[0, 1, 2]], 0, '1'],
    ['the first record of the remote topic', [[7, 0, 1]], 7, '0'],
    ['lives are not known', [[0, 2]], 0, '2'],
  ])('a first life left no sync at all: %s', (_story, pairs, home, expected) => {
    expect(forward(mapOf(pairs), home)).toBe(expected);
  });
  test('what lies before the first sync of an incomplete history is not judged by syncs', () => {
    const map = mapOf([[0, 2, 2]], { history: 'incomplete' });
    expect(translateForward(map, 0n, { incompleteHistory: 'accept' })).toMatchObject({ position: 2n });
  });
  test('what lies before a sync that is proven by content is harmless', () => {
    expect(forward(mapOf([[0, 2, 2]], { proof: 'content' }), 0)).toBe('2');
  });
  test('an exactly-once flow sends nothing again', () => {
    expect(forward(mapOf([[0, 2, 2]], { exactlyOnce: true }), 0)).toBe('2');
  });

  test.each<[string, readonly Pair[], number, RemoteLog, string]>([
    ['at the last sync, which is at the end', [first], 0, { end: 1n }, 'exact 0, re-read 0'],
    ['copies behind the last sync may be of a life that left none', [first], 0, { end: 5n }, 'bounded 0, re-read 4'],
    ['the end is not known', [first], 0, {}, 'bounded 0, re-read unknown'],
    ['between two lives every copy may be one', [first, [100, 8, 2]], 0, { end: 9n }, 'bounded 0, re-read 7'],
    ['within a life none is', [first, [100, 8, 1]], 0, { end: 9n }, 'exact 0, re-read 0'],
    ['within a life, the offsets between', [first, [100, 8, 1]], 3, { end: 9n }, 'bounded 1, re-read 2'],
    ['of later lives as well', [first, [100, 8, 1], [200, 20, 2]], 3, { end: 21n }, 'bounded 1, re-read 13'],
  ])('what is read again: %s', (_story, pairs, home, log, expected) => {
    expect(forwardKind(mapOf(pairs), home, log)).toBe(expected);
  });

  test.each<[string, readonly Pair[], bigint]>([
    [
      'within a life, what lies behind the last sync',
      [
        [0, 0, 1],
        [10, 10, 1],
      ],
      4n,
    ],
    [
      'with a change of life inside, all',
      [
        [0, 0, 1],
        [20, 10, 2],
      ],
      15n,
    ],
  ])('what is processed again at home: %s', (_story, pairs, reprocessAtMost) => {
    expect(translateInverse(mapOf(pairs), { homeCommit: 0n, seed: 0n, drained: 15n })).toMatchObject({
      reprocessAtMost,
    });
  });
  test('what is processed again at home: before the first sync a life may have left none', () => {
    const question = { homeCommit: 5n, seed: 2n, drained: 6n };
    expect(translateInverse(mapOf([[3, 4, 2]]), question)).toMatchObject({ reprocessAtMost: 4n });
    expect(translateInverse(mapOf([[3, 4]]), question)).toMatchObject({ reprocessAtMost: 1n });
  });
});

describe('a re-send that was cut short', () => {
  const cut: readonly Pair[] = [
    [0, 0],
    [0, 3],
  ];

  test('the smallest case: 1 and 2 were copied once, before the restart', () => {
    expect(forward(mapOf(cut), 1, { end: 4n })).toBe('1');
    expect(translateForward(mapOf(cut), 1n, { end: 4n }).notes).toContain('RESEND_NOT_TRUSTED');
  });
  test('an exactly-once flow never sends again: the newest sync answers', () => {
    expect(forward(mapOf(cut, { exactlyOnce: true }), 1, { end: 4n })).toBe('4');
  });
  test('what is read again are the copies of the re-send, and the offsets behind its last sync', () => {
    expect(forwardKind(mapOf(cut), 2, { end: 10n })).toBe('bounded 1, re-read 4');
  });
  test('raised to the log start: a copy of the re-send that lies right there is read again', () => {
    expect(forwardKind(mapOf(cut), 2, { logStart: 3n, end: 4n })).toBe('bounded 3, re-read 1');
  });
  test.each<[string, readonly Pair[], number, string]>([
    [
      'copies of what lies in front of it do not count',
      [
        [10, 10],
        [8, 13],
        [14, 15],
      ],
      14,
      '11',
    ],
    [
      'one record sent twice is complete at once',
      [
        [0, 0],
        [1, 2],
      ],
      2,
      '3',
    ],
    [
      'it began before it and went on without gaps',
      [
        [10, 10],
        [8, 13],
        [12, 17],
      ],
      11,
      '14',
    ],
    [
      'four copies before, four from the same place on',
      [
        [0, 0],
        [0, 5],
        [5, 8],
        [9, 9],
      ],
      4,
      '6',
    ],
    [
      'five copies before, four from the same place on',
      [
        [0, 0],
        [0, 6],
        [5, 9],
        [9, 10],
      ],
      4,
      '1',
    ],
    [
      'four copies before, four from right behind that place on',
      [
        [0, 0],
        [3, 5],
        [9, 8],
      ],
      4,
      '6',
    ],
  ])('%s', (_story, pairs, home, expected) => {
    expect(forward(mapOf(pairs), home)).toBe(expected);
  });
  test('once the re-send has passed what was copied before, it is trusted', () => {
    expect(forward(mapOf([...cut, [2, 5]]), 1, { end: 6n })).toBe('4');
  });
  test('a re-send that left something out is not: copies are counted', () => {
    expect(forward(mapOf([...cut, [2, 4]]), 1, { end: 5n })).toBe('1');
  });
  test('as many copies as before, from the same place on, are a proof too', () => {
    expect(
      forward(
        mapOf([
          [0, 0],
          [0, 4],
          [5, 5],
          [8, 7],
        ]),
        4,
        { end: 8n },
      ),
    ).toBe('5');
  });
  test('nothing before the boundary is old enough: no answer', () => {
    expect(
      forward(
        mapOf([
          [100, 100],
          [60, 101],
        ]),
        70,
      ),
    ).toBe('UNTRUSTED_RESEND');
  });
  test('one short of what was copied before is not enough', () => {
    expect(
      forward(
        mapOf([
          [100, 100],
          [60, 101],
          [99, 140],
        ]),
        70,
      ),
    ).toBe('UNTRUSTED_RESEND');
    expect(
      forward(
        mapOf([
          [100, 100],
          [60, 101],
          [100, 141],
        ]),
        70,
      ),
    ).toBe('102');
  });
  test('one record short of what was copied before, right behind the boundary, is not enough', () => {
    expect(forward(mapOf([...cut, [1, 4]]), 1, { end: 5n })).toBe('1');
  });
  test('a re-send that began too late to cover what came before is not taken as complete', () => {
    expect(
      forward(
        mapOf([
          [0, 0],
          [2, 3],
        ]),
        2,
        { end: 4n },
      ),
    ).toBe('1');
    expect(
      forward(
        mapOf([
          [0, 0],
          [1, 3],
          [2, 4],
        ]),
        2,
        { end: 5n },
      ),
    ).toBe('4');
  });
  test('a second cut re-send takes the trust away again', () => {
    const twice: readonly Pair[] = [...cut, [2, 5], [0, 6]];
    expect(forward(mapOf(twice), 1, { end: 7n })).toBe('4');
    expect(forward(mapOf([...twice, [2, 8]]), 1, { end: 9n })).toBe('7');
  });
  test('what is read again counts the copies behind the re-send', () => {
    expect(forwardKind(mapOf(cut), 1, { end: 4n })).toBe('bounded 1, re-read 3');
  });
});

describe('an incomplete history', () => {
  const incomplete = { history: 'incomplete' } as const;
  const accepted = { incompleteHistory: 'accept' } as const;
  test('answers from the sync before the nearest one', () => {
    expect(
      translateForward(
        mapOf(
          [
            [100, 200],
            [150, 250],
          ],
          incomplete,
        ),
        160n,
        { end: 300n, incompleteHistory: 'accept' },
      ),
    ).toMatchObject({
      kind: 'bounded',
      position: 201n,
      rereadAtMost: 99n,
      notes: ['INCOMPLETE_HISTORY'],
    });
  });
  test('answers from the only sync there is', () => {
    expect(forward(mapOf([[100, 200]], incomplete), 160, accepted)).toBe('201');
  });
  test('is never exact, and knows no bound without the end', () => {
    expect(forwardKind(mapOf([[100, 200]], incomplete), 100, accepted)).toBe('bounded 200, re-read unknown');
  });
  test('is not exact even where nothing can be read again', () => {
    expect(forwardKind(mapOf([[100, 200]], incomplete), 100, { ...accepted, end: 200n })).toBe(
      'bounded 200, re-read 0',
    );
  });
  test('counts nothing below zero when the log start has passed the end that was read before', () => {
    const log = { ...accepted, logStart: 220n, end: 210n };
    expect(forwardKind(mapOf([[100, 200]], incomplete), 100, log)).toBe('bounded 220, re-read 0');
  });
  test('does not answer unless that is accepted: a re-send that was cut short may be hidden', () => {
    expect(forward(mapOf([[100, 200]], incomplete), 160)).toBe('INCOMPLETE_HISTORY');
    expect(forward(mapOf([[100, 200]], incomplete), 160, { incompleteHistory: 'log-start' })).toBe(
      'INCOMPLETE_HISTORY',
    );
  });
  test('hides nothing in an exactly-once flow: the nearest sync answers, exactly', () => {
    const map = mapOf(
      [
        [100, 200],
        [150, 250],
      ],
      { ...incomplete, exactlyOnce: true },
    );
    expect(forwardKind(map, 150)).toBe('exact 250, re-read 0');
  });
});

describe('inverse', () => {
  const plain: readonly Pair[] = [
    [0, 0],
    [100, 200],
    [150, 251],
    [300, 400],
  ];
  const inverse = (pairs: readonly Pair[], c: number | null, s: number | null, d: number | null): string => {
    const big = (n: number | null) => (n === null ? null : BigInt(n));
    const answer = translateInverse(mapOf(pairs), { homeCommit: big(c), seed: big(s), drained: big(d) });
    return answer.kind === 'home-commit' ? `${answer.position} ${answer.reason}` : `${answer.position}`;
  };

  test.each([
    [199, '1'],
    [200, '100'],
    [201, '101'],
    [251, '150'],
    [252, '151'],
    [400, '300'],
    [401, '301'],
    [10_000, '301'],
  ])('C=0, S=0, d=%s: home goes on at %s', (d, expected) => {
    expect(inverse(plain, 0, 0, d)).toBe(expected);
  });
  test('without a sync that C and S both cover, home goes on at C', () => {
    expect(inverse(plain.slice(1), 0, 0, 10_000)).toBe('0 NO_ANCHOR');
  });
  test.each([
    [252, '180 NO_PROGRESS'],
    [399, '180 NOTHING_BEYOND'],
    [401, '301'],
  ])('C=180, S=252, d=%s: %s', (d, expected) => {
    expect(inverse(plain, 180, 252, d)).toBe(expected);
  });

  const resent: readonly Pair[] = [
    [100, 100],
    [60, 101],
  ];
  test.each<[string, readonly Pair[], number, number, number, string]>([
    ['nothing read since the seed', resent, 70, 102, 102, '70 NO_PROGRESS'],
    ['a sync before the anchor does not count', resent, 70, 102, 140, '70 NOTHING_BEYOND'],
    ['a sync behind the anchor does', [...resent, [99, 140]], 70, 102, 141, '100'],
    ['no anchor for C=0', resent, 0, 0, 105, '0 NO_ANCHOR'],
  ])('a re-send: %s', (_story, pairs, c, s, d, expected) => {
    expect(inverse(pairs, c, s, d)).toBe(expected);
  });
  test('a recreated source: its own syncs lie behind those of the old log, and count alone', () => {
    expect(inverse([[0, 901]], 0, 901, 950)).toBe('1');
  });
  test.each<[string, number | null, number | null, number | null, string]>([
    ['seed unknown', 180, null, 400, '180 NO_SEED'],
    ['never committed in the remote topic', 180, 252, null, '180 NO_PROGRESS'],
    ['a negative commit is none', 180, 252, -1, '180 NO_PROGRESS'],
    ['home commit unknown: only what the refuge did counts', null, 0, 401, '301'],
    ['the home commit is right at the anchor', 150, 251, 300, '151'],
    ['the seed is one behind what C covers', 150, 252, 300, '150 NO_ANCHOR'],
  ])('%s', (_story, c, s, d, expected) => {
    expect(inverse(plain, c, s, d)).toBe(expected);
  });
  const ask = (map: SyncMap, c: number, s: number, d: number): string => {
    const answer = translateInverse(map, { homeCommit: BigInt(c), seed: BigInt(s), drained: BigInt(d) });
    return `${answer.kind} ${answer.position}, again ${answer.reprocessAtMost}`;
  };
  test('states how much is done twice', () => {
    const upTo = (drained: bigint) =>
      translateInverse(mapOf(plain, { exactlyOnce: true }), { homeCommit: 0n, seed: 0n, drained });
    expect(upTo(200n)).toMatchObject({ kind: 'exact', reprocessAtMost: 0n });
    expect(upTo(201n)).toMatchObject({ kind: 'exact', reprocessAtMost: 0n });
    expect(upTo(221n)).toMatchObject({ kind: 'bounded', position: 101n, reprocessAtMost: 20n });
  });
  test.each<[string, readonly Pair[], number, number, number, string]>([
    [
      'of two syncs that say the same the later',
      [
        [0, 0],
        [5, 5],
        [6, 9],
      ],
      0,
      0,
      9,
      'exact 6, again 0',
    ],
  ])('exactly-once: %s', (_story, pairs, c, s, d, expected) => {
    expect(ask(mapOf(pairs, { exactlyOnce: true }), c, s, d)).toBe(expected);
  });
  test.each<[string, readonly Pair[], number, number, number, string]>([
    [
      'the first sync lies behind the seed',
      [
        [0, 5],
        [10, 15],
      ],
      5,
      3,
      15,
      'exact 10, again 0',
    ],
    [
      'a re-send that begins right at the seed',
      [
        [0, 0],
        [100, 100],
        [60, 101],
        [99, 140],
      ],
      70,
      101,
      141,
      'exact 100, again 0',
    ],
    [
      'a re-send right at the position',
      [
        [0, 0],
        [100, 100],
        [60, 151],
      ],
      0,
      0,
      151,
      'bounded 101, again 151',
    ],
    [
      'a re-send behind the position',
      [
        [0, 0],
        [100, 100],
        [60, 200],
      ],
      0,
      0,
      101,
      'exact 101, again 0',
    ],
    ['the seed is not known', plain, 180, -1, 400, 'home-commit 180, again unknown'],
    ['nothing was read', plain, 180, 252, 252, 'home-commit 180, again 0'],
    ['no sync is covered by both', plain, 150, 252, 300, 'home-commit 150, again 48'],
  ])('what is done twice: %s', (_story, pairs, c, s, d, expected) => {
    expect(ask(mapOf(pairs), c, s, d)).toBe(expected);
  });
  test('with a re-send since the seed, any copy may be done twice', () => {
    const map = mapOf([
      [0, 0],
      [100, 100],
      [60, 151],
    ]);
    expect(translateInverse(map, { homeCommit: 0n, seed: 0n, drained: 160n })).toMatchObject({
      position: 101n,
      reprocessAtMost: 160n,
    });
  });
});

test('where a re-send lies behind the seed, all copies from the seed on may be repeated', () => {
  const map = mapOf([
    [0, 0],
    [100, 100],
    [60, 101],
  ]);
  expect(translateInverse(map, { homeCommit: 50n, seed: 1n, drained: 150n })).toMatchObject({ reprocessAtMost: 149n });
});
