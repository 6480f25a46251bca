import { expect, test } from '@jest/globals';
import { judgeStandstill, type EndNow, type Standstill } from '../../core/drain/standstill.ts';

const end = (highWatermark: bigint, lastStable = highWatermark): EndNow => ({ highWatermark, lastStable });
const at = (ends: Readonly<Record<string, EndNow>>, nowMs: number, before?: Standstill) =>
  judgeStandstill(before, new Map(Object.entries(ends)), { nowMs, stableMs: 5_000 });
const TEN: Standstill = { ends: { 'orders|0': '10' }, sinceMs: 1_000 };

test('an end seen once may still move', () => {
  expect(at({ 'orders|0': end(10n) }, 1_000)).toEqual({
    kind: 'moving',
    standstill: TEN,
    because: 'seen for the first time',
  });
});

test('an end unchanged for long enough is final', () => {
  expect(at({ 'orders|0': end(10n) }, 6_000, TEN)).toEqual({ kind: 'still', standstill: TEN });
});

test('an end unchanged for less is not', () => {
  expect(at({ 'orders|0': end(10n) }, 5_999, TEN)).toMatchObject({
    kind: 'moving',
    because: 'unchanged for 4999 ms, asked for 5000 ms',
  });
});

test('growth begins the time anew, and is named', () => {
  expect(at({ 'orders|0': end(11n) }, 6_000, TEN)).toEqual({
    kind: 'moving',
    standstill: { ends: { 'orders|0': '11' }, sinceMs: 6_000 },
    because: 'somebody still writes to orders-0',
  });
});

test('a new partition begins the time anew', () => {
  expect(at({ 'orders|0': end(10n), 'orders|1': end(0n) }, 6_000, TEN).standstill.sinceMs).toBe(6_000);
});

test('a partition that is not seen any more begins the time anew', () => {
  const two = { ends: { 'orders|0': '10', 'orders|1': '0' }, sinceMs: 1_000 };
  expect(at({ 'orders|0': end(10n) }, 6_000, two)).toMatchObject({ kind: 'moving', standstill: { sinceMs: 6_000 } });
});

test('an open transaction may still become visible', () => {
  expect(at({ 'orders|0': end(10n, 8n) }, 6_000, TEN)).toMatchObject({
    kind: 'moving',
    because: 'a transaction is open in orders-0',
  });
});

test('of many that grow three are named', () => {
  const keys = ['a|0', 'b|0', 'c|1', 'd|0'];
  const before = { ends: Object.fromEntries(keys.map((key) => [key, '1'])), sinceMs: 1_000 };
  expect(at(Object.fromEntries(keys.map((key) => [key, end(2n)])), 6_000, before)).toMatchObject({
    because: 'somebody still writes to a-0, b-0, c-1',
  });
});

test('no partition at all at the first look is not still either', () => {
  expect(at({}, 6_000)).toEqual({
    kind: 'moving',
    standstill: { ends: {}, sinceMs: 6_000 },
    because: 'no partition could be seen',
  });
});

test('no partition at all is not still', () => {
  expect(at({}, 6_000, { ends: {}, sinceMs: 1_000 })).toMatchObject({
    kind: 'moving',
    because: 'no partition could be seen',
  });
});
