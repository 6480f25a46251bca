import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { FlowObservation } from '../../../core/contracts/observations.ts';
import type { HomeSample } from '../../../core/contracts/tables.ts';
import {
  expectedLoss,
  leftAtRefuge,
  lossSentence,
  writtenUntil,
  overLimit,
  type ExpectedLoss,
} from '../../../core/move/loss.ts';
import { flowLook } from '../../support/builders/judgement.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

/** Sampled a minute before ten; the rates are of the two quarters of a minute before that. */
const SAMPLED_AT = TEN_O_CLOCK - 60_000;
const sample = (end: string, recent: readonly string[], changes: Partial<HomeSample> = {}): HomeSample => ({
  group: 'billing',
  topic: 'orders',
  atMs: SAMPLED_AT,
  clusterId: 'cluster-one',
  partitions: { 0: { committed: '0', end, start: '0' } },
  recent: recent.map((at, i) => ({ atMs: SAMPLED_AT - (recent.length - 1 - i) * 15_000, end: at })),
  ...changes,
});
const look = (copied: string, changes: Partial<FlowObservation> = {}) =>
  flowLook({ atMs: TEN_O_CLOCK - 5_000, replicatedOffsets: { orders: { 0: copied } }, ...changes });
const told = (samples: readonly HomeSample[], looks: readonly FlowObservation[], atMs = TEN_O_CLOCK) =>
  expectedLoss({ topics: ['orders'], samples, looks, atMs });

