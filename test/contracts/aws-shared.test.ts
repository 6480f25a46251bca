/** One suite for the table above the pairs: in memory and on DynamoDB. */
import { describe, expect, test } from '@jest/globals';
import { dynamoSharedLimits } from '../../lambdas/adapters/dynamodb/shared.ts';
import type { SharedLimits } from '../../lambdas/ports.ts';
import { enter, leave, waitInLine } from '../../lambdas/shared/pair-moves.ts';
import { pairConfig } from '../support/builders/pair.ts';
import { fakeSharedLimits } from '../support/fakes/shared.ts';
import { fakeClock } from '../support/fakes/time.ts';
import { CONTROL_REGION, emulatorForThisFile, HOME_REGION, makeTable, ownPair } from './support/aws.ts';
import { ten } from './support/records.ts';

const emulator = emulatorForThisFile();
const move = (pair: string) => ({ pair, clientSet: 'clients-k1', epoch: 1, untilMs: ten + 60_000 });
const report = (pair: string, atMs: number) => ({ pair, atMs, clusters: [] });
const pause = { owner: 'ada', reason: 'works', untilMs: ten + 60_000, setAtMs: ten };

const limitsOf = (pair: string, table: string, region = CONTROL_REGION): SharedLimits =>
  dynamoSharedLimits(pairConfig({}, { pair, shared: { table } }), { region })!;

async function onDynamoDb(): Promise<SharedLimits> {
  const table = `shared-${ownPair()}`;
  await makeTable(emulator, CONTROL_REGION, table);
  return limitsOf('orders', table);
}

