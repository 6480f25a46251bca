/** What nobody had copied of home, by the positions of the failover. */
import { expect, test } from '@jest/globals';
import { tailOf } from '../../../core/move/tail.ts';
import type { PositionRecord } from '../../../core/contracts/tables.ts';
import { keptPosition, positionRecordOf } from '../../support/builders/pair.ts';

const recordOf = (group: string, topic: string, tails: readonly (string | null)[]): PositionRecord =>
  positionRecordOf({
    group,
    topic,
    partitions: Object.fromEntries(tails.map((tail, partition) => [String(partition), keptPosition({ tail })])),
  });

test('a partition counts once, however many groups read it', () => {
  expect(tailOf([recordOf('billing', 'orders', ['5', '7']), recordOf('audit', 'orders', ['5', '7'])])).toEqual({
    records: 12n,
    byPartition: new Map([
      ['orders-0', 5n],
      ['orders-1', 7n],
    ]),
    unknownPartitions: 0,
  });
});

test('what one group does not know another may', () => {
  expect(tailOf([recordOf('billing', 'orders', ['5']), recordOf('audit', 'orders', [null])]).records).toBe(5n);
  expect(tailOf([recordOf('audit', 'orders', [null]), recordOf('billing', 'orders', ['5'])]).records).toBe(5n);
});

test('what nobody knows is counted apart', () => {
  expect(tailOf([recordOf('billing', 'orders', ['5', null]), recordOf('billing', 'payments', [null])])).toEqual({
    records: 5n,
    byPartition: new Map([['orders-0', 5n]]),
    unknownPartitions: 2,
  });
});

test('without positions there is none', () => {
  expect(tailOf([])).toEqual({ records: 0n, byPartition: new Map(), unknownPartitions: 0 });
});
