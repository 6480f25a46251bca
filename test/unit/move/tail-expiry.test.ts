/** How long the records are safe that only a lost home holds: reckoned to the safe side, and unknown is said. */
import { describe, expect, test } from '@jest/globals';
import type { TailAge } from '../../../core/contracts/observations.ts';
import { judgeTailExpiry, leavesTail, oldestLeftBehind, TAIL_WARNING_MS } from '../../../core/move/tail-expiry.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LEFT = Date.parse('2026-11-22T10:00:00Z');
const AWAY = { phase: 'refuge', leftHomeAtMs: LEFT, leftHomeBy: 'failover' } as const;

const seen = (topics: TailAge['topics']): TailAge => ({ leftHomeAtMs: LEFT, lookedAtMs: LEFT + 60_000, topics });
const judge = (topics: TailAge['topics'] | undefined, nowMs: number, state: Parameters<typeof leavesTail>[0] = AWAY) =>
  judgeTailExpiry({
    clientSet: 'clients-k1',
    home: 'K1',
    state,
    seen: topics === undefined ? undefined : seen(topics),
    nowMs,
  });

describe('the oldest that was not copied', () => {
  const sampledMs = LEFT - 15_000;

  test('is not older than the newest copy of its partition', () => {
    expect(oldestLeftBehind([{ tail: 5n, copiedMs: LEFT - 60_000, sampledMs }])).toBe(LEFT - 60_000);
  });

  test('came after the last sample where all of it was copied then', () => {
    expect(oldestLeftBehind([{ tail: 0n, copiedMs: LEFT - 30 * DAY, sampledMs }])).toBe(sampledMs);
  });

  test('is reckoned from the newest copy where nobody sampled the end', () => {
    expect(oldestLeftBehind([{ tail: 0n, copiedMs: 7, sampledMs: null }])).toBe(7);
  });

  test('of several partitions is that of the oldest', () => {
    const of = (copiedMs: number) => ({ tail: null, copiedMs, sampledMs });
    expect(oldestLeftBehind([of(30), of(10), of(20)])).toBe(10);
  });

  test('cannot be told where a partition has no copy left', () => {
    expect(
      oldestLeftBehind([
        { tail: 5n, copiedMs: null, sampledMs },
        { tail: 0n, copiedMs: null, sampledMs },
      ]),
    ).toBeNull();
  });

  test('cannot be told of no partition at all', () => {
    expect(oldestLeftBehind([])).toBeNull();
  });
});

describe('the verdict', () => {
  const week = { orders: { oldestMs: LEFT, retentionMs: 7 * DAY } };

  test('is KEPT while retention is more than a day away', () => {
    expect(judge(week, LEFT + 6 * DAY - 1)).toMatchObject({ kind: 'KEPT', expiresAtMs: LEFT + 7 * DAY });
  });

  test('is EXPIRING from a day before, with the topic and the moment', () => {
    expect(judge(week, LEFT + 7 * DAY - TAIL_WARNING_MS)).toEqual({
      kind: 'EXPIRING',
      sentence:
        'the tail of "orders" at K1 may be as old as 2026-11-22T10:00:00Z; its retention.ms is 604800000, so K1 may delete of it from 2026-11-29T10:00:00Z, in 86400 s',
      expiresAtMs: LEFT + 7 * DAY,
    });
  });

  test('is still EXPIRING a millisecond before', () => {
    expect(judge(week, LEFT + 7 * DAY - 1).kind).toBe('EXPIRING');
  });

  test('is EXPIRED at that very moment', () => {
    expect(judge(week, LEFT + 7 * DAY)).toMatchObject({
      kind: 'EXPIRED',
      sentence: expect.stringContaining('so K1 may delete of it since 2026-11-29T10:00:00Z'),
    });
  });

  test('goes by the topic that expires first', () => {
    const topics = {
      ...week,
      payments: { oldestMs: LEFT, retentionMs: HOUR },
      audit: { oldestMs: LEFT, retentionMs: null },
    };
    expect(judge(topics, LEFT)).toMatchObject({ kind: 'EXPIRING', expiresAtMs: LEFT + HOUR });
  });

  test('is KEPT, without a moment, where nothing is deleted by age', () => {
    expect(judge({ orders: { oldestMs: LEFT, retentionMs: null } }, LEFT + 900 * DAY)).toEqual({
      kind: 'KEPT',
      sentence: 'no topic of clients-k1 loses records by age at K1',
    });
  });

  test('is UNKNOWN where a topic cannot be told and none is urgent', () => {
    expect(judge({ ...week, payments: { unknown: 'no copy' }, audit: { unknown: 'b' } }, LEFT)).toMatchObject({
      kind: 'UNKNOWN',
      sentence: expect.stringContaining('; not known for "payments": no copy, "audit": b'),
      expiresAtMs: LEFT + 7 * DAY,
    });
  });

  test('is EXPIRING where one topic is urgent and another cannot be told', () => {
    expect(judge({ ...week, payments: { unknown: 'no copy' } }, LEFT + 7 * DAY - 1).kind).toBe('EXPIRING');
  });

  test('is UNKNOWN where no topic can be told', () => {
    expect(judge({ orders: { unknown: 'a' }, payments: { unknown: 'b' } }, LEFT)).toEqual({
      kind: 'UNKNOWN',
      sentence: 'how long the tail at K1 is kept cannot be told: "orders": a, "payments": b',
    });
  });

  test.each([
    ['nobody has looked yet', undefined],
    ['the look is of an earlier stay', { ...seen(week), leftHomeAtMs: LEFT - 1 }],
  ])('is UNKNOWN where %s', (_story, look) => {
    const verdict = judgeTailExpiry({ clientSet: 'clients-k1', home: 'K1', state: AWAY, seen: look, nowMs: LEFT });
    expect(verdict).toEqual({
      kind: 'UNKNOWN',
      sentence: 'how old the tail of clients-k1 is has not been looked at yet',
    });
  });

  test.each([
    ['at home', { ...AWAY, phase: 'home' }],
    ['away by a switchover', { ...AWAY, leftHomeBy: 'switchover' }],
    ['that never left', { phase: 'draining' }],
  ] as const)('of a set %s is that nothing is left', (_story, state) => {
    expect(judge(week, LEFT + 8 * DAY, state)).toEqual({
      kind: 'NOTHING_LEFT',
      sentence: 'clients-k1 has left no tail at K1',
    });
  });

  test('stands on the way home as well', () => {
    expect(judge(week, LEFT + 8 * DAY, { ...AWAY, phase: 'returning' }).kind).toBe('EXPIRED');
  });
});
