/** What pairs tell each other: who has a place, who gets the next one, and when too many look down together. */
import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import type { OutageReport, PairMove, PairMoves } from '../../../core/contracts/tables.ts';
import {
  clustersDown,
  countPairs,
  enterMove,
  isReportDue,
  judgeTogether,
  leaveMoves,
  othersMoving,
  standingMoves,
} from '../../../core/move/pairs.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const nowMs = TEN_O_CLOCK;
const move = (pair: string, changes: Partial<PairMove> = {}): PairMove => ({
  pair,
  clientSet: 'clients-k1',
  epoch: 1,
  untilMs: nowMs + 1,
  ...changes,
});
const record = (...moves: readonly PairMove[]): PairMoves => ({ moves: [...moves], version: 4 });

describe('entering', () => {
  const [orders, bills] = [move('orders'), move('bills')];

  test.each<readonly [string, PairMoves, PairMove, number | null, PairMoves | 'full']>([
    ['the first one', { moves: [], version: 0 }, orders, 1, { moves: [orders], version: 1 }],
    ['the second of two', record(bills), orders, 2, { moves: [bills, orders], version: 5 }],
    ['the second where one may', record(bills), orders, 1, 'full'],
    ['the third where two may', record(bills, move('stock')), orders, 2, 'full'],
    [
      'a place whose time is over is free',
      record(move('bills', { untilMs: nowMs })),
      orders,
      1,
      { moves: [orders], version: 5 },
    ],
    ['whoever is not limited', record(bills), orders, null, { moves: [bills, orders], version: 5 }],
    [
      'what is in already is renewed',
      record(orders),
      { ...orders, untilMs: nowMs + 9 },
      1,
      { moves: [{ ...orders, untilMs: nowMs + 9 }], version: 5 },
    ],
    [
      'also where the limit is lower meanwhile',
      record(bills, orders),
      orders,
      1,
      { moves: [bills, orders], version: 5 },
    ],
    [
      'the next epoch takes the place of the last',
      record(orders),
      { ...orders, epoch: 2 },
      1,
      { moves: [{ ...orders, epoch: 2 }], version: 5 },
    ],
    [
      'an older epoch does not take the place of a newer one, which stands as long as either is renewed',
      record({ ...orders, epoch: 2 }),
      { ...orders, untilMs: nowMs + 9 },
      1,
      { moves: [{ ...orders, epoch: 2, untilMs: nowMs + 9 }], version: 5 },
    ],
    [
      'and does not shorten its time',
      record({ ...orders, epoch: 2, untilMs: nowMs + 9 }),
      orders,
      1,
      { moves: [{ ...orders, epoch: 2, untilMs: nowMs + 9 }], version: 5 },
    ],
    [
      'it enters where the time of the newer one is over',
      record({ ...orders, epoch: 2, untilMs: nowMs }),
      orders,
      1,
      { moves: [orders], version: 5 },
    ],
    [
      'another set of a pair that moves',
      record(orders),
      move('orders', { clientSet: 'clients-k2' }),
      1,
      { moves: [orders, move('orders', { clientSet: 'clients-k2' })], version: 5 },
    ],
    [
      'sets of one pair are one pair',
      record(orders, move('orders', { clientSet: 'clients-k2' })),
      bills,
      2,
      { moves: [orders, move('orders', { clientSet: 'clients-k2' }), bills], version: 5 },
    ],
  ])('%s', (_story, present, entry, limit, next) => {
    expect(enterMove(present, entry, { limit, nowMs })).toEqual(
      next === 'full' ? { kind: 'full' } : { kind: 'write', next },
    );
  });

  test('in whatever order pairs come and go, no more of them are in than may be', () => {
    const step = fc.record({
      pair: fc.constantFrom('a', 'b', 'c', 'd'),
      clientSet: fc.constantFrom('one', 'two'),
      leaves: fc.boolean(),
      laterMs: fc.constantFrom(0, 1, 300_000),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.integer({ min: 1, max: 3 }), (steps, limit) => {
        let present: PairMoves = { moves: [], version: 0 };
        let atMs = nowMs;
        for (const { laterMs, leaves, ...of } of steps) {
          atMs += laterMs;
          const entry = move(of.pair, { ...of, untilMs: atMs + 300_000 });
          const entering = enterMove(present, entry, { limit, nowMs: atMs });
          if (leaves) present = leaveMoves(present, entry) ?? present;
          else if (entering.kind === 'write') present = entering.next;
          expect(countPairs(standingMoves(present.moves, atMs))).toBeLessThanOrEqual(limit);
        }
      }),
    );
  });
});

