import { describe, expect, test } from '@jest/globals';
import { planKeeping, RENEW_EVERY_MS, type KeepingInput, type Kept } from '../../core/positions/renewal.ts';

const HOUR = 3_600_000;
const WEEK = 168 * HOUR;
/** When the group was first seen at rest. */
const RESTS = 1_000 * HOUR;

const kept = (changes: Partial<Kept> = {}): Kept => ({
  restingSinceMs: RESTS,
  renewedAtMs: RESTS,
  partitions: { '0': { position: '10' } },
  ...changes,
});

const plan = (changes: Partial<KeepingInput> = {}) =>
  planKeeping({
    nowMs: RESTS + HOUR,
    kept: kept(),
    present: new Map([[0, 10n]]),
    retentionMs: WEEK,
    ...changes,
  });
const gone = new Map([[0, null]]);

describe('what stands there', () => {
  test('is committed at the first look: of a group of the newer protocol the last commit may be old', () => {
    expect(plan({ kept: undefined, nowMs: RESTS })).toEqual({
      commit: [{ partition: 0, position: 10n }],
      deleted: [],
      next: kept(),
      isNews: true,
    });
  });

  test.each([
    ['half a day later', RENEW_EVERY_MS, []],
    ['a moment later than that', RENEW_EVERY_MS + 1, [{ partition: 0, position: 10n }]],
  ])('is committed again %s', (_story, ageMs, commit) => {
    const { commit: planned, next } = plan({ nowMs: RESTS + ageMs });
    expect([planned, next.renewedAtMs]).toEqual([commit, commit.length > 0 ? RESTS + ageMs : RESTS]);
  });

  test('is never moved: what somebody set meanwhile is what is kept', () => {
    const { commit, next } = plan({ present: new Map([[0, 4n]]), nowMs: RESTS + 13 * HOUR });
    expect([commit, next.partitions]).toEqual([[{ partition: 0, position: 4n }], { '0': { position: '4' } }]);
  });

  test('a partition that nobody ever committed gets nothing', () => {
    const present = new Map([
      [0, 10n],
      [1, null],
    ]);
    expect(plan({ present, nowMs: RESTS + 13 * HOUR }).commit).toEqual([{ partition: 0, position: 10n }]);
  });

  test.each<[string, Partial<KeepingInput>, boolean]>([
    ['as it was', {}, false],
    ['somewhere else', { present: new Map([[0, 11n]]) }, true],
    ['for the first time', { kept: kept({ partitions: {} }) }, true],
    ['nowhere yet', { kept: undefined, present: new Map([[0, null]]) }, false],
    ['as it was, and renewed', { nowMs: RESTS + 13 * HOUR }, true],
    [
      'as it was, after it had been deleted',
      { kept: kept({ partitions: { '0': { position: '10', deletedAtMs: 1 } } }) },
      true,
    ],
    ['nowhere any more', { present: new Map([[0, null]]) }, true],
  ])('%s: whether that is to be stored', (_story, part, expected) => expect(plan(part).isNews).toBe(expected));

  test('a group without any is not remembered as renewed, nor as written again', () => {
    const { next } = plan({ kept: undefined, present: gone });
    expect(next).toStrictEqual({ restingSinceMs: RESTS + HOUR, partitions: {} });
  });
});

describe('what is gone', () => {
  const rewritten = kept({ rewrittenAtMs: RESTS + WEEK, renewedAtMs: RESTS + WEEK + 13 * HOUR });
  const TEN_MINUTES = HOUR / 6;

  test.each([
    ['as long as brokers keep positions after it came to rest', kept(), WEEK, 'written'],
    ['ten minutes less: it rested a little before it was seen so', kept(), WEEK - TEN_MINUTES, 'written'],
    ['a moment less', kept(), WEEK - TEN_MINUTES - 1, 'left'],
    ['renewals do not count before it was written again', kept({ renewedAtMs: RESTS + WEEK }), WEEK + HOUR, 'written'],
    [
      'unless it was renewed when it would have been gone',
      kept({ renewedAtMs: RESTS + WEEK + TEN_MINUTES + 1 }),
      WEEK + HOUR,
      'left',
    ],
    [
      'exactly ten minutes after: it may just have been there still',
      kept({ renewedAtMs: RESTS + WEEK + TEN_MINUTES }),
      WEEK + HOUR,
      'written',
    ],
    ['written again once, and a week after the last renewal', rewritten, 2 * WEEK + 13 * HOUR, 'written'],
    ['written again once, and less than a week after the last renewal', rewritten, 2 * WEEK, 'left'],
    [
      'written again once, and less than a week after that: it counts from there, not from when it came to rest',
      kept({ rewrittenAtMs: RESTS + WEEK }),
      2 * WEEK - HOUR,
      'left',
    ],
  ] as const)('%s', (_story, before, ageMs, what) => {
    const nowMs = RESTS + ageMs;
    const { commit, deleted, next } = plan({ kept: before, present: gone, nowMs });
    expect([commit, deleted]).toEqual(what === 'written' ? [[{ partition: 0, position: 10n }], []] : [[], [0]]);
    expect(next.partitions['0']).toEqual({ position: '10', ...(what === 'left' && { deletedAtMs: nowMs }) });
    expect(next.rewrittenAtMs).toBe(what === 'written' ? nowMs : before.rewrittenAtMs);
  });

  test('a short retention: a tenth of it is what a group may have rested before it was seen so', () => {
    const at = (ageMs: number) => plan({ present: gone, retentionMs: 60_000, nowMs: RESTS + ageMs }).deleted;
    expect([at(53_999), at(54_000)]).toEqual([[0], []]);
  });

  test('how long brokers keep positions is not known: left', () => {
    expect(plan({ present: gone, retentionMs: null, nowMs: RESTS + 10 * WEEK })).toMatchObject({
      commit: [],
      deleted: [0],
    });
  });

  test('what was deleted stays so, however long it takes', () => {
    const before = kept({ partitions: { '0': { position: '10', deletedAtMs: RESTS + HOUR } } });
    expect(plan({ kept: before, present: gone, nowMs: RESTS + 3 * WEEK })).toEqual({
      commit: [],
      deleted: [],
      next: before,
      isNews: false,
    });
  });

  test('what was deleted and set again is kept again', () => {
    const before = kept({ partitions: { '0': { position: '10', deletedAtMs: RESTS + HOUR } } });
    expect(plan({ kept: before, present: new Map([[0, 3n]]) }).next.partitions).toEqual({ '0': { position: '3' } });
  });

  test('of two, the one that was deleted is left and the other one is kept', () => {
    const before = kept({ partitions: { '0': { position: '10' }, '1': { position: '20' } } });
    const present = new Map([
      [0, null],
      [1, 20n],
    ]);
    const { commit, deleted } = plan({ kept: before, present, nowMs: RESTS + 13 * HOUR });
    expect([commit, deleted]).toEqual([[{ partition: 1, position: 20n }], [0]]);
  });
});
