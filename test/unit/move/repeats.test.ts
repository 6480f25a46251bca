import { describe, expect, test } from '@jest/globals';
import type { HomewardRecord } from '../../../core/contracts/tables.ts';
import type { ExpectedLoss } from '../../../core/move/loss.ts';
import { judgeRepeats, repeatsSentence, type RepeatsEvidence } from '../../../core/move/repeats.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const left = (upper: string): ExpectedLoss => ({
  kind: 'estimated',
  records: { lower: '0', upper },
  seconds: null,
  recordsPerSecond: 0,
  sampledAtMs: TEN_O_CLOCK,
  ageMs: 0,
});
const kept = (group: string, own: string, copies: string, changes: Partial<HomewardRecord> = {}): HomewardRecord => ({
  group,
  topic: 'orders',
  atMs: TEN_O_CLOCK + 5_000,
  refugeClusterId: 'id-of-K2',
  own: { 0: { position: '10', again: own } },
  copies: { 0: { position: '20', ofRefuge: '20', again: copies }, 1: { position: '0', ofRefuge: null, again: '1' } },
  ...changes,
});
const evidence = (changes: Partial<RepeatsEvidence> = {}): RepeatsEvidence => ({
  topics: ['orders'],
  groups: [
    { id: 'billing', mode: 'shared' },
    { id: 'audit', mode: 'home-only' },
    { id: 'archive', mode: 'reads-remote' },
  ],
  homeward: [kept('billing', '2', '30'), kept('audit', '0', '4', { atMs: TEN_O_CLOCK })],
  copies: new Map(),
  uncopied: left('100'),
  ...changes,
});

test('per group: own records, copies behind its position, and what was not copied; who reads both repeats nothing', () => {
  expect(judgeRepeats(evidence())).toEqual({
    kind: 'bounded',
    byGroup: { billing: '133', audit: '105' },
    records: '238',
    uncopied: '100',
    lookedAtMs: TEN_O_CLOCK,
  });
});

test('topics that the set no longer has, and groups, do not count', () => {
  const homeward = [...evidence().homeward, kept('billing', '7', '7', { topic: 'old' }), kept('gone', '7', '7')];
  expect(judgeRepeats(evidence({ homeward }))).toEqual(judgeRepeats(evidence()));
});

const UNSEEN = 'where its copies end at home was not looked at since the refuge was lost';
const UNTOLD = 'no look at the flow tells what it has copied';
const notLookedAt = (group: string, topic: string) =>
  `where ${group} would go on in "${topic}" was not looked at in this stay`;

describe('there is no bound, and each reason is told', () => {
  const untold = { kind: 'unknown', because: [UNTOLD] } as const;
  const oneGroup = [kept('billing', '2', '30')];
  test.each<readonly [string, Partial<RepeatsEvidence>, readonly string[]]>([
    ['for a group that nobody has looked at', { homeward: oneGroup }, [notLookedAt('audit', 'orders')]],
    [
      'for a topic in which nobody has looked at any group',
      { topics: ['orders', 'payments'] },
      [notLookedAt('billing', 'payments'), notLookedAt('audit', 'payments')],
    ],
    ['where nobody tells what was not copied', { uncopied: untold }, [UNTOLD]],
    ['where the ends of the copies were looked at before the refuge was lost', { copies: undefined }, [UNSEEN]],
    [
      'where nobody tells what was not copied, and a group was not looked at',
      { uncopied: untold, homeward: oneGroup },
      [UNTOLD, notLookedAt('audit', 'orders')],
    ],
    [
      'where nothing is known at all',
      { copies: undefined, uncopied: untold, homeward: oneGroup },
      [UNSEEN, UNTOLD, notLookedAt('audit', 'orders')],
    ],
  ])('%s', (_story, changes, because) =>
    expect(judgeRepeats(evidence(changes))).toEqual({ kind: 'unbounded', because }),
  );
});

const end = (highWatermark: string) => ({ start: '0', highWatermark, lastStable: highWatermark });

test('copies that have come since a position was looked at count', () => {
  const copies = new Map([['orders', { 0: end('60'), 1: end('1') }]]);
  expect(judgeRepeats(evidence({ copies }))).toMatchObject({ byGroup: { billing: '143', audit: '141' } });
});

test('where the end of a partition could not be read, what was seen with the position counts', () => {
  const copies = new Map([['orders', { 0: end('60') }]]);
  expect(judgeRepeats(evidence({ copies }))).toMatchObject({ byGroup: { billing: '143', audit: '141' } });
});

describe('for people', () => {
  test('the bound, of whom, and what it rests on', () =>
    expect(repeatsSentence(judgeRepeats(evidence()))).toBe(
      'at most 238 records are processed again (billing 133, audit 105; up to 100 of each not copied when it was lost), as long as it stays down',
    ));

  test('the first three reasons why there is none', () =>
    expect(repeatsSentence({ kind: 'unbounded', because: ['a', 'b', 'c', 'd'] })).toBe(
      'how many records are processed again cannot be bounded: a; b; c',
    ));
});