test('in whatever order epochs of a set are entered, the newest one that still stands is the one that is in', () => {
  const step = fc.record({ epoch: fc.integer({ min: 1, max: 4 }), laterMs: fc.constantFrom(0, 1, 300_000) });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      let present: PairMoves = { moves: [], version: 0 };
      let atMs = nowMs;
      for (const { epoch, laterMs } of steps) {
        atMs += laterMs;
        const [before] = standingMoves(present.moves, atMs);
        const entering = enterMove(present, move('orders', { epoch, untilMs: atMs + 300_000 }), {
          limit: 1,
          nowMs: atMs,
        });
        if (entering.kind === 'write') present = entering.next;
        expect(present.moves.map((one) => one.epoch)).toEqual([Math.max(epoch, before?.epoch ?? 0)]);
      }
    }),
  );
});

describe('leaving', () => {
  test.each<readonly [string, PairMoves, PairMove, PairMoves | undefined]>([
    [
      'the move that ended',
      record(move('orders'), move('bills')),
      move('orders'),
      { moves: [move('bills')], version: 5 },
    ],
    [
      'with one of an older epoch',
      record(move('orders', { epoch: 1 })),
      move('orders', { epoch: 2 }),
      { moves: [], version: 5 },
    ],
    ['but not one of a newer epoch', record(move('orders', { epoch: 2 })), move('orders', { epoch: 1 }), undefined],
    ['nor another set of the pair', record(move('orders', { clientSet: 'clients-k2' })), move('orders'), undefined],
    ['nor the same set of another pair', record(move('bills')), move('orders'), undefined],
    ['nothing where nothing is', record(), move('orders'), undefined],
  ])('%s', (_story, present, ended, next) => {
    expect(leaveMoves(present, ended)).toEqual(next);
  });
});

test('others that move: not this pair, and not those whose time is over', () => {
  const moves = [move('orders'), move('bills'), move('late', { untilMs: nowMs })];
  expect(othersMoving(moves, { pair: 'orders', nowMs })).toEqual([move('bills')]);
});

