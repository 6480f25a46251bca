/** The range of the tail of one partition when home is left, by the last sample of home's log end. */
import { expect, test } from '@jest/globals';
import type { HomeSample } from '../../../core/contracts/tables.ts';
import { tailLeft, type LeftBasis } from '../../../core/move/tail-left.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

/** 15 records in the ten seconds before it: 1.5 a second. */
const sample: HomeSample = {
  group: 'billing',
  topic: 'orders',
  atMs: TEN_O_CLOCK,
  clusterId: 'id-of-K1',
  partitions: {},
  recent: [
    { atMs: TEN_O_CLOCK - 10_000, end: '0' },
    { atMs: TEN_O_CLOCK, end: '15' },
  ],
};
const once: HomeSample = { ...sample, recent: [] };
const BY_SAMPLE = "by home's log end of 2026-11-22T10:00:00Z";

test.each<readonly [string, Omit<LeftBasis, 'nowMs'>, string | null, string | null, string]>([
  [
    'whose end was never sampled',
    { homeEnd: undefined, copied: '14', sample },
    null,
    null,
    "home's log end was never sampled",
  ],
  [
    'whose topic was never sampled',
    { homeEnd: 20n, copied: '14', sample: undefined },
    null,
    null,
    "home's log end was never sampled",
  ],
  [
    'that has no look at its flow',
    { homeEnd: 20n, copied: undefined, sample },
    null,
    null,
    'no recent look at the flow tells what it has copied',
  ],
  // 1.5 records a second for 3 s: 5, rounded up.
  ['that was sampled', { homeEnd: 20n, copied: '14', sample }, '5', '10', `${BY_SAMPLE}, at up to 2 records/s`],
  [
    'that is copied beyond the sample',
    { homeEnd: 20n, copied: '24', sample },
    '0',
    '5',
    `${BY_SAMPLE}, at up to 2 records/s`,
  ],
  [
    'that was sampled once',
    { homeEnd: 20n, copied: '14', sample: once },
    '5',
    null,
    `${BY_SAMPLE}; the produce rate is not known`,
  ],
])('the tail of a partition %s', (_story, basis, lower, upper, because) => {
  expect(tailLeft({ ...basis, nowMs: TEN_O_CLOCK + 3_000 })).toEqual({ lower, upper, because });
});
