import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { provenFrom } from '../../core/positions/proof.ts';
import { chooseRestore, type RestoreInput } from '../../core/positions/restore.ts';
import {
  chooseLocalPin,
  chooseRemoteSeed,
  type LocalPinInput,
  type RemoteSeedInput,
  type SeedChoice,
} from '../../core/positions/seed.ts';
import { buildSyncMap, EMPTY_SYNC_MAP, type SyncMapOptions } from '../../core/positions/sync-map.ts';

const mapOf = (pairs: readonly (readonly [bigint, bigint])[], options: Partial<SyncMapOptions> = {}) =>
  buildSyncMap(
    pairs.map(([upstream, downstream]) => ({ upstream, downstream })),
    { history: 'complete', exactlyOnce: false, ...options },
  );
const identity = mapOf([
  [0n, 0n],
  [500n, 500n],
  [900n, 900n],
  [950n, 950n],
]);
const seedInput = (part: Partial<RemoteSeedInput>): RemoteSeedInput => ({
  purpose: 'seed',
  mode: 'shared',
  map: identity,
  homeSamples: [950n],
  logStart: 0n,
  end: 1000n,
  ...part,
});
const short = (choice: SeedChoice): string =>
  choice.kind === 'commit' ? `${choice.from} ${choice.position}` : `${choice.kind} ${choice.reason}`;

test.each<[string, Partial<RemoteSeedInput>, string]>([
  ['the forward translation', {}, 'forward 950'],
  [
    'the furthest of all, capped at the end',
    {
      checkpoint: { upstream: 900n, downstream: 900n },
      earlierSeed: { position: 300n, forHomePosition: 300n },
      end: 940n,
    },
    'forward 940',
  ],
  ['nothing known at all: a seed is refused', { homeSamples: [] }, 'refuse NO_HOME_POSITION'],
  ['a negative home position is none', { homeSamples: [-1n] }, 'refuse NO_HOME_POSITION'],
  [
    'nothing known at all: a pin starts at the log start',
    { homeSamples: [], purpose: 'pin', logStart: 7n },
    'log-start 7',
  ],
  ['no translation: log start', { map: EMPTY_SYNC_MAP, logStart: 7n }, 'log-start 7'],
  [
    'no translation, but an earlier seed',
    { map: EMPTY_SYNC_MAP, earlierSeed: { position: 600n, forHomePosition: 600n } },
    'earlier-seed 600',
  ],
  [
    'the translation fell back: the seed does not',
    { map: mapOf([[0n, 0n]]), earlierSeed: { position: 600n, forHomePosition: 600n } },
    'earlier-seed 600',
  ],
  [
    'an earlier seed beyond the end is of another topic',
    { earlierSeed: { position: 1001n, forHomePosition: 600n } },
    'forward 950',
  ],
  ['reads-remote groups are left alone', { mode: 'reads-remote' }, 'leave READS_REMOTE'],
  ['home-only groups are seeded like shared ones', { mode: 'home-only' }, 'forward 950'],
  ['retention has overtaken the translation', { logStart: 980n }, 'forward 980'],
  ['a home position of 0 is one', { homeSamples: [0n] }, 'forward 0'],
  [
    'an earlier seed right at the end is of this topic',
    { earlierSeed: { position: 1000n, forHomePosition: 600n } },
    'earlier-seed 1000',
  ],
  [
    'an earlier seed made for this very home position',
    { earlierSeed: { position: 960n, forHomePosition: 950n } },
    'earlier-seed 960',
  ],
  [
    'an earlier seed that says the same as the translation',
    { earlierSeed: { position: 950n, forHomePosition: 950n } },
    'forward 950',
  ],
])('%s', (_story, part, expected) => {
  expect(short(chooseRemoteSeed(seedInput(part)))).toBe(expected);
});

