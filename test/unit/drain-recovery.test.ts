import { describe, expect, test } from '@jest/globals';
import { judgeRecovery, type RecoveryEvidence } from '../../core/drain/recovery.ts';
import type { FlowObservation } from '../../core/contracts/observations.ts';

const BACK_AT = 1_000_000;
const HEALTHY = { kind: 'HEALTHY', sinceMs: BACK_AT, sentence: 'K2 is HEALTHY' };

const look = (atMs: number, end: string | null, copied: string | null, start = '0'): FlowObservation => ({
  pair: 'orders',
  source: 'K2',
  target: 'K1',
  vantage: 'eu-west-1',
  atMs,
  ...(end === null ? {} : { sourceEnds: { orders: { 0: { start, highWatermark: end, lastStable: end } } } }),
  ...(copied === null ? {} : { replicatedOffsets: { orders: { 0: copied } } }),
  problems: [],
});

const judged = (changes: Partial<RecoveryEvidence>) =>
  judgeRecovery({
    refuge: HEALTHY,
    looks: [look(BACK_AT, '7', '6')],
    leftAtMs: BACK_AT - 60_000,
    topics: ['orders'],
    owed: undefined,
    ...changes,
  });

describe('what a lost refuge keeps is copied', () => {
  test.each([
    ['all of it, in the first look', [look(BACK_AT, '7', '6')]],
    ['all that was owed, while others go on writing there', [look(BACK_AT, '7', '5'), look(BACK_AT + 1, '900', '6')]],
    ['a partition that nobody ever wrote', [look(BACK_AT, '0', null)]],
    ['a partition that retention has emptied', [look(BACK_AT, '7', null, '7')]],
  ])('%s', (_story, looks) => expect(judged({ looks }).kind).toBe('copied'));

  test('what was owed stays, whatever the refuge holds by now', () => {
    const looks = [look(BACK_AT, '900', '6')];
    expect(judged({ looks, owed: { 'orders|0': '7' } })).toEqual({ kind: 'copied', owed: { 'orders|0': '7' } });
  });

  test('nothing but markers is behind what was copied', () => {
    expect(judged({ looks: [look(BACK_AT, '7', '5')], markersOnly: ['orders|0'] }).kind).toBe('copied');
  });
});

describe('it is not', () => {
  test.each([
    ['the refuge is down', { refuge: { ...HEALTHY, kind: 'CONFIRMED_DOWN', sentence: 'K2 is down' } }, 'K2 is down'],
    [
      'it serves, but not for good',
      { refuge: { ...HEALTHY, kind: 'RECOVERING', sentence: 'K2 recovers' } },
      'K2 recovers',
    ],
    ['it was seen before it was back', { looks: [look(BACK_AT - 1, '7', '6')] }, 'was not seen yet'],
    ['it was seen before the last client had left', { leftAtMs: BACK_AT + 1 }, 'was not seen yet'],
    ['its ends could not be read', { looks: [look(BACK_AT, null, '6')] }, 'was not seen yet'],
    ['nobody has looked', { looks: [] }, 'was not seen yet'],
    ['a topic is missing in the look', { topics: ['orders', 'payments'] }, 'was not seen yet'],
  ])('%s', (_story, changes, because) => {
    expect(judged(changes)).toEqual({ kind: 'away', because: expect.stringContaining(because) });
  });

  test('a degraded refuge is back', () =>
    expect(judged({ refuge: { ...HEALTHY, kind: 'DEGRADED' } }).kind).toBe('copied'));

  test('the flow is behind: what is missing is named', () => {
    expect(judged({ looks: [look(BACK_AT, '7', '4')] })).toEqual({
      kind: 'behind',
      because: 'not copied yet: orders-0 at 5 of 7',
      owed: { 'orders|0': '7' },
      gaps: [{ place: 'orders|0', topic: 'orders', partition: 0, from: 5n, to: 7n }],
    });
  });

  test('many are behind: the first three are named', () => {
    const owed = { 'orders|0': '7', 'orders|1': '8', 'orders|2': '6', 'orders|3': '9', 'orders|4': '10' };
    const judgement = judged({ looks: [look(BACK_AT, '7', '6')], owed });
    expect(judgement).toMatchObject({
      because: 'not copied yet: orders-1 at 0 of 8, orders-2 at 0 of 6, orders-3 at 0 of 9',
    });
    expect(judgement.kind === 'behind' && judgement.gaps).toHaveLength(4);
  });

  test.each([
    ['in any look', [look(BACK_AT, '7', null)]],
    ['because nobody has looked since its ends were taken', []],
    ['of this topic', [{ ...look(BACK_AT, '7', null), replicatedOffsets: { payments: { 0: '6' } } }]],
  ])('how far the flow is was never seen %s', (_story, looks) => {
    expect(judged({ looks, owed: { 'orders|0': '7' } })).toMatchObject({
      because: 'not copied yet: orders-0 at 0 of 7',
    });
  });

  test('the newest look that tells it counts', () => {
    const looks = [look(BACK_AT, '7', '4'), look(BACK_AT + 1, '7', '6'), look(BACK_AT + 2, '7', null)];
    expect(judged({ looks }).kind).toBe('copied');
  });
});
