import { expect, test } from '@jest/globals';
import { MAX_SAMPLES, samplesPerHistory, thin } from '../../core/drain/thin.ts';

const sample = (atMs: number, committed: string) => ({ atMs, committed });

test('while nothing changes only the first and the last sample stay', () => {
  const samples = Array.from({ length: 50 }, (_, i) => sample(i * 1_000, '7'));
  expect(thin(samples, 120_000)).toEqual([sample(0, '7'), sample(49_000, '7')]);
});

test('a long drain keeps twelve samples that cover the whole span', () => {
  let kept: readonly { atMs: number; committed: string }[] = [];
  for (let i = 0; i <= 600; i += 1) kept = thin([...kept, sample(i * 1_000, String(i))], 120_000);
  expect(kept.length).toBeLessThanOrEqual(MAX_SAMPLES);
  expect(kept.at(-1)?.atMs).toBe(600_000);
  expect(kept[0]!.atMs).toBeLessThanOrEqual(480_000);
});

test('older samples are kept a sixth of the span apart, the last four whole', () => {
  const samples = Array.from({ length: 20 }, (_, i) => sample(i * 1_000, String(i)));
  const seconds = thin(samples, 30_000).map(({ atMs }) => atMs / 1_000);
  expect(seconds).toEqual([0, 5, 10, 15, 16, 17, 18, 19]);
});

test('however many partitions, their samples fit one table item', () => {
  expect([1, 166, 500, 1_000].map(samplesPerHistory)).toEqual([12, 12, 4, 2]);
  for (const histories of [1, 166, 500, 1_000])
    expect(histories * samplesPerHistory(histories) * 160).toBeLessThanOrEqual(320_000);
});
