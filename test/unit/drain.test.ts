import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decideDeadline } from '../../core/drain/deadline.ts';
import {
  judgeDrain,
  judgePartitionDrain,
  type DrainSample,
  type DrainVerdict,
  type PartitionDrain,
  type PartitionHistory,
} from '../../core/drain/drain.ts';
import { judgeFence, type FenceHistory, type FenceSample } from '../../core/drain/fence.ts';
import { judgeInflow, type Inflow, type InflowEvidence } from '../../core/drain/inflow.ts';

const rules = { stallAfterMs: 60_000, stableMs: 5_000 };
const some = { members: 'some' } as const;
const closed: Inflow = { kind: 'closed', how: 'SOURCE_SILENT', because: 'still' };
const open: Inflow = { kind: 'open', because: 'beats' };
const notKnown: Inflow = { kind: 'unknown', because: 'unreadable' };

const sample = (part: Partial<DrainSample>): DrainSample => ({
  atMs: 0,
  logStart: 0n,
  highWatermark: 100n,
  lastStable: 100n,
  committed: 100n,
  dataRemaining: 0n,
  ...part,
});
const history = (samples: readonly DrainSample[], part: Partial<PartitionHistory> = {}): PartitionHistory => ({
  topic: 'K1.orders',
  partition: 0,
  samples,
  owner: 'owned',
  ...part,
});
/** The same state seen twice, ten seconds apart. */
const twice = (part: Partial<DrainSample>): PartitionHistory =>
  history([sample({ ...part, atMs: 0 }), sample({ ...part, atMs: 10_000 })]);
/** Commits at the given seconds, 1 record per offset, all of 100 to be read. */
const commits = (...seen: readonly (readonly [second: number, committed: bigint | null])[]): readonly DrainSample[] =>
  seen.map(([second, committed]) =>
    sample({ atMs: second * 1000, committed, dataRemaining: 100n - (committed ?? 0n) }),
  );
const short = (verdict: PartitionDrain): string =>
  verdict.kind === 'drained'
    ? `drained, lost ${verdict.lostBelowLogStart}`
    : `${verdict.kind} ${verdict.remaining} ${verdict.reasons.join('+')}`.trim();
const judge = (
  one: PartitionHistory,
  inflow: Inflow = closed,
  group: Parameters<typeof judgePartitionDrain>[1] = some,
): string => short(judgePartitionDrain(one, group, inflow, rules));