describe('a group that went back at home', () => {
  const earlierSeed = { position: 900n, forHomePosition: 900n };
  test('seen once, the seed waits', () => {
    expect(short(chooseRemoteSeed(seedInput({ homeSamples: [900n, 500n], earlierSeed })))).toBe('leave HOME_FELL_ONCE');
  });
  test('seen once and never before, the seed waits', () => {
    expect(short(chooseRemoteSeed(seedInput({ homeSamples: [500n], earlierSeed })))).toBe('leave HOME_FELL_ONCE');
  });
  test('seen twice, the seed follows and says so', () => {
    const choice = chooseRemoteSeed(seedInput({ homeSamples: [900n, 500n, 500n], earlierSeed }));
    expect(choice).toMatchObject({ kind: 'commit', position: 500n, rewound: true });
    expect(choice.because.join()).toContain('home position fell from 900 to 500');
  });
  test('a pin has no time to wait: the earlier seed does not hold', () => {
    const choice = chooseRemoteSeed(seedInput({ purpose: 'pin', homeSamples: [900n, 500n], earlierSeed }));
    expect(choice).toMatchObject({ kind: 'commit', position: 500n, homePosition: 500n });
  });
  test('standing still is not going back', () => {
    expect(chooseRemoteSeed(seedInput({ homeSamples: [900n, 900n], earlierSeed }))).toMatchObject({
      position: 900n,
      rewound: false,
    });
  });
});

describe("MirrorMaker 2's checkpoint", () => {
  const incomplete = mapOf(
    [
      [100n, 100n],
      [200n, 200n],
    ],
    { history: 'incomplete' },
  );
  const cut = mapOf(
    [
      [0n, 0n],
      [0n, 300n],
    ],
    { history: 'incomplete' },
  );
  test.each<[string, Partial<RemoteSeedInput>, string]>([
    [
      'helps where syncs may be missing',
      { map: incomplete, checkpoint: { upstream: 900n, downstream: 700n } },
      'checkpoint 700',
    ],
    [
      'computed at the home position itself counts',
      { map: incomplete, checkpoint: { upstream: 950n, downstream: 700n } },
      'checkpoint 700',
    ],
    [
      'computed above the home position does not',
      { map: incomplete, checkpoint: { upstream: 951n, downstream: 700n } },
      'forward 101',
    ],
    ['beyond the end does not', { map: incomplete, checkpoint: { upstream: 900n, downstream: 1001n } }, 'forward 101'],
    ['at the end does', { map: incomplete, checkpoint: { upstream: 900n, downstream: 1000n } }, 'checkpoint 1000'],
    [
      'behind a cut re-send does not',
      { map: cut, homeSamples: [200n], checkpoint: { upstream: 200n, downstream: 301n } },
      'forward 1',
    ],
    [
      'in front of a cut re-send counts',
      {
        map: mapOf(
          [
            [0n, 0n],
            [100n, 100n],
            [0n, 300n],
          ],
          { history: 'incomplete' },
        ),
        homeSamples: [200n],
        checkpoint: { upstream: 150n, downstream: 101n },
      },
      'checkpoint 101',
    ],
    [
      'without any sync that proves it does not',
      { map: EMPTY_SYNC_MAP, checkpoint: { upstream: 900n, downstream: 700n } },
      'log-start 0',
    ],
    [
      'of an exactly-once flow needs no proof',
      { map: { ...EMPTY_SYNC_MAP, exactlyOnce: true }, checkpoint: { upstream: 900n, downstream: 700n } },
      'checkpoint 700',
    ],
    [
      'behind the only sync there is counts',
      { map: mapOf([[100n, 100n]], { history: 'incomplete' }), checkpoint: { upstream: 900n, downstream: 700n } },
      'checkpoint 700',
    ],
    [
      'behind the only sync that there ever was does not',
      { map: mapOf([[0n, 0n]]), checkpoint: { upstream: 900n, downstream: 700n } },
      'forward 1',
    ],
    [
      'of an exactly-once flow that has told no sync yet counts',
      { map: mapOf([], { exactlyOnce: true }), checkpoint: { upstream: 900n, downstream: 700n } },
      'checkpoint 700',
    ],
    [
      'larger than a complete history says is of a topic that is gone',
      { checkpoint: { upstream: 900n, downstream: 990n } },
      'forward 950',
    ],
    [
      'after the remote topic was recreated does not',
      {
        map: mapOf(
          [
            [100n, 500n],
            [100n, 100n],
            [200n, 200n],
          ],
          { history: 'incomplete' },
        ),
        checkpoint: { upstream: 900n, downstream: 700n },
      },
      'forward 101',
    ],
  ])('%s', (_story, part, expected) => {
    expect(short(chooseRemoteSeed(seedInput({ incompleteHistory: 'accept', ...part })))).toBe(expected);
  });
});