describe('what a failover may leave behind', () => {
  test.each<
    readonly [string, HomeSample, FlowObservation, readonly [string, string], readonly [number, number] | null]
  >([
    // 40 not copied; up to 600/15 s = 40 records/s for 60 s more.
    ['behind, writing at 40/s at most', sample('1000', ['100', '400', '1000']), look('959'), ['40', '2440'], [1, 61.3]],
    ['copied to the end of the sample', sample('1000', ['100', '400', '1000']), look('999'), ['0', '2400'], [0, 60]],
    ['copied beyond the sample', sample('1000', ['100', '400', '1000']), look('1500'), ['0', '2400'], [0, 60]],
    ['behind, nobody writes', sample('1000', ['1000', '1000']), look('959'), ['40', '40'], null],
    ['nothing missing, nobody writes', sample('1000', ['1000', '1000']), look('999'), ['0', '0'], [0, 60]],
    [
      'a partition that was never copied counts from its start',
      sample('1000', ['1000', '1000']),
      look('999', { replicatedOffsets: {} }),
      ['1000', '1000'],
      null,
    ],
    [
      'nor do they make what is missing look younger or older',
      sample('1000', ['5000', '700', '1000']),
      look('959'),
      ['40', '1240'],
      [2, 62],
    ],
    ['ends that went back teach no rate', sample('1000', ['5000', '700', '1000']), look('999'), ['0', '1200'], [0, 60]],
  ])('%s', (_story, home, flow, [lower, upper], span) => {
    expect(told([home], [flow])).toMatchObject({
      kind: 'estimated',
      records: { lower, upper },
      seconds: span === null ? null : { lower: span[0], upper: span[1] },
      ageMs: 60_000,
    });
  });

  test('the newest sample of a topic counts, whichever group it was taken for', () => {
    const older = sample('10', ['10', '10'], { group: 'audit', atMs: SAMPLED_AT - 1 });
    expect(told([older, sample('1000', ['1000', '1000'])], [look('959')])).toMatchObject({
      records: { lower: '40', upper: '40' },
    });
  });

  test('the newest look that tells what was copied counts', () => {
    const looks = [look('900', { atMs: TEN_O_CLOCK - 20_000 }), look('959'), flowLook({ atMs: TEN_O_CLOCK - 1_000 })];
    expect(told([sample('1000', ['1000', '1000'])], looks)).toMatchObject({ records: { lower: '40' } });
  });

  test('a look that was taken later than the instant it is told for does not count', () => {
    const later = look('999', { atMs: TEN_O_CLOCK + 1 });
    expect(told([sample('1000', ['1000', '1000'])], [look('959'), later])).toMatchObject({ records: { lower: '40' } });
    expect(told([sample('1000', ['1000', '1000'])], [later])).toMatchObject({ kind: 'unknown' });
  });

  test('a look at that very instant counts', () => {
    expect(told([sample('1000', ['1000', '1000'])], [look('959', { atMs: TEN_O_CLOCK })]).kind).toBe('estimated');
  });

  test('two looks of one instant teach no rate', () => {
    const recent = [
      { atMs: SAMPLED_AT - 15_000, end: '400' },
      { atMs: SAMPLED_AT, end: '400' },
      { atMs: SAMPLED_AT, end: '1000' },
    ];
    expect(told([sample('1000', [], { recent })], [look('999')])).toMatchObject({
      records: { lower: '0', upper: '0' },
      recordsPerSecond: 0,
    });
  });

  test('partitions add up; what none of them has in common with the copies is missing as a whole', () => {
    const partitions = {
      0: { committed: '0', end: '1000', start: '0' },
      1: { committed: '0', end: '70', start: '20' },
    };
    const home = sample('1070', ['1070', '1070'], { partitions });
    expect(told([home], [look('959')])).toMatchObject({ records: { lower: '90', upper: '90' } });
  });

  test('the age of what is missing rests on the mean over time, however unevenly it was sampled', () => {
    const recent = [
      { atMs: SAMPLED_AT - 50_000, end: '0' },
      { atMs: SAMPLED_AT - 10_000, end: '200' },
      { atMs: SAMPLED_AT, end: '1000' },
    ];
    // 40 s at 5/s and 10 s at 80/s: 20/s in the mean. 40 / 80 = 0.5; 40 / 20 + 60 = 62.
    expect(told([sample('1000', [], { recent })], [look('959')])).toMatchObject({
      seconds: { lower: 0.5, upper: 62 },
      recordsPerSecond: 80,
    });
  });

  test('a rate is told to a tenth, and what may have been written is rounded up', () => {
    const recent = [
      { atMs: SAMPLED_AT - 15_000, end: '999' },
      { atMs: SAMPLED_AT, end: '1000' },
    ];
    expect(
      expectedLoss({
        topics: ['orders'],
        samples: [sample('1000', [], { recent })],
        looks: [look('999', { atMs: SAMPLED_AT })],
        atMs: SAMPLED_AT + 10_000,
      }),
    ).toMatchObject({
      records: { lower: '0', upper: '1' },
      recordsPerSecond: 0.1,
    });
  });

  test('topics add up, and the range is as old as the oldest of their samples', () => {
    const loss = expectedLoss({
      topics: ['orders', 'payments'],
      samples: [
        sample('1000', ['1000', '1000']),
        sample('50', ['20', '50'], { topic: 'payments', atMs: SAMPLED_AT - 30_000 }),
      ],
      looks: [look('959', { replicatedOffsets: { orders: { 0: '959' }, payments: { 0: '39' } } })],
      atMs: TEN_O_CLOCK,
    });
    // 40 + 10 missing; 2 records/s for 90 s more.
    expect(loss).toMatchObject({ records: { lower: '50', upper: '230' }, ageMs: 90_000 });
  });

  test.each<readonly [string, readonly HomeSample[], readonly FlowObservation[], string]>([
    ['no look', [sample('10', ['1', '10'])], [], 'no look at the flow tells what it has copied'],
    ['a look that could not read it', [sample('10', ['1', '10'])], [flowLook()], 'no look at the flow'],
    ['no sample', [], [look('1')], 'log ends of "orders" at home were never sampled'],
    ['one sample only', [sample('10', ['10'])], [look('1')], 'its produce rate is not known'],
    ['a sample of the release before', [{ ...sample('10', []), recent: undefined }], [look('1')], 'rate is not known'],
  ])('is unknown with %s', (_story, samples, looks, because) => {
    const loss = told(samples, looks);
    expect(loss.kind).toBe('unknown');
    expect(lossSentence(loss)).toContain(because);
  });

  test('names every topic of which it is unknown', () => {
    const loss = expectedLoss({ topics: ['orders', 'payments'], samples: [], looks: [look('1')], atMs: TEN_O_CLOCK });
    expect(lossSentence(loss)).toBe(
      'expected loss is unknown: log ends of "orders" at home were never sampled; log ends of "payments" at home were never sampled',
    );
  });

  test('one topic that cannot be told makes all of it unknown', () => {
    const loss = expectedLoss({
      topics: ['orders', 'payments'],
      samples: [sample('1000', ['1000', '1000'])],
      looks: [look('1')],
      atMs: TEN_O_CLOCK,
    });
    expect(loss).toEqual({ kind: 'unknown', because: ['log ends of "payments" at home were never sampled'] });
  });

  test('a sentence for people when nobody writes', () => {
    expect(lossSentence(told([sample('1000', ['1000', '1000'])], [look('959')]))).toBe(
      'expected loss 40 to 40 records (of unknown age), by log ends of 2026-11-22T09:59:00Z, 60 s old, at up to 0 records/s',
    );
  });

  test('a sentence for people: range, basis, age', () => {
    expect(lossSentence(told([sample('1000', ['100', '400', '1000'])], [look('959')]))).toBe(
      'expected loss 40 to 2440 records (1 to 61.3 s), by log ends of 2026-11-22T09:59:00Z, 60 s old, at up to 40 records/s',
    );
  });
});