describe('down together', () => {
  const report = (pair: string, downAgoMs?: number, agoMs = 0): OutageReport => ({
    pair,
    atMs: nowMs - agoMs,
    clusters: [],
    ...(downAgoMs === undefined ? {} : { downAtMs: nowMs - downAgoMs }),
  });
  const judge = (...reports: readonly OutageReport[]) =>
    judgeTogether(reports, { pair: 'orders', nowMs, rules: { share: 0.5, windowMs: 300_000 } });

  test.each<readonly [string, readonly OutageReport[], string]>([
    ['nobody is down', [report('orders'), report('bills')], 'apart'],
    ['one pair alone is never together', [report('orders', 0)], 'apart'],
    ['one of two is the share itself', [report('orders', 0), report('bills')], 'apart'],
    ['two of two', [report('orders', 0), report('bills', 0)], 'together'],
    ['two of four are the share itself', [report('orders', 0), report('bills', 0), report('c'), report('d')], 'apart'],
    ['two of three', [report('orders', 0), report('bills', 0), report('c')], 'together'],
    ['others are, this pair is not', [report('orders'), report('bills', 0), report('c', 0)], 'together'],
    ['one was five minutes ago, and still counts', [report('orders', 0), report('bills', 300_000)], 'together'],
    ['one was longer ago', [report('orders', 0), report('bills', 300_001)], 'apart'],
    ['one was, and is heard of no more', [report('orders', 0), report('bills', 300_001, 300_001)], 'apart'],
    [
      'one that is heard of no more is no pair',
      [report('orders', 0), report('bills', 0), report('c', undefined, 300_001)],
      'together',
    ],
    ['this pair itself is not heard of', [report('bills'), report('c')], 'unknown'],
    ['this pair was heard of five minutes ago, and still counts', [report('orders', undefined, 300_000)], 'apart'],
    ['this pair was heard of too long ago', [report('orders', undefined, 300_001), report('bills')], 'unknown'],
  ])('%s', (_story, reports, kind) => {
    expect(judge(...reports).kind).toBe(kind);
  });

  test('the sentence names who and how many may be', () => {
    expect(judge(report('orders', 0), report('bills', 0), report('c')).sentence).toBe(
      'confirmed down within 300 s: 2 of 3 pairs (orders, bills); allowed together: up to 50 %',
    );
    expect(judge(report('orders')).sentence).toBe(
      'confirmed down within 300 s: 0 of 1 pairs (none); allowed together: up to 50 %',
    );
    expect(judge().sentence).toBe(
      'which pairs look down together is not known: nothing of pair "orders" itself is in the table above the pairs since 2026-11-22T09:55:00Z',
    );
  });

  test('one more pair that looks down never calms', () => {
    const agoMs = fc.option(fc.constantFrom(0, 299_999, 300_001), { nil: undefined });
    fc.assert(
      fc.property(fc.array(agoMs, { maxLength: 6 }), (others) => {
        const reports = [report('orders', 0), ...others.map((ago, i) => report(`pair-${i}`, ago))];
        const before = judge(...reports).kind;
        const after = judge(...reports, report('one-more', 0)).kind;
        expect([before, after]).not.toEqual(['together', 'apart']);
      }),
    );
  });
});

describe('what is reported', () => {
  const verdicts = (of: Readonly<Record<string, string>>) =>
    new Map(Object.entries(of).map(([alias, kind]) => [`cluster:${alias}`, { kind }]));

  test.each([
    ['CONFIRMED_DOWN', ['K1']],
    ['CONFIRMED_DOWN_UNCORROBORATED', ['K1']],
    ['BOTH_DOWN', ['K1']],
    ['SUSPECTED_DOWN', []],
    ['PARTIAL_OUTAGE', []],
    ['UNREACHABLE_FROM_PROBERS', []],
    ['UNKNOWN', []],
  ])('%s', (kind, down) => {
    expect(clustersDown(['K1', 'K2'], verdicts({ K1: kind, K2: 'HEALTHY' }))).toEqual(down);
  });

  test('a cluster that nobody has judged is not down', () => {
    expect(clustersDown(['K1'], new Map())).toEqual([]);
  });

  const said = (atMs: number, ...clusters: readonly string[]): OutageReport => ({
    pair: 'orders',
    atMs,
    clusters: [...clusters],
  });
  test.each<readonly [string, OutageReport | undefined, OutageReport, boolean]>([
    ['the first', undefined, said(nowMs), true],
    ['nothing new', said(nowMs - 59_999), said(nowMs), false],
    ['a minute later', said(nowMs - 60_000), said(nowMs), true],
    ['another cluster', said(nowMs - 1, 'K1'), said(nowMs, 'K2'), true],
    ['a recovery', said(nowMs - 1, 'K1'), said(nowMs), true],
    ['still the same one', said(nowMs - 1, 'K1'), said(nowMs, 'K1'), false],
  ])('%s', (_story, previous, next, due) => {
    expect(isReportDue(previous, next)).toBe(due);
  });
});
