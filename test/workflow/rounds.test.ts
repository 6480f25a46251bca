/** One outage after another: what earlier rounds left behind must neither replay nor skip anything in later ones. */
import { expect, test } from '@jest/globals';
import { type LivelyLife, livelyLoss } from './lively.ts';
import { move, OUTAGE, RETURN } from './moving.ts';

const SET = 'clients-k1';

/** Lost, moved away, at work there, home again, at work there. */
async function round(world: LivelyLife, isFirst: boolean): Promise<void> {
  if (!isFirst) await world.lose();
  const { epoch } = (await world.ports.control.readSet(SET))!;
  // The cooldown of the round before counts for rules; a person starts.
  const asked = { ...OUTAGE, trigger: 'manual', expectedEpoch: epoch };
  expect(await move(world, 'failover', asked)).toMatchObject({ end: 'The clients are served by their refuge' });
  for (let i = 0; i < 4; i += 1) await world.pass(5);
  await world.recover();
  expect(await move(world, 'failback', RETURN)).toMatchObject({ end: 'The clients are home again' });
  for (let i = 0; i < 8; i += 1) await world.pass(5);
}

test.each([
  ['shared', {}],
  ['shared, per-key', { ordering: 'per-key' }],
  ['home-only', { groups: [{ id: 'billing', mode: 'home-only' }] }],
] as const)('three rounds lose nothing, and a later one repeats no more than the first (%s)', async (_name, set) => {
  const world = await livelyLoss(set);
  const repeated: number[] = [];
  for (const isFirst of [true, false, false]) {
    await round(world, isFirst);
    expect({ rounds: repeated.length + 1, lost: world.lost() }).toEqual({ rounds: repeated.length + 1, lost: [] });
    const before = repeated.reduce((sum, count) => sum + count, 0);
    repeated.push(world.processed.length - new Set(world.processed).size - before);
  }
  // The commit that an earlier stay left at the refuge would have it read what was never its own.
  expect(world.isHomeOnly && world.processed.includes('of clients 2')).toBe(false);
  expect(Math.max(...repeated)).toBeLessThanOrEqual(Math.max(repeated[0]!, 1));
});
