/** Producers that never say anything, as the drain of a home that lives sees them. */
import { describe, expect, test } from '@jest/globals';
import {
  judgeEndsLeft,
  missingProducers,
  producersGone,
  sendsProducers,
  sourceStoodStill,
  type EndsQuestion,
  type GoneFacts,
} from '../../../core/routing/producers.ts';

const gone = (changes: Partial<GoneFacts>) =>
  producersGone({
    acknowledged: 'nobody-heard-of',
    homeStoodStill: false,
    sincePublishedMs: 30_000,
    assumeAfterSeconds: undefined,
    ...changes,
  });

test.each<readonly [string, Partial<GoneFacts>, string]>([
  ['all acknowledged', { acknowledged: 'all' }, 'moved'],
  ['one has not acknowledged', { acknowledged: 'not-all' }, 'not-all'],
  ['one has not acknowledged, and home stood still', { acknowledged: 'not-all', homeStoodStill: true }, 'moved'],
  ['nobody was heard of', {}, 'unknown'],
  ['nobody was heard of, and home stood still', { homeStoodStill: true }, 'moved'],
  ['the declared time has passed', { assumeAfterSeconds: 30 }, 'moved'],
  ['the declared time has not passed', { assumeAfterSeconds: 31 }, 'unknown'],
  [
    'the declared time has not passed, and home stood still',
    { assumeAfterSeconds: 31, homeStoodStill: true },
    'unknown',
  ],
  ['all acknowledged, and others are declared', { acknowledged: 'all', assumeAfterSeconds: 31 }, 'not-all'],
  [
    'the declared time says nothing of one that was heard of',
    { acknowledged: 'not-all', assumeAfterSeconds: 30 },
    'not-all',
  ],
])('%s', (_story, changes, verdict) => expect(gone(changes)).toBe(verdict));

test('producers are sent away by the first publish about them', () => {
  const sent = (['draining', 'leaving', 'recovering', 'refuge', 'home'] as const).filter((phase) =>
    sendsProducers({ phase, target: 'everyone' }),
  );
  expect(sent).toEqual(['draining', 'leaving', 'recovering']);
});
test('of the two publishes on the way home the second sends producers', () =>
  expect(
    (['consumers', 'producers'] as const).filter((target) => sendsProducers({ phase: 'returning', target })),
  ).toEqual(['producers']));

describe('who is missing', () => {
  const behind = ['producer p1 (revision 1)'];
  const facts = {
    phase: 'draining',
    target: 'everyone',
    heardOf: 1,
    behind,
    endsLeft: { kind: 'still' },
    waitedMs: 30_000,
    assumeAfterSeconds: undefined,
  } as const;

  test.each(['draining', 'refuge'] as const)('in phase %s one that is silent at a home that stands still', (phase) =>
    expect(missingProducers({ ...facts, phase })).toEqual([]),
  );
  test.each(['leaving', 'returning', 'recovering', 'home'] as const)(
    'in phase %s its own word counts: it may write there again',
    (phase) => expect(missingProducers({ ...facts, phase })).toEqual(behind),
  );
  test('nobody was heard of: why that is not enough is told', () => {
    const endsLeft = { kind: 'growing', because: 'the topics at K1 grow' } as const;
    expect(missingProducers({ ...facts, heardOf: 0, behind: [], endsLeft })).toEqual([
      'any producer: none was heard of, and the topics at K1 grow',
    ]);
  });
});