describe('syncs are missing and nothing proves that they hide nothing', () => {
  const map = mapOf([[900n, 900n]], { history: 'incomplete' });
  const checkpoint = { upstream: 940n, downstream: 930n };
  test.each<[string, Partial<RemoteSeedInput>, string]>([
    ['by itself: the log start', {}, 'log-start 0'],
    ['declared log-start: the log start, whatever the checkpoint says', { checkpoint }, 'log-start 0'],
    ['declared accept: the translation', { incompleteHistory: 'accept' }, 'forward 901'],
    [
      'declared accept: the checkpoint, where it is further on',
      { incompleteHistory: 'accept', checkpoint },
      'checkpoint 930',
    ],
    [
      'an earlier seed was made when it was known to be safe',
      { earlierSeed: { position: 700n, forHomePosition: 700n } },
      'earlier-seed 700',
    ],
  ])('%s', (_story, part, expected) => {
    expect(short(chooseRemoteSeed(seedInput({ map, ...part })))).toBe(expected);
  });
  test('the reason names it', () => {
    expect(chooseRemoteSeed(seedInput({ map })).because).toContain(
      'home position 950 has no translation: INCOMPLETE_HISTORY',
    );
  });
});

describe('a seed says whether offset syncs are missing behind it', () => {
  const syncs: readonly (readonly [bigint, bigint])[] = [
    [100n, 100n],
    [900n, 900n],
  ];
  const missing = mapOf(syncs, { history: 'incomplete' });
  test.each<[string, Partial<RemoteSeedInput>, string | undefined]>([
    ['none are', {}, undefined],
    ['there never were any, which is told by other means', { map: EMPTY_SYNC_MAP }, undefined],
    ['they are, and the position is an earlier one', { map: missing }, 'unproven'],
    ['they are, and the translation is accepted', { map: missing, incompleteHistory: 'accept' }, 'unproven'],
    [
      'they are, and the remote topic proves what they would have said',
      { map: provenFrom(missing, missing.points[1]!, 950n)! },
      'proven',
    ],
  ])('%s', (_story, part, expected) => {
    expect((chooseRemoteSeed(seedInput(part)) as { missingSyncs?: string }).missingSyncs).toBe(expected);
  });
});

