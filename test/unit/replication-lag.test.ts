import { describe, expect, test } from '@jest/globals';
import { isCaughtUp, measureLag, pendingRange, sumLag, type Lag, type LagInput } from '../../core/replication/lag.ts';

const lagInput = (part: Partial<LagInput>): LagInput => ({
  highWatermark: 1500n,
  lastStable: 1500n,
  isolation: 'read_uncommitted',
  logStart: 0n,
  copiedOffset: 1499n,
  ...part,
});
const measured = (pendingOffsets: bigint, lostOffsets = 0n): Extract<Lag, { kind: 'measured' }> => ({
  kind: 'measured',
  pendingOffsets,
  lostOffsets,
});

test.each<[string, Partial<LagInput>, Lag]>([
  ['everything is copied', {}, measured(0n)],
  ['the newest 99 are missing', { copiedOffset: 1400n }, measured(99n)],
  [
    'never started: everything retained is missing',
    { copiedOffset: null, logStart: 200n },
    { kind: 'not-started', pendingOffsets: 1300n },
  ],
  [
    'a negative entry counts as none',
    { copiedOffset: -1n, logStart: 200n },
    { kind: 'not-started', pendingOffsets: 1300n },
  ],
  [
    'one offset behind, which is a marker',
    { highWatermark: 1501n, lastStable: 1501n, dataRecordsBehind: 0n },
    { kind: 'measured', pendingOffsets: 1n, pendingRecords: 0n, lostOffsets: 0n },
  ],
  [
    'the source holds less than was copied: recreated, not "0"',
    { highWatermark: 10n, lastStable: 10n },
    { kind: 'incarnation-mismatch', end: 10n, copiedOffset: 1499n },
  ],
  [
    'the source ends right at what was copied: one short',
    { highWatermark: 1499n, lastStable: 1499n },
    { kind: 'incarnation-mismatch', end: 1499n, copiedOffset: 1499n },
  ],
  [
    'retention was faster: 100 lost, 100 pending',
    { logStart: 1600n, highWatermark: 1700n, lastStable: 1700n },
    measured(100n, 100n),
  ],
  ['an open transaction hides nothing from read_uncommitted', { highWatermark: 1510n }, measured(10n)],
  [
    'an open transaction is not due yet under read_committed, and may be',
    { highWatermark: 1510n, isolation: 'read_committed' },
    { ...measured(0n), mayGrow: true },
  ],
  [
    'never started, and nothing but markers is there',
    { copiedOffset: null, logStart: 1498n, dataRecordsBehind: 0n },
    { kind: 'not-started', pendingOffsets: 2n, pendingRecords: 0n },
  ],
  [
    'offsets beyond 2^53',
    { highWatermark: 9_007_199_254_740_995n, copiedOffset: 9_007_199_254_740_993n },
    measured(1n),
  ],
])('%s', (_story, part, expected) => {
  expect(measureLag(lagInput(part))).toEqual(expected);
});

describe('many partitions', () => {
  const notStarted: Extract<Lag, { kind: 'not-started' }> = { kind: 'not-started', pendingOffsets: 7n };
  const mismatch: Lag = { kind: 'incarnation-mismatch', end: 1n, copiedOffset: 5n };

  test('are added up, and what is not known is counted apart', () => {
    const counted: Lag = { kind: 'measured', pendingOffsets: 5n, pendingRecords: 3n, lostOffsets: 2n };
    expect(sumLag([counted, measured(10n), notStarted, mismatch, 'unknown'])).toEqual({
      pending: 20n,
      lostOffsets: 2n,
      measured: 2,
      notStarted: 1,
      mismatched: 1,
      unknown: 1,
      mayGrow: 0,
    });
  });
  test.each<[string, readonly (Lag | 'unknown')[], boolean]>([
    ['all are at 0', [measured(0n), measured(0n)], true],
    ['an empty partition never started', [{ kind: 'not-started', pendingOffsets: 0n }], true],
    ['one record is missing', [measured(0n), measured(1n)], false],
    ['one is unknown', [measured(0n), 'unknown'], false],
    ['one was recreated', [measured(0n), mismatch], false],
    ['one has not started', [measured(0n), notStarted], false],
    ['an open transaction may add to one', [measured(0n), { ...measured(0n), mayGrow: true }], false],
    ['an empty one waits for an open transaction', [{ kind: 'not-started', pendingOffsets: 0n, mayGrow: true }], false],
    ['nothing but a marker is missing', [{ ...measured(1n), pendingRecords: 0n }], true],
    ['never started, and nothing but markers is there', [{ ...notStarted, pendingRecords: 0n }], true],
    ['there is none', [], false],
  ])('caught up? %s', (_story, lags, expected) => {
    expect(isCaughtUp(sumLag(lags))).toBe(expected);
  });
});

test.each<[string, Partial<LagInput>, ReturnType<typeof pendingRange>]>([
  ['everything is copied', {}, null],
  ['the newest are missing', { copiedOffset: 1400n }, { from: 1401n, to: 1500n }],
  ['never started', { copiedOffset: null, logStart: 200n }, { from: 200n, to: 1500n }],
  ['retention was faster', { logStart: 1498n, copiedOffset: 1400n }, { from: 1498n, to: 1500n }],
  ['up to an open transaction only', { isolation: 'read_committed', lastStable: 1450n }, null],
  ['recreated: nothing of this log is known to be pending', { highWatermark: 10n, lastStable: 10n }, null],
])('what is pending: %s', (_story, part, expected) => {
  expect(pendingRange(lagInput(part))).toEqual(expected);
});