describe('the limit', () => {
  const behind = told([sample('1000', ['100', '400', '1000'])], [look('959')]);
  test.each<readonly [string, ExpectedLoss | null, object, boolean]>([
    ['exactly as many records as allowed', behind, { records: 2440 }, true],
    ['one record more', behind, { records: 2439 }, false],
    ['exactly as old as allowed', behind, { seconds: 61.3 }, true],
    ['older', behind, { seconds: 61.2 }, false],
    ['one of two limits is passed', behind, { records: 5000, seconds: 60 }, false],
    ['age unknown, records limited', told([sample('9', ['9', '9'])], [look('1')]), { records: 10 }, true],
    ['age unknown, age limited', told([sample('9', ['9', '9'])], [look('1')]), { seconds: 3_600 }, false],
    ['unknown passes every limit', told([], []), { records: 1_000_000 }, false],
    ['never told', null, { records: 1_000_000 }, false],
  ])('%s', (_story, loss, limit, within) => {
    expect(overLimit(loss, limit).length === 0).toBe(within);
  });
});

describe('what passes a limit is said', () => {
  const behind = told([sample('1000', ['100', '400', '1000'])], [look('959')]);
  const still = told([sample('9', ['9', '9'])], [look('1')]);
  test.each<readonly [string, ExpectedLoss | null, object, readonly string[]]>([
    [
      'both measures',
      behind,
      { records: 5, seconds: 60 },
      [`up to 2440 records, allowed 5; up to 61.3 s, allowed 60 s; ${lossSentence(behind)}`],
    ],
    ['records alone', behind, { records: 5, seconds: 100 }, [`up to 2440 records, allowed 5; ${lossSentence(behind)}`]],
    ['an age that nobody knows', still, { seconds: 60 }, [`up to unknown s, allowed 60 s; ${lossSentence(still)}`]],
    [
      'a loss that nobody knows',
      told([], []),
      {},
      ['expected loss is unknown: no look at the flow tells what it has copied'],
    ],
    ['a loss that nobody told', null, {}, ['nobody has told the expected loss']],
    ['nothing', behind, {}, []],
  ])('%s', (_story, loss, limit, problems) => {
    expect(overLimit(loss, limit)).toEqual(problems);
  });
});

