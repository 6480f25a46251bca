import { describe, expect, test } from '@jest/globals';
import { flowRulesOf, horizonMs, runningRulesOf, slowRungSeconds, windowRulesOf } from '../../../core/health/rules.ts';
import { clusterSubject, flowSubject, setSubject } from '../../../core/health/subjects.ts';
import { instant, seconds } from '../../../core/health/words.ts';
import { pairConfig, TEN_O_CLOCK } from '../../support/builders/pair.ts';

describe('the thresholds of a configuration, in milliseconds', () => {
  const config = pairConfig();

  test('for a vantage: a probe every 10 s, absent after three, 3 failures of 6, 60 s to confirm, 600 s to recover', () => {
    expect(windowRulesOf(config)).toEqual({
      slowRungMs: 2_000,
      windowSamples: 6,
      suspectFailures: 3,
      confirmMs: 60_000,
      recoverMs: 600_000,
      recoverSuccesses: 30,
      staleMs: 30_000,
    });
  });

  test('for a flow', () => {
    const replication = { ...config.replication, freshSeconds: 45, sampleIntervalSeconds: 15, lagLimitRecords: 100 };
    expect(flowRulesOf({ ...config, replication })).toEqual({
      freshMs: 45_000,
      staleMs: 45_000,
      lagLimitRecords: 100,
    });
  });

  test('for our own running', () => {
    expect(runningRulesOf(config)).toEqual({ intervalMs: 10_000, windowSamples: 6, recoverMs: 600_000 });
  });

  test.each([
    ['is what the configuration says', 0.5, 0.5],
    ['is two thirds of the deadline where it says nothing', undefined, 4],
  ])('a slow rung %s', (_story, limit, expected) => {
    expect(slowRungSeconds({ ...config.probe, slowRungSeconds: limit, rungTimeoutSeconds: 6 })).toBe(expected);
  });

  test.each([
    ['600 s to recover, and twice the 30 s after which a look is stale', 600, 660_000],
    ['60 s to confirm after a window of 60 s, which is longer than 100 s to recover, and twice 30 s', 100, 180_000],
  ])('looks are needed for %s', (_story, recoverSeconds, expected) => {
    expect(horizonMs({ ...config, probe: { ...config.probe, recoverSeconds } })).toBe(expected);
  });
});

test('verdicts are stored under names that say what they are about', () => {
  expect([clusterSubject('K1'), flowSubject('K1', 'K2'), setSubject('clients-k1')]).toEqual([
    'cluster:K1',
    'flow:K1->K2',
    'set:clients-k1',
  ]);
});

test.each([
  [45_000, '45 s'],
  [1_500, '1.5 s'],
  [1_234, '1.2 s'],
])('%d ms read as %s', (ms, text) => {
  expect(seconds(ms)).toBe(text);
});

test.each([
  [TEN_O_CLOCK, '2026-11-22T10:00:00Z'],
  [TEN_O_CLOCK + 250, '2026-11-22T10:00:00.250Z'],
])('%d reads as %s', (atMs, text) => {
  expect(instant(atMs)).toBe(text);
});
