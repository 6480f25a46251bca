import { expect, test } from '@jest/globals';
import type { DrainMemory } from '../../../core/contracts/drain.ts';
import { dynamoControlTable } from '../../../lambdas/adapters/dynamodb/control.ts';

/** Two samples each, the least that a verdict needs; offsets as they are in life, so that compression has work. */
function drainOf(partitions: number): DrainMemory {
  let seed = 7;
  const next = () => (seed = (seed * 48_271) % 2_147_483_647);
  const sample = (atMs: number) => {
    const end = next();
    const committed = end - (next() % 5_000) - 1;
    return {
      atMs,
      logStart: '0',
      highWatermark: String(end),
      lastStable: String(end),
      committed: String(committed),
      dataRemaining: String(end - committed),
    };
  };
  const names = Array.from({ length: partitions }, (_, i) => `billing|orders|${i}`);
  return {
    partitions: Object.fromEntries(names.map((name) => [name, [sample(1_763_805_600_000), sample(1_763_805_605_000)]])),
    inflow: [],
  };
}

test('a stage that remembers more partitions than an item can hold is refused before it is sent, with the limit and what to do', async () => {
  const table = dynamoControlTable({ pair: 'orders', region: 'eu-central-1' });
  const record = { epoch: 3, stage: 'Measure drain', firstAtMs: 0, lastAtMs: 0, data: drainOf(20_000) };
  await expect(table.putStage('clients-k1', record)).rejects.toThrow(
    /^record set#clients-k1 stage#0000000003#Measure drain has \d+ bytes when compressed; allowed: 307200, because DynamoDB ends an item at 400 KB; split the client set into smaller ones: fewer topics, groups or partitions each$/,
  );
});