describe('drained', () => {
  test.each<[string, Partial<DrainSample>, string]>([
    ['commit at the end', {}, 'drained, lost 0'],
    ['only a commit marker is left', { committed: 99n }, 'drained, lost 0'],
    [
      'only aborted data is left, and the group reads committed',
      { committed: 90n, dataRemaining: 0n },
      'drained, lost 0',
    ],
    ['a data record is left', { committed: 99n, dataRemaining: 1n }, 'draining 1'],
    ['what is left was not counted: it counts as data', { committed: 99n, dataRemaining: 'unknown' }, 'draining 1'],
    [
      'only aborted data is left, and nobody has said how the group reads',
      { committed: 99n, dataRemaining: 1n, abortedOnly: true },
      'draining 1 ABORTED_ONLY',
    ],
    ['a transaction is open', { lastStable: 99n }, 'draining 0 SOURCE_STILL_FLOWING'],
    [
      'no commit in a partition that never had a record',
      { committed: null, logStart: 0n, highWatermark: 0n, lastStable: 0n },
      'drained, lost 0',
    ],
    ['no commit, all records expired', { committed: null, logStart: 100n }, 'drained, lost 0'],
    ['no commit, but data', { committed: null, dataRemaining: 100n }, 'draining 100 NO_OFFSET'],
    ['no commit, only markers: still no offset', { committed: null, dataRemaining: 0n }, 'draining 0 NO_OFFSET'],
    ['a commit of -1 is none', { committed: -1n, dataRemaining: 100n }, 'draining 100 NO_OFFSET'],
    ['a commit of 0 is one', { committed: 0n, dataRemaining: 100n }, 'draining 100'],
    ['retention was faster than the group', { committed: 60n, logStart: 100n }, 'drained, lost 40'],
    ['retention took a part, the rest is there', { committed: 60n, logStart: 90n, dataRemaining: 10n }, 'draining 10'],
    ['the commit could not be read', { committed: 'unknown' }, 'draining unknown UNKNOWN'],
    ['a commit beyond the end is of another log', { committed: 101n }, 'draining unknown UNKNOWN'],
    ['at the end nothing is left, whatever was counted before', { dataRemaining: 3n }, 'drained, lost 0'],
  ])('%s', (_story, part, expected) => {
    expect(judge(twice(part))).toBe(expected);
  });

  test.each<[string, readonly DrainSample[], string]>([
    ['one look is not stable', [sample({})], 'draining 0 SETTLING'],
    ['two looks too close together', [sample({ atMs: 10_000 }), sample({ atMs: 14_999 })], 'draining 0 SETTLING'],
    ['two looks far enough apart', [sample({}), sample({ atMs: 5_000 })], 'drained, lost 0'],
    [
      'the end moved in between',
      [sample({ highWatermark: 99n, committed: 99n }), sample({ atMs: 10_000 })],
      'draining 0 SETTLING',
    ],
    [
      'the commit moved over a marker in between',
      [sample({ committed: 99n }), sample({ atMs: 10_000 })],
      'draining 0 SETTLING',
    ],
    [
      'unfinished in between',
      [sample({}), sample({ atMs: 5_000, committed: 90n, dataRemaining: 10n }), sample({ atMs: 8_000 })],
      'draining 0 SETTLING',
    ],
    [
      'the end moved over a marker in between',
      [sample({ committed: 99n }), sample({ atMs: 10_000, committed: 99n, highWatermark: 101n, lastStable: 101n })],
      'draining 0 SETTLING',
    ],
    [
      'what was left turned out to be aborted in between',
      [sample({ committed: 99n, dataRemaining: 1n }), sample({ atMs: 10_000, committed: 99n })],
      'draining 0 SETTLING',
    ],
    ['no look at all', [], 'draining unknown UNKNOWN'],
  ])('%s', (_story, samples, expected) => {
    expect(judge(history(samples))).toBe(expected);
  });

  test('one look is not two, even where no time between them is asked for', () => {
    const verdict = judgePartitionDrain(history([sample({})]), some, closed, { ...rules, stableMs: 0 });
    expect(short(verdict)).toBe('draining 0 SETTLING');
  });

  test('never while something may be added', () => {
    expect(judge(twice({}), open)).toBe('draining 0 SOURCE_STILL_FLOWING');
    expect(judge(twice({}), notKnown)).toBe('draining 0 UNKNOWN');
  });
  test('the position is the end that was finished', () => {
    expect(judgePartitionDrain(twice({ committed: 99n }), some, closed, rules)).toMatchObject({ position: 100n });
  });
});