describe.each([
  ['in memory', async () => fakeSharedLimits() as SharedLimits],
  ['on DynamoDB', onDynamoDb],
] as const)('limits above the pairs %s', (_where, make) => {
  test('nobody has paused every pair', async () => {
    expect(await (await make()).pause()).toBeNull();
  });

  test('a pause of every pair comes back whole', async () => {
    const shared = await make();
    await shared.putPause(pause);
    expect(await shared.pause()).toEqual(pause);
  });

  test('the newest one stands', async () => {
    const shared = await make();
    await shared.putPause(pause);
    await shared.putPause({ ...pause, owner: 'bo', untilMs: ten + 1 });
    expect(await shared.pause()).toMatchObject({ owner: 'bo', untilMs: ten + 1 });
  });

  test('one that is removed is gone, and may be removed again', async () => {
    const shared = await make();
    await shared.putPause(pause);
    await shared.removePause();
    await shared.removePause();
    expect(await shared.pause()).toBeNull();
  });

  test('one without an owner is not written', async () => {
    const shared = await make();
    await expect(shared.putPause({ ...pause, owner: '' })).rejects.toThrow();
    expect(await shared.pause()).toBeNull();
  });

  test('before the first move nobody moves', async () => {
    expect(await (await make()).moves()).toEqual({ moves: [], version: 0 });
  });

  test('moves come back whole', async () => {
    const shared = await make();
    expect(await shared.writeMoves({ moves: [move('orders')], version: 1 })).toBe('written');
    expect(await shared.moves()).toEqual({ moves: [move('orders')], version: 1 });
  });

  test('of two that have read the same moves one writes, and the other meets a conflict', async () => {
    const shared = await make();
    await shared.writeMoves({ moves: [], version: 1 });
    const written = await Promise.all(
      ['orders', 'bills'].map((pair) => shared.writeMoves({ moves: [move(pair)], version: 2 })),
    );
    expect(written.toSorted()).toEqual(['conflict', 'written']);
    expect((await shared.moves()).moves).toEqual([move(written[0] === 'written' ? 'orders' : 'bills')]);
  });

  test('of two that write the first moves one does', async () => {
    const shared = await make();
    const written = await Promise.all(
      ['orders', 'bills'].map((pair) => shared.writeMoves({ moves: [move(pair)], version: 1 })),
    );
    expect(written.toSorted()).toEqual(['conflict', 'written']);
  });

  test('five pairs race for the last place of two: exactly one more gets in, and the others are told who moves', async () => {
    const shared = await make();
    const clock = fakeClock(ten);
    await enter({ shared, clock }, move('first'), 2);
    const racing = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((pair) => enter({ shared, clock }, move(pair), 2)));
    expect(racing.map(({ kind }) => kind).toSorted()).toEqual(['entered', 'full', 'full', 'full', 'full']);
    const { moves } = await shared.moves();
    expect(moves).toHaveLength(2);
    for (const { moves: told } of racing) expect(told).toEqual(moves);
  });

  test('the place of one that has left is taken by the next', async () => {
    const shared = await make();
    const clock = fakeClock(ten);
    await enter({ shared, clock }, move('orders'), 1);
    expect(await leave(shared, move('orders'))).toBe('left');
    expect(await leave(shared, move('orders'))).toBe('was-not-in');
    expect((await enter({ shared, clock }, move('bills'), 1)).kind).toBe('entered');
  });

  test('pairs that line up at once wait behind each other, one after the other gets the place that is free', async () => {
    const shared = await make();
    const clock = fakeClock(ten);
    await enter({ shared, clock }, move('first'), 1);
    for (const pair of ['a', 'b', 'c', 'a']) await waitInLine({ shared, clock }, pair);
    expect((await shared.moves()).waiting?.map(({ pair }) => pair)).toEqual(['a', 'b', 'c']);
    await leave(shared, move('first'));
    for (const pair of ['a', 'b', 'c']) {
      const asked = await Promise.all(['c', 'b', 'a'].map((one) => enter({ shared, clock }, move(one), 1)));
      expect(asked.filter(({ kind }) => kind === 'entered')).toHaveLength(1);
      expect((await shared.moves()).moves).toEqual([move(pair)]);
      await leave(shared, move(pair));
      // Who has moved asks no more.
    }
    expect((await shared.moves()).waiting).toBeUndefined();
  });

  test('whoever enters last, of one set the newest epoch stays in', async () => {
    const shared = await make();
    const clock = fakeClock(ten);
    const epochs = [3, 1, 4, 2];
    await Promise.all(epochs.map((epoch) => enter({ shared, clock }, { ...move('orders'), epoch }, 1)));
    expect((await shared.moves()).moves).toEqual([{ ...move('orders'), epoch: 4 }]);
    await enter({ shared, clock }, { ...move('orders'), epoch: 3 }, null);
    expect((await shared.moves()).moves).toEqual([{ ...move('orders'), epoch: 4 }]);
  });

  test('pairs are listed by name with what they said last', async () => {
    const shared = await make();
    await shared.putReport(report('orders', ten));
    await shared.putReport(report('bills', ten));
    await shared.putReport({ ...report('orders', ten + 1), clusters: ['K1'], downAtMs: ten + 1 });
    await shared.putReport(report('orders', ten));
    expect(await shared.reports()).toEqual([
      report('bills', ten),
      { ...report('orders', ten + 1), clusters: ['K1'], downAtMs: ten + 1 },
    ]);
  });
});

describe('limits above the pairs', () => {
  test('are the same ones for every pair that names the table', async () => {
    const table = `shared-${ownPair()}`;
    await makeTable(emulator, CONTROL_REGION, table);
    await limitsOf('orders', table).putPause(pause);
    expect(await limitsOf('invoices', table).pause()).toEqual(pause);
  });

  test('of another region are other ones', async () => {
    const table = `shared-${ownPair()}`;
    for (const region of [CONTROL_REGION, HOME_REGION]) await makeTable(emulator, region, table);
    await limitsOf('orders', table).putPause(pause);
    expect(await limitsOf('orders', table, HOME_REGION).pause()).toBeNull();
  });

  test('whose table was never made throw: nobody knows whether all are paused', async () => {
    await expect(limitsOf('orders', `shared-${ownPair()}`).pause()).rejects.toThrow();
  });

  test('are none where the configuration names no table', () => {
    expect(dynamoSharedLimits(pairConfig(), { region: CONTROL_REGION })).toBeNull();
  });
});