describe('what a choice was made of', () => {
  const because = (part: Partial<RemoteSeedInput>) => chooseRemoteSeed(seedInput(part)).because;
  test('is said with it', () => {
    expect(chooseRemoteSeed(seedInput({}))).toEqual({
      kind: 'commit',
      homePosition: 950n,
      rewound: false,
      position: 950n,
      from: 'forward',
      rereadAtMost: 0n,
      because: ['forward 950', 'home position 950 -> 950, exact'],
    });
  });
  test('is nothing, and a pin begins at the log start for no home position', () => {
    expect(chooseRemoteSeed(seedInput({ homeSamples: [], purpose: 'pin', logStart: 7n }))).toEqual({
      kind: 'commit',
      position: 7n,
      homePosition: null,
      from: 'log-start',
      rereadAtMost: 993n,
      rewound: false,
      because: [
        'no position of the group at home was ever seen: from the log start, everything in it may be a repetition',
      ],
    });
  });
  const fell = { position: 900n, forHomePosition: 900n };
  const incomplete = mapOf([[100n, 100n]], { history: 'incomplete' });
  test.each<[string, Partial<RemoteSeedInput>, string]>([
    [
      'a translation with its notes',
      {
        map: mapOf([
          [0n, 0n],
          [950n, 940n],
        ]),
        logStart: 945n,
      },
      'home position 950 -> 945, exact (RAISED_TO_LOG_START)',
    ],
    [
      'two notes',
      { map: incomplete, incompleteHistory: 'accept', logStart: 500n },
      'home position 950 -> 500, bounded (INCOMPLETE_HISTORY, RAISED_TO_LOG_START)',
    ],
    ['no translation', { map: EMPTY_SYNC_MAP }, 'home position 950 has no translation: NO_SYNCS'],
    [
      'a checkpoint',
      { map: incomplete, incompleteHistory: 'accept', checkpoint: { upstream: 900n, downstream: 700n } },
      'checkpoint 900 -> 700',
    ],
    [
      'a checkpoint right at a sync',
      { map: incomplete, incompleteHistory: 'accept', checkpoint: { upstream: 900n, downstream: 100n } },
      'checkpoint 900 -> 100',
    ],
    [
      'a checkpoint from above',
      { checkpoint: { upstream: 951n, downstream: 700n } },
      'checkpoint 951 -> 700 is not used: above the home position 950',
    ],
    [
      'a checkpoint from beyond',
      { checkpoint: { upstream: 900n, downstream: 1001n } },
      'checkpoint 900 -> 1001 is not used: beyond the end 1000',
    ],
    [
      'an earlier seed',
      { earlierSeed: { position: 600n, forHomePosition: 500n } },
      'earlier seed 600 for home position 500',
    ],
    [
      'an earlier seed of another topic',
      { earlierSeed: { position: 1001n, forHomePosition: 600n } },
      'the earlier seed 1001 lies beyond the end 1000: of another remote topic',
    ],
    [
      'an earlier seed that was raised',
      { map: EMPTY_SYNC_MAP, earlierSeed: { position: 600n, forHomePosition: 600n }, logStart: 700n },
      'earlier-seed 700 (raised to the log start from 600)',
    ],
    [
      'a fall seen once',
      { homeSamples: [900n, 500n], earlierSeed: fell },
      'home position fell from 900 to 500, seen once: the seed stays until it is seen again',
    ],
    [
      'a fall seen twice',
      { homeSamples: [500n, 500n], earlierSeed: fell },
      'home position fell from 900 to 500 and stayed there over two samples: rewound on purpose, the seed follows',
    ],
    [
      'a fall at a pin',
      { purpose: 'pin', homeSamples: [500n], earlierSeed: fell },
      'home position fell from 900 to 500: the earlier seed does not hold',
    ],
  ])('is %s', (_story, part, sentence) => expect(because(part)).toContain(sentence));
});

describe('what is read again', () => {
  test.each<[string, Partial<RemoteSeedInput>, bigint]>([
    ['nothing at a sync', {}, 0n],
    ['the offsets behind a sync', { homeSamples: [920n] }, 19n],
    ['everything when only the log start is known', { map: EMPTY_SYNC_MAP, logStart: 10n }, 990n],
    ['everything when nothing is known', { purpose: 'pin', homeSamples: [], logStart: 10n }, 990n],
  ])('%s', (_story, part, expected) => {
    expect(chooseRemoteSeed(seedInput(part))).toMatchObject({ rereadAtMost: expected });
  });
});

test('over many turns a seed never goes back while home does not', () => {
  const step = fc.record({ ahead: fc.bigInt({ min: 0n, max: 40n }), syncs: fc.integer({ min: 0, max: 5 }) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 2 }), (steps) => {
      let home = 0n;
      let earlierSeed: RemoteSeedInput['earlierSeed'];
      for (const { ahead, syncs } of steps) {
        home += ahead;
        const map = mapOf(Array.from({ length: syncs }, (_, i) => [home * BigInt(i), home * BigInt(i)] as const));
        const choice = chooseRemoteSeed(seedInput({ map, homeSamples: [home], earlierSeed, end: home + 100n }));
        if (choice.kind !== 'commit') throw new Error(choice.kind);
        expect(choice.position).toBeGreaterThanOrEqual(earlierSeed?.position ?? 0n);
        expect(choice.position).toBeLessThanOrEqual(home);
        earlierSeed = { position: choice.position, forHomePosition: home };
      }
    }),
  );
});