describe('why not', () => {
  const underWay = commits([0, 10n], [10, 30n]);
  test.each<[string, PartitionHistory, Inflow, Parameters<typeof judgePartitionDrain>[1], string]>([
    ['on its way', history(underWay), closed, some, 'draining 70'],
    ['nobody is in the group', history(underWay), closed, { members: 'none' }, 'draining 70 NO_MEMBERS'],
    ['nobody holds the partition', history(underWay, { owner: 'unowned' }), closed, some, 'draining 70 NOT_ASSIGNED'],
    [
      'a group without members holds nothing anyway',
      history(underWay, { owner: 'unowned' }),
      closed,
      { members: 'none' },
      'draining 70 NO_MEMBERS',
    ],
    [
      'not known who holds it, but it moves',
      history(underWay, { owner: 'unknown' }),
      closed,
      { members: 'unknown' },
      'draining 70',
    ],
    [
      'not known who holds it, and it stands',
      history(commits([0, 30n], [60, 30n]), { owner: 'unknown' }),
      closed,
      { members: 'unknown' },
      'draining 70 STALLED+UNKNOWN',
    ],
    [
      'not known who is in the group, but somebody holds it, and it stands',
      history(commits([0, 30n], [60, 30n])),
      closed,
      { members: 'unknown' },
      'draining 70 STALLED',
    ],
    [
      'nobody holds it, and it stands',
      history(commits([0, 30n], [60, 30n]), { owner: 'unowned' }),
      closed,
      some,
      'draining 70 NOT_ASSIGNED+STALLED',
    ],
    ['still for exactly the limit', history(commits([0, 30n], [60, 30n])), closed, some, 'draining 70 STALLED'],
    ['still for less than the limit', history(commits([0, 30n], [59.999, 30n])), closed, some, 'draining 70'],
    [
      'moved late, then still for a while',
      history(commits([0, 10n], [50, 30n], [60, 30n])),
      closed,
      some,
      'draining 70',
    ],
    [
      'nothing but aborted records is left, and nobody knows whether it reads those',
      history(underWay.map((s) => ({ ...s, abortedOnly: true }))),
      closed,
      some,
      'draining 70 ABORTED_ONLY',
    ],
    ['went back', history(commits([0, 50n], [10, 30n])), closed, some, 'draining 70 REWOUND'],
    ['went back, then on', history(commits([0, 50n], [10, 30n], [20, 60n])), closed, some, 'draining 40 REWOUND'],
    [
      'a commit that is gone is no step back',
      history(commits([0, 30n], [10, null])),
      closed,
      some,
      'draining 100 NO_OFFSET',
    ],
    ['the source still flows', history(underWay), open, some, 'draining 70 SOURCE_STILL_FLOWING'],
    ['it is not known whether the source flows', history(underWay), notKnown, some, 'draining 70 UNKNOWN'],
  ])('%s', (_story, one, inflow, group, expected) => {
    expect(judge(one, inflow, group)).toBe(expected);
  });

  const growing = (second: number, committed: bigint, end: bigint) =>
    sample({ atMs: second * 1000, committed, highWatermark: end, lastStable: end, dataRemaining: end - committed });
  test('records arrive as fast as they are processed', () => {
    expect(judge(history([growing(0, 10n, 100n), growing(10, 30n, 120n)]))).toBe('draining 90 SLOW');
  });
  test('records arrive while it stands still: stalled, not slow', () => {
    expect(judge(history([growing(0, 10n, 100n), growing(60, 10n, 120n)]))).toBe('draining 110 STALLED');
  });
  test('records arrive, and one position alone tells no rate: nothing is said to be slow', () => {
    const unread = { ...growing(0, 10n, 100n), committed: 'unknown' as const };
    expect(judge(history([unread, growing(10, 30n, 120n)]))).toBe('draining 90');
  });
  test('records arrive, but more slowly', () => {
    expect(judge(history([growing(0, 10n, 100n), growing(10, 30n, 119n)]))).toBe('draining 89');
  });
});

describe('rate and time left', () => {
  test('20 offsets in 10 s, 70 left: 35 s', () => {
    expect(judgePartitionDrain(history(commits([0, 10n], [10, 30n])), some, closed, rules)).toMatchObject({
      ratePerSecond: 2,
      timeLeftMs: 35_000,
    });
  });
  test('inflow is taken off', () => {
    const one = history([
      sample({ committed: 10n, dataRemaining: 90n }),
      sample({ atMs: 10_000, committed: 30n, highWatermark: 110n, lastStable: 110n, dataRemaining: 80n }),
    ]);
    expect(judgePartitionDrain(one, some, open, rules)).toMatchObject({ ratePerSecond: 2, timeLeftMs: 80_000 });
  });
  test('the rate is taken over all looks, from the first to the last', () => {
    const looks = history(commits([10, 10n], [15, 10n], [20, 30n]));
    expect(judgePartitionDrain(looks, some, closed, rules)).toMatchObject({ ratePerSecond: 2, timeLeftMs: 35_000 });
  });
  test('no movement, no time', () => {
    expect(judgePartitionDrain(history(commits([0, 10n], [10, 10n])), some, closed, rules)).not.toHaveProperty(
      'timeLeftMs',
    );
  });
  test('one look gives no rate', () => {
    expect(judgePartitionDrain(history(commits([0, 10n])), some, closed, rules)).not.toHaveProperty('ratePerSecond');
  });
});

