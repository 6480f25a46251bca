/** One suite for the table above the pairs: in memory and on DynamoDB. */
import { describe, expect, test } from '@jest/globals';
import { dynamoSharedLimits } from '../../lambdas/adapters/dynamodb/shared.ts';
import type { SharedLimits } from '../../lambdas/ports.ts';
import { pairConfig } from '../support/builders/pair.ts';
import { fakeSharedLimits } from '../support/fakes/shared.ts';
import { CONTROL_REGION, emulatorForThisFile, HOME_REGION, makeTable, ownPair } from './support/aws.ts';
import { ten } from './support/records.ts';

const emulator = emulatorForThisFile();
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