test('what is left alone or refused says why', () => {
  expect(chooseRemoteSeed(seedInput({ mode: 'reads-remote' }))).toMatchObject({
    because: ['members at the refuge always read the remote topic'],
  });
  expect(chooseRemoteSeed(seedInput({ homeSamples: [] }))).toMatchObject({
    because: ['no position of the group at home was ever seen'],
  });
});

test('a pin below an earlier seed, because home fell, is a rewind', () => {
  const earlierSeed = { position: 950n, forHomePosition: 950n };
  expect(chooseRemoteSeed(seedInput({ purpose: 'pin', homeSamples: [500n], earlierSeed }))).toMatchObject({
    rewound: true,
  });
  expect(chooseRemoteSeed(seedInput({ purpose: 'pin', homeSamples: [950n], earlierSeed }))).toMatchObject({
    rewound: false,
  });
});

test('without a translation all up to the end may be a repetition', () => {
  const earlierSeed = { position: 600n, forHomePosition: 600n };
  expect(chooseRemoteSeed(seedInput({ map: EMPTY_SYNC_MAP, earlierSeed }))).toMatchObject({ rereadAtMost: 400n });
});

test.each<[string, Partial<LocalPinInput>, bigint | 'leave']>([
  ['shared with a commit: never rewritten', {}, 'leave'],
  ['shared at 0: that is a commit', { committed: 0n }, 'leave'],
  ['shared, no commit, empty partition: log start', { committed: null, end: 5n }, 5n],
  ['shared, no commit, latest: the end', { committed: null }, 90n],
  ['shared, a commit of -1 is none', { committed: -1n }, 90n],
  ['shared, no commit, earliest: log start', { committed: null, offsetReset: 'earliest' }, 5n],
  ['home-only: the end taken now', { mode: 'home-only', committed: null }, 90n],
  [
    'home-only with a commit of an earlier stay: overwritten',
    { mode: 'home-only', committed: 40n, offsetReset: 'earliest' },
    90n,
  ],
  ['reads-remote: left alone', { mode: 'reads-remote', committed: null }, 'leave'],
  ['home-only, home lost again: the stay goes on', { mode: 'home-only', committed: 40n, stayedSince: 7n }, 'leave'],
  ['shared, home lost again, commit gone: as ever', { committed: null, stayedSince: 7n }, 90n],
  ['home-only, home lost again, commit gone', { mode: 'home-only', committed: null, stayedSince: 7n }, 7n],
])('local pin: %s', (_story, part, expected) => {
  const pin = chooseLocalPin({
    mode: 'shared',
    committed: 40n,
    logStart: 5n,
    end: 90n,
    offsetReset: 'latest',
    ...part,
  });
  expect(pin.kind === 'commit' ? pin.position : pin.kind).toBe(expected);
});

test.each<[string, Partial<LocalPinInput>, string]>([
  [
    'an earlier stay',
    { mode: 'home-only' },
    'home-only group with a commit left from an earlier stay (40): from the end taken now',
  ],
  ['no stay', { mode: 'home-only', committed: null }, 'home-only group with no commit: from the end taken now'],
  ['the stay that goes on', { mode: 'home-only', stayedSince: 7n }, 'the stay goes on: the group stands at 40'],
  [
    'a stay that was never pinned',
    { mode: 'home-only', committed: null, stayedSince: null },
    'the stay goes on: the group stands at no commit',
  ],
  ['its commit', {}, 'the group stands at 40: never rewritten'],
  ['its commit, whenever the stay began', { stayedSince: 7n }, 'the group stands at 40: never rewritten'],
  [
    'an empty partition',
    { committed: null, end: 5n, offsetReset: 'earliest' },
    'no commit in an empty partition: log start',
  ],
])('local pin: it is said that it follows %s', (_story, part, because) => {
  const given = { mode: 'shared', committed: 40n, logStart: 5n, end: 90n, offsetReset: 'latest' } as const;
  expect(chooseLocalPin({ ...given, ...part }).because).toBe(because);
});