describe('all partitions', () => {
  const judgeAll = (...histories: readonly PartitionHistory[]): DrainVerdict =>
    judgeDrain(histories, some, closed, rules);
  test('all drained', () => {
    expect(judgeAll(twice({}), twice({ committed: 60n, logStart: 100n }))).toMatchObject({
      kind: 'drained',
      lostBelowLogStart: 40n,
    });
  });
  test('one is not: its rest, its reason, its time', () => {
    expect(
      judgeAll(twice({}), history(commits([0, 10n], [10, 30n])), history(commits([0, 10n], [10, 20n]))),
    ).toMatchObject({
      kind: 'draining',
      remaining: 150n,
      reasons: [],
      unknownPartitions: 0,
      timeLeftMs: 80_000,
    });
  });
  test('one that only has to settle takes no time', () => {
    expect(judgeAll(history([sample({})]), history(commits([0, 10n], [10, 30n])))).toMatchObject({
      timeLeftMs: 35_000,
    });
  });
  test('all have only to settle: there is no time to tell', () => {
    expect(judgeAll(history([sample({})]))).not.toHaveProperty('timeLeftMs');
  });
  test('one stands still: no time is promised', () => {
    expect(judgeAll(history(commits([0, 10n], [10, 30n])), history(commits([0, 10n], [60, 10n])))).not.toHaveProperty(
      'timeLeftMs',
    );
  });
  test('an unknown rest is counted apart', () => {
    expect(judgeAll(twice({ committed: 'unknown' }), twice({ committed: null, dataRemaining: 9n }))).toMatchObject({
      remaining: 9n,
      unknownPartitions: 1,
      reasons: ['UNKNOWN', 'NO_OFFSET'],
    });
  });
  test('none at all means that somebody failed to look', () => {
    expect(judgeAll()).toMatchObject({ kind: 'draining', reasons: ['UNKNOWN'] });
  });
});

