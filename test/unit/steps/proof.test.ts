/** Seeds and pins where offset syncs are missing: what the remote log itself proves, and the set's choice where it does not. */
import { describe, expect, test } from '@jest/globals';
import { pinPositions } from '../../../lambdas/pin-positions/pin-positions.ts';
import { seedPositions } from '../../../lambdas/seed-positions/seed-positions.ts';
import { claimedState, K2_REGION, stateOf, stepInput, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { flowWorld, oneTopic, SET, SYNCS } from '../../support/builders/positions.ts';

const MINUTE = 60_000;
/** Records by their number at the source: equal ones are copies of one record. */
const records = (...sources: readonly number[]) =>
  sources.map((source) => ({ key: 'k', value: `record ${source}`, timestampMs: TEN_O_CLOCK - 1_000 + source }));

/** K1.orders with these copies, and these syncs of which the first is compacted away. */
async function world(
  copies: readonly number[],
  syncs: readonly (readonly [bigint, bigint])[],
  set: object = {},
  settings: Readonly<Record<string, string>> = {},
) {
  const config = oneTopic(set);
  const flow = await flowWorld(config);
  flow.k2.setSettings('K1.orders', settings);
  flow.k2.append('K1.orders', 0, records(...copies));
  for (const [upstream, downstream] of syncs) flow.sync(upstream, downstream);
  flow.k2.deleteBefore(SYNCS, 0, 1n);
  return {
    ...flow,
    config,
    pin: async (committed: bigint) => {
      await flow.sampleHome(committed);
      await pinPositions(flow.ports, config)(stepInput());
      return flow.k2.position('billing', 'K1.orders', 0);
    },
  };
}

const straight: readonly (readonly [bigint, bigint])[] = [
  [0n, 0n],
  [2n, 2n],
  [4n, 4n],
];
const cut: readonly (readonly [bigint, bigint])[] = [
  [0n, 0n],
  [3n, 3n],
  // A gap at the source hides the re-send: without the sync (3, 3) the numbers fit.
  [1n, 6n],
];

test('the record of the first sync without a hole behind it was never copied before: the nearest sync answers', async () => {
  const { pin, ports } = await world([0, 1, 2, 3, 4, 5], straight);
  expect(await pin(5n)).toBe(5n);
  const [record] = await ports.control.positions(SET, 1);
  expect(record?.partitions['0']).toMatchObject({ homeCommit: '5', seed: '5' });
});

test('a hidden re-send was cut short: its sync does not answer, the set begins at the log start', async () => {
  const { k2, pin, ports } = await world([0, 1, 2, 3, 4, 5, 1], cut);
  k2.deleteBefore(SYNCS, 0, 2n);
  expect(await pin(2n)).toBe(0n);
  const [record] = await ports.control.positions(SET, 1);
  expect(record?.partitions['0']?.note).toContain('home position 2 has no translation: INCOMPLETE_HISTORY');
});

test('the same with "accept": what the plain rule says, records 2 to 5 are skipped', async () => {
  const { k2, pin } = await world([0, 1, 2, 3, 4, 5, 1], cut, { incompleteHistory: 'accept' });
  k2.deleteBefore(SYNCS, 0, 2n);
  expect(await pin(2n)).toBe(7n);
});

test('a hidden re-send that went through is proven, and answers', async () => {
  const { k2, pin } = await world([0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5], cut);
  k2.deleteBefore(SYNCS, 0, 2n);
  expect(await pin(2n)).toBe(7n);
});

test.each([
  ['is compacted', { 'cleanup.policy': 'compact' }],
  ["holds the broker's times", { 'message.timestamp.type': 'LogAppendTime' }],
])('a remote topic that %s proves nothing: log start', async (_story, settings) => {
  const { pin } = await world([0, 1, 2, 3, 4, 5], straight, {}, settings);
  expect(await pin(5n)).toBe(0n);
});

test('what retention has deleted up to the sync cannot be skipped', async () => {
  const { k2, pin } = await world([0, 1, 2, 3, 4, 5], straight);
  k2.deleteBefore('K1.orders', 0, 2n);
  expect(await pin(5n)).toBe(5n);
});

test('where retention has deleted into the re-send, nothing is proven', async () => {
  const { k2, pin } = await world([0, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5], cut);
  k2.deleteBefore(SYNCS, 0, 2n);
  k2.deleteBefore('K1.orders', 0, 2n);
  expect(await pin(2n)).toBe(2n);
});

async function declared(how: 'plain' | 'in a transaction' | 'none') {
  const config = oneTopic({}, { replication: { exactlyOnce: true } });
  const { k2, ports, sync, sampleHome } = await flowWorld(config);
  k2.createTopic('K1.heartbeats');
  if (how === 'plain') k2.append('K1.heartbeats', 0, [{ value: 'beat' }]);
  if (how === 'in a transaction') k2.begin('K1.heartbeats', 0, [{ value: 'beat' }]).end('commit');
  // Copied 0 to 2, then begun again at 0 and cut short: records 1 and 2 lie before the second copy of 0 only.
  k2.append('K1.orders', 0, records(0, 1, 2, 0));
  sync(0n, 0n);
  sync(0n, 3n);
  await sampleHome(1n);
  await pinPositions(ports, config)(stepInput());
  return k2.position('billing', 'K1.orders', 0);
}

test('a plain flow that is declared exactly once is translated as what it is: a cut re-send skips nothing', async () => {
  expect(await declared('plain')).toBe(1n);
});

test('a flow whose copies are transactional is believed', async () => {
  expect(await declared('in a transaction')).toBe(4n);
});

test('without a copied heartbeat the declaration stands', async () => {
  expect(await declared('none')).toBe(4n);
});

/** A turn of seed-positions a minute later, and what is kept of it. */
async function seeding(copies: readonly number[], settings: Readonly<Record<string, string>> = {}) {
  const { k2, pin, ports, config, sampleHome, setState } = await world(copies, straight, {}, settings);
  await setState(stateOf(config));
  const turn = seedPositions(ports, config, { region: K2_REGION });
  const seedAt = async (committed: bigint, waitMs = MINUTE) => {
    ports.clock.advance(waitMs);
    await sampleHome(committed);
    await turn();
    return (await ports.control.seeds(SET))[0]?.partitions['0'];
  };
  const claim = () => setState(claimedState(config));
  return { seedAt, k2, pin, claim };
}

test('a seed remembers that syncs are missing and that the remote topic proved them harmless, also while home stands still', async () => {
  const { seedAt } = await seeding([0, 1, 2, 3, 4, 5]);
  const proven = { seed: '3', missingSyncs: 'proven', because: expect.stringContaining('PROVEN_BY_CONTENT') };
  expect(await seedAt(3n)).toMatchObject(proven);
  expect(await seedAt(3n)).toMatchObject(proven);
});

test('a seed remembers that syncs are missing and nothing proved them harmless', async () => {
  const { seedAt } = await seeding([0, 1, 2, 3, 4, 5], { 'cleanup.policy': 'compact' });
  expect(await seedAt(3n)).toMatchObject({ seed: '0', missingSyncs: 'unproven' });
});

describe('a group at rest whose seed nothing proved', () => {
  const unproven = async () => {
    const at = await seeding([0, 1, 2, 3, 4, 5], { 'cleanup.policy': 'compact' });
    await at.seedAt(3n);
    at.k2.setSettings('K1.orders', { 'cleanup.policy': 'delete' });
    return at;
  };

  test('is looked at again with the next renewal, and then stands where it belongs', async () => {
    const { seedAt, k2 } = await unproven();
    expect(await seedAt(3n, 13 * 60 * MINUTE)).toMatchObject({ seed: '3', missingSyncs: 'proven' });
    expect(k2.position('billing', 'K1.orders', 0)).toBe(3n);
  });

  test('is not looked at again with each turn', async () => {
    const { seedAt } = await unproven();
    expect(await seedAt(3n)).toMatchObject({ seed: '0', missingSyncs: 'unproven' });
  });

  test('is looked at again when it is pinned', async () => {
    const { claim, pin } = await unproven();
    await claim();
    expect(await pin(3n)).toBe(3n);
  });
});

test('a running seed reads copies once for a proof, then goes on by syncs', async () => {
  const config = oneTopic();
  const flow = await flowWorld(config, stateOf(config));
  flow.k2.append('K1.orders', 0, records(0, 1, 2, 3, 4, 5));
  for (const [upstream, downstream] of straight) flow.sync(upstream, downstream);
  flow.k2.deleteBefore(SYNCS, 0, 1n);
  const turn = seedPositions(flow.ports, config, { region: K2_REGION });
  await flow.sampleHome(3n);
  await turn();
  expect(flow.k2.position('billing', 'K1.orders', 0)).toBe(3n);
  // No copy can be looked at any more: the settings, without which none is, say so.
  flow.k2.setSettings('K1.orders', { 'cleanup.policy': 'compact' });
  flow.k2.append('K1.orders', 0, records(6, 7));
  flow.sync(7n, 7n);
  flow.ports.clock.advance(MINUTE);
  await flow.sampleHome(8n);
  await turn();
  expect(flow.k2.position('billing', 'K1.orders', 0)).toBe(8n);
});