describe('restore', () => {
  const restoreInput = (part: Partial<RestoreInput>): RestoreInput => ({
    map: identity,
    homeCommitAtFailover: 500n,
    homeCommitNow: 500n,
    seed: 500n,
    drained: 951n,
    storedRestore: null,
    logStart: 0n,
    end: 2000n,
    incarnation: 'same',
    rebuiltHome: false,
    ...part,
  });

  test('a home that had committed 0 is told as 0, one without a commit as unknown', () => {
    expect(chooseRestore(restoreInput({ homeCommitAtFailover: 0n, homeCommitNow: null })).because[1]).toContain(
      'C 0, home now unknown',
    );
  });
  test.each<[string, Partial<RestoreInput>, string]>([
    ['what was drained is not done again', {}, 'commit recomputed 951'],
    ['the stored translation is larger', { storedRestore: 980n }, 'commit stored 980'],
    ['the stored translation is smaller', { storedRestore: 940n }, 'commit recomputed 951'],
    [
      'the syncs are gone, the stored translation stays',
      { map: EMPTY_SYNC_MAP, storedRestore: 940n },
      'commit stored 940',
    ],
    ['home already stands further: never lowered', { homeCommitNow: 1200n }, 'leave 1200'],
    ['home already stands there', { homeCommitNow: 951n }, 'leave 951'],
    ['nothing was read at the refuge', { drained: null }, 'leave 500'],
    ['home forgot its commit: C counts', { drained: null, homeCommitNow: null }, 'commit home-commit 500'],
    ['home lost commits: C counts', { drained: null, homeCommitNow: 300n }, 'commit home-commit 500'],
    ['commits that arrived after the last sample count', { homeCommitAtFailover: 400n, drained: null }, 'leave 500'],
    [
      'nothing is known: log start',
      { homeCommitAtFailover: null, homeCommitNow: -1n, seed: null, drained: null, logStart: 30n },
      'commit log-start 30',
    ],
    [
      'nothing known at home, all drained at the refuge',
      { homeCommitAtFailover: null, homeCommitNow: null, seed: 0n },
      'commit recomputed 951',
    ],
    ['retention at home has overtaken the answer', { logStart: 1000n }, 'commit recomputed 1000'],
    ['at the very end of home', { end: 951n }, 'commit recomputed 951'],
    ['beyond the end: home lost records', { end: 950n }, 'refuse HOME_LOG_SHORTER'],
    ['home commit beyond the end', { homeCommitNow: 2001n }, 'refuse HOME_LOG_SHORTER'],
    ['home is another cluster', { incarnation: 'changed' }, 'refuse INCARNATION_CHANGED'],
    ['nobody knows which cluster home is', { incarnation: 'unknown' }, 'refuse INCARNATION_UNKNOWN'],
    ['home has no such partition', { end: null, rebuiltHome: true }, 'refuse HOME_PARTITION_MISSING'],
    ['rebuilt: another cluster', { incarnation: 'changed', rebuiltHome: true }, 'commit new-log 0'],
    ['rebuilt: an unknown one', { incarnation: 'unknown', rebuiltHome: true, logStart: 7n }, 'commit new-log 7'],
    ['rebuilt: home lost records', { end: 950n, rebuiltHome: true }, 'commit new-log 0'],
    [
      'rebuilt: what was translated before is of the old log',
      { incarnation: 'changed', storedRestore: 980n, rebuiltHome: true },
      'commit new-log 0',
    ],
    ['rebuilt, but this log is the one it was', { rebuiltHome: true }, 'commit recomputed 951'],
  ])('%s', (_story, part, expected) => {
    const choice = chooseRestore(restoreInput(part));
    const text = {
      commit: () => (choice.kind === 'commit' ? `${choice.from} ${choice.position}` : ''),
      leave: () => (choice.kind === 'leave' ? `${choice.position}` : ''),
      refuse: () => (choice.kind === 'refuse' ? choice.reason : ''),
    };
    expect(`${choice.kind} ${text[choice.kind]()}`).toBe(expected);
  });
  test.each<[string, Partial<RestoreInput>, string]>([
    ['the translation and the stored one agree', { storedRestore: 951n }, 'recomputed 951'],
    [
      'home stands at its very beginning, which is a position',
      { homeCommitAtFailover: null, homeCommitNow: 0n, seed: null, drained: null, logStart: 30n },
      'home-commit 30',
    ],
  ])('%s', (_story, part, expected) => {
    const choice = chooseRestore(restoreInput(part));
    expect(choice.kind === 'commit' && `${choice.from} ${choice.position}`).toBe(expected);
  });
  test('a choice says what it was made of', () => {
    expect(chooseRestore(restoreInput({}))).toEqual({
      kind: 'commit',
      position: 951n,
      from: 'recomputed',
      lostBelowLogStart: 0n,
      reprocessAtMost: 0n,
      because: ['recomputed 951', 'C 500, home now 500, S 500, d 951, stored unknown'],
    });
  });
  test('what is not known, and what retention did, is said', () => {
    const nothing = { homeCommitAtFailover: null, homeCommitNow: -1n, seed: null, drained: null, storedRestore: 40n };
    expect(chooseRestore(restoreInput({ ...nothing, logStart: 50n }))).toMatchObject({
      reprocessAtMost: 1950n,
      because: ['log-start 50', 'C unknown, home now unknown, S unknown, d unknown, stored 40'],
    });
    expect(chooseRestore(restoreInput({ logStart: 1000n })).because).toEqual([
      'recomputed 951',
      'C 500, home now 500, S 500, d 951, stored unknown',
      "raised to home's log start 1000",
    ]);
  });
  test.each<[string, Partial<RestoreInput>, string]>([
    ['no partition', { end: null }, 'home has no such partition'],
    ['another log', { incarnation: 'changed' }, 'home is another log than the one the positions were taken from'],
    [
      'a log of which that is not known',
      { incarnation: 'unknown' },
      'it is not known whether home is the log the positions were taken from',
    ],
    ['a shorter log', { end: 950n }, "position 951 lies beyond home's end 950: home lost records"],
    [
      'a log that was rebuilt',
      { incarnation: 'changed', rebuiltHome: true },
      'home is another log than the one the positions were taken from; home was rebuilt: from its log start',
    ],
  ])('home has %s, and that is said', (_story, part, because) =>
    expect(chooseRestore(restoreInput(part)).because).toEqual([because]),
  );
  test.each<[string, Partial<RestoreInput>, string]>([
    ['the syncs tell as much without it', {}, 'recomputed 951, again 0'],
    ['what was stored at the end of the drain', { map: EMPTY_SYNC_MAP, storedRestore: 940n }, 'stored 940, again 451'],
    ['C as it was stored when the set left', { map: EMPTY_SYNC_MAP }, 'home-commit 500, again 451'],
    [
      'C was not known either: the whole log, and no more than it holds',
      { homeCommitAtFailover: null, seed: null, logStart: 100n },
      'log-start 100, again 1900',
    ],
  ])("home's commit has expired: %s", (_story, part, expected) => {
    const choice = chooseRestore(restoreInput({ homeCommitNow: null, ...part }));
    expect(choice.kind === 'commit' && `${choice.from} ${choice.position}, again ${choice.reprocessAtMost}`).toBe(
      expected,
    );
  });
  test('a new log may be processed again from its start to its end', () => {
    expect(chooseRestore(restoreInput({ incarnation: 'changed', rebuiltHome: true, logStart: 500n }))).toMatchObject({
      lostBelowLogStart: 0n,
      reprocessAtMost: 1500n,
    });
  });
  test('what retention took is counted', () => {
    expect(chooseRestore(restoreInput({ logStart: 1000n }))).toMatchObject({ lostBelowLogStart: 49n });
    expect(chooseRestore(restoreInput({}))).toMatchObject({ lostBelowLogStart: 0n, reprocessAtMost: 0n });
  });
});