test('drained is never said with data left, an open transaction, or a source that may flow', () => {
  const offset = fc.bigInt({ min: 0n, max: 3n });
  const arbitrary = fc.record({
    atMs: fc.integer({ min: 0, max: 30_000 }),
    logStart: offset,
    highWatermark: offset,
    lastStable: offset,
    committed: fc.oneof(offset, fc.constant(null), fc.constant('unknown' as const)),
    dataRemaining: fc.oneof(offset, fc.constant(0n), fc.constant('unknown' as const)),
  });
  let drained = 0;
  fc.assert(
    fc.property(
      fc.array(arbitrary, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(closed, open, notKnown),
      fc.boolean(),
      (list, inflow, repeat) => {
        const samples = repeat ? [...list, { ...list.at(-1)!, atMs: list.at(-1)!.atMs + 6_000 }] : list;
        if (judgePartitionDrain(history(samples), some, inflow, rules).kind !== 'drained') return;
        drained += 1;
        const last = samples.at(-1)!;
        expect(inflow.kind).toBe('closed');
        expect(last.lastStable).toBeGreaterThanOrEqual(last.highWatermark);
        expect(last.committed).not.toBe('unknown');
        expect(samples.length).toBeGreaterThan(1);
        const from = last.committed ?? last.logStart;
        if (typeof from === 'bigint' && from < last.highWatermark && last.logStart < last.highWatermark)
          expect(last.dataRemaining).toBe(0n);
      },
    ),
    { numRuns: 5000, seed: 20261122 },
  );
  expect(drained).toBeGreaterThan(50);
});

describe('whether anything can be added', () => {
  const nowMs = Date.parse('2026-11-22T10:00:00Z');
  const rule = { nowMs, freshnessLimitMs: 45_000 };
  const still = (...agesMs: readonly number[]) =>
    agesMs.map((ageMs) => ({ atMs: nowMs - ageMs, remoteEnds: 7n, copiedOffsets: 9n }));
  const evidence = (part: Partial<InflowEvidence>): InflowEvidence => ({
    copiedHeartbeatMs: nowMs - 120_000,
    samples: still(45_000, 20_000, 0),
    lag: 'unknown',
    producers: 'unknown',
    ...part,
  });
  test.each<[string, Partial<InflowEvidence>, string]>([
    ['beats stale, everything still for the limit', {}, 'closed SOURCE_SILENT'],
    ['beats fresh', { copiedHeartbeatMs: nowMs }, 'open'],
    ['beats unknown', { copiedHeartbeatMs: undefined }, 'unknown'],
    ['still for one millisecond less', { samples: still(44_999, 0) }, 'open'],
    [
      'ends moved',
      { samples: [{ atMs: nowMs - 60_000, remoteEnds: 6n, copiedOffsets: 9n }, ...still(30_000, 0)] },
      'open',
    ],
    [
      'source offsets moved',
      { samples: [{ atMs: nowMs - 60_000, remoteEnds: 7n, copiedOffsets: 8n }, ...still(30_000, 0)] },
      'open',
    ],
    [
      'ends moved, but long ago',
      { samples: [{ atMs: nowMs - 90_000, remoteEnds: 6n, copiedOffsets: 9n }, ...still(50_000, 0)] },
      'closed SOURCE_SILENT',
    ],
    [
      'a look that failed breaks the stillness',
      { samples: [...still(60_000), { atMs: nowMs - 30_000, remoteEnds: 'unknown', copiedOffsets: 9n }, ...still(0)] },
      'open',
    ],
    [
      'the newest look failed',
      { samples: [...still(60_000, 30_000), { atMs: nowMs, remoteEnds: 'unknown', copiedOffsets: 9n }] },
      'unknown',
    ],
    [
      'the newest look saw no offsets',
      { samples: [...still(60_000, 30_000), { atMs: nowMs, remoteEnds: 7n, copiedOffsets: 'unknown' }] },
      'unknown',
    ],
    ['the newest look is old', { samples: still(120_000, 45_001) }, 'unknown'],
    ['the newest look is just not old', { samples: still(120_000, 45_000) }, 'closed SOURCE_SILENT'],
    ['nobody looked', { samples: [] }, 'unknown'],
    [
      'nothing pending and every producer moved',
      { copiedHeartbeatMs: nowMs, samples: [], lag: 'zero', producers: 'moved' },
      'closed CAUGHT_UP_AND_MOVED',
    ],
    [
      'nothing pending, one producer still there',
      { copiedHeartbeatMs: nowMs, lag: 'zero', producers: 'not-all' },
      'open',
    ],
    ['nothing pending, producers unknown', { copiedHeartbeatMs: nowMs, lag: 'zero', producers: 'unknown' }, 'open'],
    ['producers moved, something pending', { copiedHeartbeatMs: nowMs, lag: 'some', producers: 'moved' }, 'open'],
  ])('%s', (_story, part, expected) => {
    const inflow = judgeInflow(evidence(part), rule);
    expect(inflow.kind === 'closed' ? `closed ${inflow.how}` : inflow.kind).toBe(expected);
  });
});

describe('what is said of the flow', () => {
  const nowMs = Date.parse('2026-11-22T10:00:00Z');
  const tell = (copiedHeartbeatMs: number, agesMs: readonly number[]) =>
    judgeInflow(
      {
        copiedHeartbeatMs,
        samples: agesMs.map((ageMs) => ({ atMs: nowMs - ageMs, remoteEnds: 7n, copiedOffsets: 9n })),
        lag: 'some',
        producers: 'not-all',
      },
      { nowMs, freshnessLimitMs: 45_000 },
    ).because;
  test.each([
    ['silent', nowMs - 120_000, [50_000, 0], 'no heartbeat and nothing copied for 50000 ms'],
    ['beating', nowMs, [50_000, 0], 'heartbeats fresh, still for 50000 ms, lag some, producers not-all'],
    ['not looked at', nowMs, [], 'heartbeats fresh, still for an unknown time, lag some, producers not-all'],
  ])('%s', (_story, beatMs, agesMs, expected) => expect(tell(beatMs, agesMs)).toBe(expected));
});

describe('a fence', () => {
  const fence = (samples: readonly Partial<FenceSample>[], at = 100n): FenceHistory => ({
    topic: 'orders',
    partition: 0,
    fence: at,
    samples: samples.map((part) => ({ atMs: 0, logStart: 0n, committed: 100n, dataRemaining: 0n, ...part })),
    owner: 'owned',
  });
  test.each<[string, FenceHistory, string]>([
    ['commit at the fence', fence([{}]), 'reached'],
    ['past the fence: others have gone on writing', fence([{ committed: 500n }]), 'reached'],
    ['only a marker before the fence', fence([{ committed: 99n }]), 'reached'],
    ['a record before the fence', fence([{ committed: 99n, dataRemaining: 1n }]), 'draining 1'],
    ['no commit, but records', fence([{ committed: null, dataRemaining: 5n }]), 'draining 5 NO_OFFSET'],
    ['a fence at the very beginning', fence([{ committed: null }], 0n), 'reached'],
    ['the log start is past the fence', fence([{ committed: null, logStart: 200n }]), 'reached'],
    ['commit unreadable', fence([{ committed: 'unknown' }]), 'draining 0 UNKNOWN'],
    ['nobody looked', fence([]), 'draining 0 UNKNOWN'],
    [
      'stands still',
      fence([
        { committed: 90n, dataRemaining: 10n },
        { atMs: 60_000, committed: 90n, dataRemaining: 10n },
      ]),
      'draining 10 STALLED',
    ],
  ])('%s', (_story, one, expected) => {
    const verdict = judgeFence([one], some, rules);
    expect(
      verdict.kind === 'reached' ? 'reached' : `draining ${verdict.remaining} ${verdict.reasons.join('+')}`.trim(),
    ).toBe(expected);
  });
  test('records that expired before they were read are reported', () => {
    expect(judgeFence([fence([{ committed: 60n, logStart: 90n, dataRemaining: 0n }])], some, rules)).toMatchObject({
      kind: 'reached',
      lostBelowLogStart: 30n,
    });
  });
  test('what nobody looked at is not counted as nothing left', () => {
    expect(judgeFence([fence([])], some, rules)).toMatchObject({ remaining: 0n, unknownPartitions: 1 });
  });
  test('no partition at all is not reached', () => {
    expect(judgeFence([], some, rules).kind).toBe('draining');
  });
  test('one partition of two is not reached', () => {
    expect(judgeFence([fence([{}]), fence([{ committed: 99n, dataRemaining: 1n }])], some, rules)).toMatchObject({
      kind: 'draining',
      remaining: 1n,
    });
  });
});

describe('the deadline', () => {
  const draining = judgeDrain(
    [history(commits([0, 10n], [10, 30n])), twice({ committed: 'unknown' })],
    some,
    closed,
    rules,
  );
  const drained = judgeDrain([twice({})], some, closed, rules);
  const decide = (verdict: DrainVerdict, nowMs: number, policy: 'hold' | 'cut-over' | 'keep-both' = 'hold') =>
    decideDeadline(verdict, { policy, startedAtMs: 1_000, nowMs, afterMs: 60_000 });

  test('what is drained already does not stay behind', () => {
    const half = judgeDrain([twice({}), history(commits([0, 10n], [10, 30n]))], some, closed, rules);
    expect(decide(half, 61_000)).toMatchObject({
      remainder: [{ topic: 'K1.orders', partition: 0, remaining: 70n }],
      because: 'not drained after 60000 ms: 70 records left (too slow for the deadline), rate 2/s, time left 35 s',
    });
  });
  test('every reason is named', () => {
    const verdict = judgeDrain([history(commits([0, 30n], [60, 30n]))], { members: 'none' }, closed, rules);
    expect(decide(verdict, 61_000)).toMatchObject({
      because: 'not drained after 60000 ms: 70 records left (NO_MEMBERS, STALLED), rate 0/s, time left unknown',
    });
  });
  test('a consumer takes one partition after the other: how fast it is in all is told, how long it needs is not known', () => {
    const partitions = [commits([0, 10n], [10, 30n]), commits([0, 10n], [10, 10n]), commits([0, 10n], [10, 15n])];
    const verdict = judgeDrain(
      partitions.map((samples) => history(samples)),
      some,
      closed,
      rules,
    );
    expect(decide(verdict, 61_000)).toMatchObject({
      because:
        'not drained after 60000 ms: 245 records left (too slow for the deadline), rate 2.5/s, time left unknown',
    });
  });
  test.each([
    ['drained', commits([0, 10n], [10, 100n], [20, 100n])],
    ['finished, and looked at once more', commits([0, 10n], [20, 100n])],
  ])('what a consumer did in partitions that are %s counts: it has gone on to others', (_name, finished) => {
    const waiting = history(commits([0, 10n], [20, 10n]));
    const verdict = judgeDrain([history(finished), waiting], some, closed, rules);
    expect(decide(verdict, 61_000)).toMatchObject({
      because: 'not drained after 60000 ms: 90 records left (too slow for the deadline), rate 4.5/s, time left unknown',
    });
  });
  test('a finished partition that was looked at once has no rate', () => {
    expect(judgePartitionDrain(history([sample({})]), some, closed, rules)).not.toHaveProperty('ratePerSecond');
  });
  test('so does what it did where more may come', () => {
    const verdict = judgeDrain([history(commits([0, 10n], [20, 100n]))], some, open, rules);
    expect(decide(verdict, 61_000)).toMatchObject({
      because: 'not drained after 60000 ms: 0 records left (SOURCE_STILL_FLOWING), rate 4.5/s, time left unknown',
    });
  });
  test('and what it did before a fence', () => {
    const at = (atMs: number, committed: bigint) => ({
      atMs,
      logStart: 0n,
      committed,
      dataRemaining: 100n - committed,
    });
    const behind = (samples: readonly ReturnType<typeof at>[], partition: number) =>
      ({ topic: 'orders', partition, fence: 100n, samples, owner: 'owned' }) as const;
    const verdict = judgeFence(
      [behind([at(0, 10n), at(20_000, 100n)], 0), behind([at(0, 10n), at(20_000, 10n)], 1)],
      some,
      rules,
    );
    expect(verdict).toMatchObject({ remaining: 90n, ratePerSecond: 4.5 });
  });
  test('of partitions that were looked at once no rate is known', () => {
    const once = judgeDrain([history(commits([0, 30n]))], some, closed, rules);
    expect(decide(once, 61_000)).toMatchObject({
      because:
        'not drained after 60000 ms: 70 records left (too slow for the deadline), rate unknown, time left unknown',
    });
  });
  test('a partition that is only looked at once more is no reason where records are left in others', () => {
    const finished = history([sample({})]);
    const half = judgeDrain([finished, history(commits([0, 10n], [10, 30n]))], some, closed, rules);
    const alone = judgeDrain([finished], some, closed, rules);
    expect([half, alone].map((verdict) => decide(verdict, 61_000))).toMatchObject([
      {
        because: 'not drained after 60000 ms: 70 records left (too slow for the deadline), rate 2/s, time left 35 s',
      },
      { because: 'not drained after 60000 ms: 0 records left (SETTLING), rate unknown, time left unknown' },
    ]);
  });
  test('nor where an unknown number is left in others', () => {
    const half = judgeDrain([history([sample({})]), twice({ committed: 'unknown' })], some, closed, rules);
    expect(decide(half, 61_000)).toMatchObject({
      because:
        'not drained after 60000 ms: 0 records left, and an unknown number in 1 partitions (UNKNOWN), rate unknown, time left unknown',
    });
  });
  test('drained: proceed, also after the deadline', () => {
    expect(decide(drained, 999_999)).toEqual({ kind: 'proceed' });
  });
  test('before the deadline: wait', () => {
    expect(decide(draining, 60_999)).toEqual({ kind: 'wait', leftMs: 1 });
  });
  test.each(['hold', 'cut-over', 'keep-both'] as const)('at the deadline: %s, with what stays behind', (policy) => {
    expect(decide(draining, 61_000, policy)).toEqual({
      kind: policy,
      remainder: [
        { topic: 'K1.orders', partition: 0, remaining: 70n },
        { topic: 'K1.orders', partition: 0, remaining: 'unknown' },
      ],
      because:
        'not drained after 60000 ms: 70 records left, and an unknown number in 1 partitions (UNKNOWN), rate 2/s, time left unknown',
    });
  });
});
