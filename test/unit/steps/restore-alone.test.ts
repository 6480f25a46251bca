/** K1's region leads K1's clients home while K2 is lost: what each kind of group gets at home, and what is left alone. */
import { describe, expect, test } from '@jest/globals';
import type { GroupConfig } from '../../../core/config/schema.ts';
import type { Phase } from '../../../core/contracts/primitives.ts';
import { encodeOffsetSync } from '../../../core/replication/records.ts';
import { restorePositions } from '../../../lambdas/restore-positions/restore-positions.ts';
import {
  claimOf,
  K1_REGION,
  keptPosition,
  pairConfig,
  positionRecordOf,
  stateOf,
  stepInput,
} from '../../support/builders/pair.ts';
import { member } from '../../support/builders/positions.ts';
import { fakeKafka } from '../../support/fakes/kafka.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const SET = 'clients-k1';
const SYNCS = 'mm2-offset-syncs.K2.internal';
const input = stepInput({ move: 'failback', epoch: 1_001, stage: 'Restore positions', phase: 'returning' });

/** Home holds 13 records and u* is 11; of K2's topic 5 are copied, each with its sync, and the group was last seen at 3. */
async function world(mode: GroupConfig['mode'], others?: Phase) {
  const config = pairConfig({ topics: ['orders'], groups: [{ id: 'billing', mode }] });
  const kafka = fakeKafka({ nowMs: () => ports.clock.nowMs() });
  const ports: ReturnType<typeof fakePorts<typeof kafka>> = fakePorts({ region: K1_REGION, kafka });
  const [k1, k2] = [kafka.cluster('K1'), kafka.cluster('K2')];
  const nowMs = ports.clock.nowMs();
  for (const topic of ['orders', 'K2.orders', SYNCS, 'K2.checkpoints.internal']) k1.createTopic(topic);
  const some = (count: number) => Array.from({ length: count }, (_, i) => ({ value: `r${i}` }));
  k1.append('orders', 0, some(13));
  k1.append('K2.orders', 0, some(5));
  for (let i = 0n; i < 5n; i += 1n) {
    const { key, value } = encodeOffsetSync({ topic: 'orders', partition: 0, upstream: i, downstream: i });
    k1.append(SYNCS, 0, [{ key: Buffer.from(key), value: Buffer.from(value) }]);
  }
  k2.isUp = false;
  const asked = { ...claimOf().input, move: 'failback', refugeLost: true } as const;
  await ports.control.writeSet(
    stateOf(config, {
      epoch: 1_001,
      phase: 'refuge',
      leftHomeAtMs: nowMs - 60_000,
      open: claimOf({ epoch: 1_001, move: 'failback', from: 'refuge', input: asked }),
    }),
  );
  if (others !== undefined)
    await ports.control.writeSet({ ...stateOf(config, { phase: others }), clientSet: 'clients-k2' });
  const partitions = { 0: keptPosition({ homeCommit: '8', restore: '11', homeEnd: '13' }) };
  await ports.control.putPositions(SET, positionRecordOf({ clusterId: k1.clusterId, groupMode: mode, partitions }));
  await ports.control.putRefugeSample(SET, {
    group: 'billing',
    topic: 'orders',
    atMs: nowMs,
    clusterId: k2.clusterId,
    partitions: { 0: { committed: '3', end: '7', start: '0' } },
  });
  const at = () => ['orders', 'K2.orders'].map((topic) => k1.position('billing', topic, 0));
  return { k1, run: () => restorePositions(ports, config)(input), at };
}

describe('a group that lives at home only', () => {
  test('goes on behind what the refuge has done, in both', async () => {
    const { run, at } = await world('home-only');
    expect((await run()).kind).toBe('restored-alone');
    expect(at()).toEqual([11n, 3n]);
  });

  test('with members at home holds the move: they are of nobody but this set', async () => {
    const { k1, run, at } = await world('home-only');
    k1.join('billing', member('late', { orders: [0] }));
    const { kind, sentence } = await run();
    expect([kind, sentence]).toEqual(['held', 'group billing has members at home already; stop them, then resume']);
    expect(at()).toEqual([undefined, undefined]);
  });
});

describe('a group that always reads both', () => {
  test('goes on where it stands at home', async () => {
    const { k1, run, at } = await world('reads-remote');
    k1.commit('billing', 'orders', 0, 13n);
    k1.commit('billing', 'K2.orders', 0, 4n);
    expect((await run()).kind).toBe('restored-alone');
    expect(at()).toEqual([13n, 4n]);
  });

  test('begins at the log start where it never was: it skips nothing', async () => {
    const { run, at } = await world('reads-remote');
    await run();
    expect(at()[1]).toBe(0n);
  });
});

describe('a group that both sides share', () => {
  test.each(['draining', 'refuge', 'returning'] as const)(
    'was moved here with the clients of K2 (%s): what that move has set stands',
    async (phase) => {
      const { k1, run, at } = await world('shared', phase);
      k1.commit('billing', 'K2.orders', 0, 5n);
      expect((await run()).kind).toBe('restored-alone');
      expect(at()).toEqual([11n, 5n]);
    },
  );

  test('gets a position where that move has set none', async () => {
    const { run, at } = await world('shared', 'refuge');
    await run();
    expect(at()).toEqual([11n, 3n]);
  });

  test.each(['home', 'leaving', 'recovering'] as const)(
    'is set where it was last seen while the clients of K2 have not fled (%s)',
    async (phase) => {
      const { k1, run, at } = await world('shared', phase);
      k1.commit('billing', 'K2.orders', 0, 5n);
      await run();
      expect(at()).toEqual([11n, 3n]);
    },
  );

  test('keeps what it owns at home, and what nobody owns is set', async () => {
    const { k1, run, at } = await world('shared');
    k1.commit('billing', 'orders', 0, 9n);
    k1.join('billing', member('theirs', { orders: [0] }));
    const { reasons } = await run();
    expect(at()).toEqual([9n, 3n]);
    expect(reasons).toContain('billing orders-0 at 11: left to its owner');
  });

  test('holds the move where nobody can tell who owns what: its members do not show it', async () => {
    const { k1, run, at } = await world('shared');
    k1.commit('billing', 'K2.orders', 0, 3n);
    k1.makeUnreadable('billing');
    const { kind, sentence } = await run();
    expect(kind).toBe('held');
    expect(sentence).toBe(
      'nobody can tell whether group billing reads K2.orders-0 at home; stop its consumers there for a moment, then resume',
    );
    expect(at()[1]).toBe(3n);
  });
});