describe('a source that stood still', () => {
  const look = (atMs: number, ...ends: string[]) => ({
    atMs,
    sourceEnds: {
      orders: Object.fromEntries(ends.map((end, p) => [p, { start: '0', highWatermark: end, lastStable: end }])),
      unrelated: { 0: { start: '0', highWatermark: String(atMs), lastStable: '0' } },
    },
  });
  const still = (looks: Parameters<typeof sourceStoodStill>[0], sinceMs = 0) =>
    sourceStoodStill(looks, ['orders'], { sinceMs, forMs: 100 });

  test('two looks as far apart as is asked for saw the same', () =>
    expect(still([look(0, '5', '7'), look(100, '5', '7')])).toBe(true));
  test('not as far apart', () => expect(still([look(1, '5'), look(100, '5')])).toBe(false));
  test('one partition grew', () => expect(still([look(0, '5', '7'), look(100, '5', '8')])).toBe(false));
  test('one partition grew for as much as another one lost', () =>
    expect(still([look(0, '5', '7'), look(100, '6', '6')])).toBe(false));
  test('the time counts from the look that saw the newest ends first', () => {
    expect(still([look(0, '4'), look(1, '5'), look(50, '5'), look(100, '5')])).toBe(false);
    expect(still([look(0, '4'), look(1, '5'), look(50, '5'), look(101, '5')])).toBe(true);
  });
  test('what was seen before the publish says nothing', () =>
    expect(still([look(0, '5'), look(100, '5')], 1)).toBe(false));
  test('a look that could not read the source says nothing, also the newest', () =>
    expect(
      still([look(0, '5'), { atMs: 50, sourceEnds: undefined }, look(100, '5'), { atMs: 150, sourceEnds: {} }]),
    ).toBe(true));
  test('a look that shows no partition of a topic says nothing of it', () =>
    expect(still([look(0), look(100)])).toBe(false));
  test('a look that could not read all of the topics says nothing', () => {
    const of = { sinceMs: 0, forMs: 100 };
    const both = (atMs: number) => {
      const { sourceEnds } = look(atMs, '5');
      return { atMs, sourceEnds: { ...sourceEnds, payments: sourceEnds.orders } };
    };
    const topics = ['orders', 'payments'];
    expect(sourceStoodStill([both(0), look(50, '5'), both(100)], topics, of)).toBe(true);
    expect(sourceStoodStill([look(0, '5'), look(100, '5')], topics, of)).toBe(false);
  });
  test('nothing seen is not still', () => expect(still([])).toBe(false));
});

describe('ends of the topics that producers leave', () => {
  const of = (...ends: readonly bigint[]) => new Map(ends.map((highWatermark, p) => [p, { highWatermark }] as const));
  const asked = (changes: Partial<EndsQuestion> = {}) =>
    judgeEndsLeft({
      ends: new Map([
        ['orders', of(5n, 7n)],
        ['payments', of(1n)],
        ['others', of(100n)],
      ]),
      topics: ['orders', 'payments'],
      cluster: 'K1',
      nowMs: 200_000,
      silentSeconds: 120,
      before: undefined,
      ...changes,
    });
  const growing = (seconds: number) => ({
    kind: 'growing',
    because: `the topics at K1 have not grown for ${seconds} s, asked for 120 s`,
  });

  test('the first look begins the time', () =>
    expect(asked()).toEqual({ seen: { sum: '13', sinceMs: 200_000 }, endsLeft: growing(0) }));
  test('what was the same before has stood since then', () =>
    expect(asked({ before: { sum: '13', sinceMs: 80_001 } })).toEqual({
      seen: { sum: '13', sinceMs: 80_001 },
      endsLeft: growing(119),
    }));
  test('for as long as is asked for: they stand still', () =>
    expect(asked({ before: { sum: '13', sinceMs: 80_000 } })).toEqual({
      seen: { sum: '13', sinceMs: 80_000 },
      endsLeft: { kind: 'still' },
    }));
  test('one record more begins the time anew', () =>
    expect(asked({ before: { sum: '12', sinceMs: 80_000 } })).toEqual({
      seen: { sum: '13', sinceMs: 200_000 },
      endsLeft: growing(0),
    }));
  test.each([
    ['are not told', new Map([['payments', of(1n)]]), 'orders'],
    [
      'are told without a partition',
      new Map([
        ['payments', of()],
        ['orders', of(5n)],
      ]),
      'payments',
    ],
    ['are not told of any topic', new Map(), 'orders, payments'],
  ])('ends that %s are unknown, and begin no time', (_story, ends, untold) =>
    expect(asked({ ends, before: { sum: '1', sinceMs: 0 } })).toEqual({
      endsLeft: { kind: 'unknown', because: `K1 tells no log ends of ${untold}` },
    }),
  );
});
