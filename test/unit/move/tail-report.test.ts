import { expect, test } from '@jest/globals';
import type { PositionRecord } from '../../../core/contracts/tables.ts';
import { TailReport } from '../../../core/contracts/tail.ts';
import { tailReport } from '../../../core/move/tail-report.ts';
import { keptPosition, positionRecordOf } from '../../support/builders/pair.ts';

type Kept = PositionRecord['partitions'][string];
const places = { home: 'K1', refuge: 'K2' };
const left = (lower: string | null, upper: string | null, because = 'nobody looked'): Partial<Kept> => ({
  left: { lower, upper, because },
});
const found = (
  from: string,
  to: string,
  kind: 'exact' | 'bounded' | 'gone' = 'exact',
  because = 'why',
): Partial<Kept> => ({
  found: { kind, from, to, because },
});
const record = (partitions: readonly Partial<Kept>[], changes: Partial<PositionRecord> = {}) =>
  positionRecordOf({ partitions: Object.fromEntries(partitions.map((one, i) => [i, keptPosition(one)])), ...changes });
const reported = (...records: PositionRecord[]) => {
  const report = tailReport(records, places);
  expect(TailReport.parse(report)).toEqual(report);
  return report!;
};

test('without positions there is nothing to tell', () => {
  expect(tailReport([], places)).toBeNull();
});

test("a partition's tail counts once, however many groups read it", () => {
  const one = record([left('2', '7')]);
  expect(reported(one, { ...one, group: 'audit' }).left).toEqual({ lower: '2', upper: '7' });
});

test('what was written since the sample counts once for a topic, whichever partition it went to', () => {
  expect(reported(record([left('2', '7'), left('1', '6')])).left).toEqual({ lower: '3', upper: '8' });
});

test('what a topic has grown by since the sample is the most that any of its partitions may have grown', () => {
  expect(reported(record([left('2', '9'), left('1', '3')])).left).toEqual({ lower: '3', upper: '10' });
  expect(reported(record([left('1', '3'), left('2', '9')])).left).toEqual({ lower: '3', upper: '10' });
});

test('topics add up', () => {
  expect(reported(record([left('2', '7')]), record([left('1', '3')], { topic: 'payments' })).left).toEqual({
    lower: '3',
    upper: '10',
  });
});

test.each([
  ['one partition is not known', [left('2', '7'), left(null, null)], { lower: null, upper: null }],
  ['a rate is not known', [left('2', '7'), left('1', null)], { lower: '3', upper: null }],
  ['an older release stored it', [{}], { lower: null, upper: null }],
] as const)('no figure stands for what is not known: %s', (_story, partitions, expected) => {
  expect(reported(record(partitions)).left).toEqual(expected);
});

test.each([
  ['exact', [found('11', '13')], { kind: 'exact', atMost: '2' }],
  ['bounded as soon as one is', [found('11', '13'), found('20', '25', 'bounded')], { kind: 'bounded', atMost: '7' }],
  ['unknown while one was not looked at', [found('11', '13'), {}], { kind: 'unknown', atMost: '2' }],
  ['unknown where a log is gone', [found('0', '0', 'gone')], { kind: 'unknown', atMost: '0' }],
  [
    'unknown where one of two logs is gone',
    [found('11', '13'), found('0', '0', 'gone')],
    { kind: 'unknown', atMost: '2' },
  ],
] as const)('what is found at home is %s', (_story, partitions, expected) => {
  expect(reported(record(partitions)).found).toEqual(expected);
});

test('nothing is found before home is back', () => {
  expect(reported(record([left('2', '7')])).found).toBeUndefined();
});

test.each([
  ['a range', left('2', '7'), 'left 2 to 7'],
  ['one figure where both ends agree', left('2', '2'), 'left 2'],
  ['a range that begins at nothing', left('0', '5'), 'left 0 to 5'],
  ['a lower end alone', left('2', null), 'left 2 or more (nobody looked)'],
  ['what is not known', left(null, null), 'left unknown (nobody looked)'],
  ['what was found, exactly', found('11', '13'), '2 processed at K1 (11..12, exact)'],
  ['what was found, bounded', found('11', '13', 'bounded'), 'at most 2 processed at K1 (11..12; why)'],
  ['a log that is gone', found('0', '5', 'gone'), 'gone with the old log (why)'],
  [
    'what was taken, by where',
    {
      taken: {
        home: { offsets: '1', below: '9' },
        remote: { offsets: '2', below: '9' },
        refuge: { offsets: '3', below: '9' },
      },
    },
    "1 taken at K1; 2 taken in the copies at K2; 3 taken in K2's own topic",
  ],
] as const)('a line tells %s', (_story, changes, text) => {
  expect(reported(record([changes])).partitions).toEqual([`billing orders-0: ${text}`]);
});

test.each([
  ['everything was copied', left('0', '0')],
  ['nothing was left to read', found('5', '5')],
  ['nothing was taken', { taken: { home: { offsets: '0', below: '9' } } }],
] as const)('a partition of which %s has no line', (_story, changes) => {
  expect(reported(record([changes])).partitions).toEqual([]);
});

test('losses come first, then what is not known; beyond fifty lines are counted', () => {
  const many = Array.from({ length: 60 }, () => left('1', '2'));
  const taken = { taken: { home: { offsets: '4', below: '9' } } };
  const gone = { ...left('1', '2'), ...found('0', '5', 'gone') };
  const report = reported(record([...many, left(null, null), taken, gone]));
  expect(report.partitions.slice(0, 4)).toEqual([
    'billing orders-61: 4 taken at K1',
    'billing orders-62: left 1 to 2; gone with the old log (why)',
    'billing orders-60: left unknown (nobody looked)',
    'billing orders-0: left 1 to 2',
  ]);
  expect([report.partitions.length, report.leftOut]).toEqual([50, 13]);
});

test.each([
  [
    [{ ...left('2', '7'), ...found('11', '13') }],
    'tail when K1 was left: 2 to 7 offset(s); found for the groups: 2 offset(s), exact, processed at K1; taken by retention or truncation: nothing was seen',
  ],
  [
    [left('2', null)],
    'tail when K1 was left: 2 or more (the produce rate is not known everywhere) offset(s); taken by retention or truncation: nothing was seen',
  ],
  [
    [{ ...left(null, null), ...found('1', '4', 'bounded'), taken: { home: { offsets: '6', below: '9' } } }],
    'tail when K1 was left: unknown for some partitions; found for the groups: at most 3 offset(s), processed at K1; taken by retention or truncation: 6 offset(s)',
  ],
  [
    [found('1', '4'), {}],
    'tail when K1 was left: unknown for some partitions; found for the groups: at most 3 offset(s) where K1 was looked at, processed there; not known everywhere; taken by retention or truncation: nothing was seen',
  ],
] as const)('the sentence of %j', (partitions, sentence) => {
  expect(reported(record(partitions)).sentence).toBe(sentence);
});