describe('whatever is seen', () => {
  const evidence = fc.record({
    end: fc.integer({ min: 0, max: 100_000 }),
    copied: fc.integer({ min: 0, max: 120_000 }),
    grown: fc.array(fc.integer({ min: 0, max: 5_000 }), { minLength: 1, maxLength: 6 }),
    ageMs: fc.integer({ min: 0, max: 3_600_000 }),
  });
  const lossOf = ({ end, copied, grown, ageMs }: { end: number; copied: number; grown: number[]; ageMs: number }) => {
    let at = 0;
    const recent = ['0', ...grown.map((more) => String((at += more)))];
    const loss = told([sample(String(end), recent)], [look(String(copied))], SAMPLED_AT + ageMs);
    if (loss.kind === 'unknown') throw new Error(lossSentence(loss));
    return loss;
  };

  test('the lower end is never above the upper end', () => {
    fc.assert(
      fc.property(evidence, (seen) => {
        const { records, seconds } = lossOf({ ...seen, ageMs: seen.ageMs + 60_000 });
        expect(BigInt(records.lower) <= BigInt(records.upper)).toBe(true);
        if (seconds !== null) expect(seconds.lower).toBeLessThanOrEqual(seconds.upper);
      }),
    );
  });

  test('an older reading, a higher end or less that was copied never makes the loss smaller', () => {
    fc.assert(
      fc.property(evidence, fc.nat(10_000), (seen, more) => {
        const base = { ...seen, ageMs: seen.ageMs + 60_000, copied: seen.copied + more };
        const loss = lossOf(base);
        for (const worse of [
          { ...base, ageMs: base.ageMs + more },
          { ...base, end: base.end + more },
          { ...base, copied: seen.copied },
        ]) {
          expect(BigInt(lossOf(worse).records.upper) >= BigInt(loss.records.upper)).toBe(true);
          expect(BigInt(lossOf(worse).records.lower) >= BigInt(loss.records.lower)).toBe(true);
        }
      }),
    );
  });

  test('a tighter limit never lets more through', () => {
    fc.assert(
      fc.property(evidence, fc.nat(50_000), fc.nat(50_000), (seen, one, other) => {
        const loss = lossOf({ ...seen, ageMs: seen.ageMs + 60_000 });
        const [tight, wide] = [Math.min(one, other), Math.max(one, other)];
        if (overLimit(loss, { records: tight }).length === 0) expect(overLimit(loss, { records: wide })).toEqual([]);
      }),
    );
  });

  test('the order of samples and looks does not matter', () => {
    const samples = [sample('9', ['1', '9'], { atMs: SAMPLED_AT - 1 }), sample('1000', ['100', '1000'])];
    const looks = [look('5', { atMs: TEN_O_CLOCK - 9_000 }), look('959')];
    expect(told(samples.toReversed(), looks.toReversed())).toEqual(told(samples, looks));
  });
});

describe('what a lost refuge had not copied', () => {
  const ends = { orders: { 0: { start: '0', highWatermark: '1000', lastStable: '1000' } } };
  /** 40 records/s at most; looks every 15 s. */
  const left = (looks: readonly FlowObservation[]) =>
    leftAtRefuge({
      topics: ['orders'],
      samples: [sample('1000', ['100', '400', '1000'])],
      looks,
      writtenUntilMs: writtenUntil(looks, TEN_O_CLOCK),
    });
  const seen = (agoMs: number, copied: string, sourceEnds?: FlowObservation['sourceEnds']) =>
    look(copied, { atMs: TEN_O_CLOCK - agoMs, ...(sourceEnds && { sourceEnds }) });

  test.each([
    [
      'is told up to the second look that could not read its log ends',
      [seen(60_000, '900', ends), seen(45_000, '959'), seen(30_000, '959')],
      { records: { lower: '40', upper: '1240' }, ageMs: 30_000 },
    ],
    [
      'by what the flow tells later, when it has copied what it had read',
      [seen(60_000, '900', ends), seen(45_000, '900'), seen(30_000, '900'), seen(-60_000, '999')],
      { records: { lower: '0', upper: '1200' }, ageMs: 30_000 },
    ],
    [
      'up to the confirmation, where looks were missed',
      [seen(60_000, '900', ends), seen(45_000, '959')],
      { records: { lower: '40', upper: '2440' }, ageMs: 60_000 },
    ],
    [
      'up to the confirmation, where those looks are kept no longer',
      [seen(-60_000, '959'), seen(-75_000, '959')],
      { records: { lower: '40', upper: '2440' }, ageMs: 60_000 },
    ],
    [
      'up to the confirmation, where no look is kept that could read its log ends',
      [seen(60_000, '900'), seen(45_000, '959'), seen(30_000, '959')],
      { records: { lower: '40', upper: '2440' }, ageMs: 60_000 },
    ],
    [
      'whatever order they come in, and however often',
      [seen(30_000, '959'), seen(60_000, '900', ends), seen(45_000, '959'), seen(45_000, '959')],
      { records: { lower: '40', upper: '1240' }, ageMs: 30_000 },
    ],
  ])('%s', (_story, looks, expected) => expect(left(looks)).toMatchObject(expected));

  test('is unknown where no look tells what was copied', () =>
    expect(left([seen(60_000, '900', ends)].map(({ replicatedOffsets: _none, ...rest }) => rest)).kind).toBe(
      'unknown',
    ));
});
