/** Who waits for a place among the pairs that move, and whose turn it is. */
import { describe, expect, test } from '@jest/globals';
import type { PairMove, PairMoves, PairWait } from '../../../core/contracts/tables.ts';
import { enterMove, leaveMoves } from '../../../core/move/pairs.ts';
import { aheadOf, lineUp } from '../../../core/move/turns.ts';
import { TEN_O_CLOCK } from '../../support/builders/pair.ts';

const nowMs = TEN_O_CLOCK;
const wait = (pair: string, untilMs = nowMs + 1): PairWait => ({ pair, sinceMs: nowMs - 60_000, untilMs });
const move = (pair: string): PairMove => ({ pair, clientSet: 'clients-k1', epoch: 1, untilMs: nowMs + 1 });
const record = (moves: readonly string[], waiting?: readonly PairWait[]): PairMoves => ({
  moves: moves.map(move),
  version: 4,
  ...(waiting === undefined ? {} : { waiting: [...waiting] }),
});
const later = { pair: 'orders', sinceMs: nowMs, untilMs: nowMs + 180_000 };

describe('lining up', () => {
  test.each<readonly [string, PairMoves, readonly PairWait[]]>([
    ['the first that waits', record(['bills']), [later]],
    ['behind those that wait', record(['bills'], [wait('stock')]), [wait('stock'), later]],
    [
      'who waits keeps the turn, and since when',
      record(['bills'], [wait('orders'), wait('stock')]),
      [{ ...wait('orders'), untilMs: later.untilMs }, wait('stock')],
    ],
    ['whose time is over has lost the turn', record(['bills'], [wait('stock', nowMs)]), [later]],
    ['also the own one', record(['bills'], [wait('orders', nowMs), wait('stock')]), [wait('stock'), later]],
  ])('%s', (_story, present, waiting) => {
    expect(lineUp(present, later, nowMs)).toEqual({ moves: present.moves, version: 5, waiting });
  });
});

test.each<readonly [string, readonly PairWait[], readonly string[]]>([
  ['nobody waits', [], []],
  ['all that wait are ahead of one that does not', [wait('stock'), wait('bills')], ['stock', 'bills']],
  ['those that asked before', [wait('stock'), wait('orders'), wait('bills')], ['stock']],
  ['nobody is ahead of the first', [wait('orders'), wait('bills')], []],
  ['whose time is over is ahead of nobody', [wait('stock', nowMs), wait('orders')], []],
])('ahead: %s', (_story, waiting, ahead) => {
  expect(aheadOf(waiting, { pair: 'orders', nowMs }).map(({ pair }) => pair)).toEqual(ahead);
});

describe('entering by turns', () => {
  const [stock, orders] = [wait('stock'), wait('orders')];

  test.each<readonly [string, PairMoves, number | null, PairMoves | 'full']>([
    ['a free place is for the one that waits', record([], [stock]), 1, 'full'],
    ['the first in the line has it, and waits no more', record([], [orders, stock]), 1, record(['orders'], [stock])],
    ['the second has the second', record([], [stock, orders]), 2, record(['orders'], [stock])],
    ['not when one of two is taken', record(['bills'], [stock, orders]), 2, 'full'],
    ['whose time is over is not waited for', record([], [wait('stock', nowMs)]), 1, record(['orders'])],
    ['a person does not wait', record(['bills'], [stock]), null, record(['bills', 'orders'], [stock])],
    ['nor does a pair that moves already', record(['orders'], [stock]), 1, record(['orders'], [stock])],
  ])('%s', (_story, present, limit, next) => {
    expect(enterMove(present, move('orders'), { limit, nowMs })).toEqual(
      next === 'full' ? { kind: 'full' } : { kind: 'write', next: { ...next, version: 5 } },
    );
  });

  test('who leaves takes nobody out of the line', () => {
    expect(leaveMoves(record(['orders'], [stock]), move('orders'))).toEqual({ ...record([], [stock]), version: 5 });
  });
});
