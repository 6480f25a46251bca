import { expect, test } from '@jest/globals';
import type { PairConfig } from '../../../core/config/schema.ts';
import { pinPositions } from '../../../lambdas/pin-positions/pin-positions.ts';
import { claimedState, claimOf, stepInput, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { flowWorld, member, oneTopic, SET } from '../../support/builders/positions.ts';

const input = stepInput({ stage: 'Pin positions' });
const id = 'mm2-failover.orders.clients-k1.billing.K2';

async function world(config: PairConfig = oneTopic()) {
  const flow = await flowWorld(config);
  flow.copy(10);
  flow.copy(10);
  flow.k2.append('orders', 0, [{ value: 'a' }, { value: 'b' }]);
  await flow.sampleHome(10n);
  flow.k1.isUp = false;
  const { ports, k2 } = flow;
  return {
    ...flow,
    run: () => pinPositions(ports, config)(input),
    remote: () => k2.position('billing', 'K1.orders', 0),
    local: () => k2.position('billing', 'orders', 0),
    record: async () => (await ports.control.positions(SET, 1))[0]?.partitions['0'],
  };
}

test('the group starts where home stood, and C, S and the tail are kept for the way back', async () => {
  const { ports, run, remote, record } = await world();
  await ports.observations.putFlow({
    pair: 'orders',
    source: 'K1',
    target: 'K2',
    vantage: 'eu-central-1',
    atMs: TEN_O_CLOCK - 60_000,
    replicatedOffsets: { orders: { '0': '14' } },
    problems: [],
  });
  expect((await run()).kind).toBe('pinned');
  expect(remote()).toBe(10n);
  expect(await record()).toMatchObject({
    homeCommit: '10',
    seed: '10',
    remoteEnd: '20',
    drained: null,
    restore: null,
    homeEnd: '20',
    tail: '5',
  });
});

test('the tail is kept as a range: what the last sample held, and what may have been written since', async () => {
  const { ports, run, record, sampleHome } = await world();
  const recent = [
    { atMs: TEN_O_CLOCK - 10_000, end: '0' },
    { atMs: TEN_O_CLOCK, end: '20' },
  ];
  await sampleHome(10n, { recent, partitions: { '0': { committed: '10', end: '20', start: '0' } } });
  ports.clock.advance(30_000);
  await ports.observations.putFlow({
    pair: 'orders',
    source: 'K1',
    target: 'K2',
    vantage: 'eu-central-1',
    atMs: TEN_O_CLOCK,
    replicatedOffsets: { orders: { '0': '14' } },
    problems: [],
  });
  await run();
  expect((await record())?.left).toEqual({
    lower: '5',
    upper: '65',
    because: "by home's log end of 2026-11-22T10:00:00Z, at up to 2 records/s",
  });
});

test('a tail that nobody knows has its reason', async () => {
  const { run, record } = await world();
  await run();
  expect((await record())?.left).toEqual({
    lower: null,
    upper: null,
    because: 'no recent look at the flow tells what it has copied',
  });
});

test('the record says everything that was weighed, not the first of it alone', async () => {
  const { k2, run, record } = await world();
  k2.deleteBefore('mm2-offset-syncs.K1.internal', 0, 1n);
  await run();
  expect((await record())?.note).toBe('forward 10; home position 10 -> 10, exact (PROVEN_BY_CONTENT)');
});

test('a shared group without a commit in the own topic of the refuge starts at its end, one with a commit stays', async () => {
  const without = await world();
  await without.run();
  expect(without.local()).toBe(2n);
  const having = await world();
  having.k2.commit('billing', 'orders', 0, 1n);
  await having.run();
  expect(having.local()).toBe(1n);
});

test('a home-only group starts at the end taken now, whatever it left behind last time', async () => {
  const { k2, run, local, record } = await world(oneTopic({ groups: [{ id: 'billing', mode: 'home-only' }] }));
  k2.commit('billing', 'orders', 0, 0n);
  await run();
  expect(local()).toBe(2n);
  expect((await record())?.localPin).toBe('2');
});

test('a group that reads the remote topic all the time is left alone', async () => {
  const { k2, run, remote, local } = await world(oneTopic({ groups: [{ id: 'billing', mode: 'reads-remote' }] }));
  k2.commit('billing', 'K1.orders', 0, 17n);
  k2.join('billing', member('m', { 'K1.orders': [0] }));
  expect((await run()).kind).toBe('pinned');
  expect([remote(), local()]).toEqual([17n, undefined]);
});

test('a home position never seen means the log start', async () => {
  const { ports, run, remote, record } = await world();
  await ports.control.putHomeSample(SET, {
    group: 'billing',
    topic: 'orders',
    atMs: TEN_O_CLOCK + 1,
    clusterId: 'id-of-K1',
    partitions: { '0': { committed: null, end: '20', start: '0' } },
  });
  await run();
  expect(remote()).toBe(0n);
  expect(await record()).toMatchObject({ homeCommit: null, seed: '0' });
});

test('running twice pins the same', async () => {
  const { run, remote, local, record } = await world();
  await run();
  const first = [remote(), local(), await record()];
  expect((await run()).kind).toBe('pinned');
  expect([remote(), local(), await record()]).toEqual(first);
});

test.each(['readSet', 'homeSamples', 'seeds', 'incarnation', 'putPositions', 'stage', 'putStage'] as const)(
  'dying at %s and running again pins the same',
  async (method) => {
    for (const moment of ['before', 'after'] as const) {
      const { ports, run, remote, record } = await world();
      ports.control.faults.failNext(method, moment);
      await expect(run()).rejects.toThrow('fault injected');
      expect((await run()).kind).toBe('pinned');
      expect([remote(), (await record())?.seed]).toEqual([10n, '10']);
    }
  },
);

test('the record is there before the position is written', async () => {
  const { ports, run, remote } = await world();
  ports.control.faults.failNext('putPositions');
  await expect(run()).rejects.toThrow();
  expect(remote()).toBeUndefined();
});

test('the stage is remembered', async () => {
  const { ports, run } = await world();
  await run();
  expect(await ports.control.stage(SET, 1, 'Pin positions')).toMatchObject({ kind: 'pinned', firstAtMs: TEN_O_CLOCK });
});

test('a superseded run writes nothing', async () => {
  const flow = await world();
  await flow.setState(claimedState(oneTopic(), { epoch: 2, open: claimOf({ epoch: 2 }) }));
  expect((await flow.run()).kind).toBe('superseded');
  expect(flow.remote()).toBeUndefined();
});

test('after the first routing value pins are history: a second run leaves positions to the members', async () => {
  const flow = await world();
  await flow.run();
  await flow.setState(claimedState(oneTopic(), { open: claimOf({ published: true }) }));
  flow.k2.commit('billing', 'K1.orders', 0, 15n);
  expect((await flow.run()).kind).toBe('pinned');
  expect(flow.remote()).toBe(15n);
});

test('a run that stalled until clients had moved does not rewind them', async () => {
  const flow = await world();
  const { ports, k2, run, remote } = flow;
  const openAtOnce = ports.kafka.openCommitter.bind(ports.kafka);
  const stalled = {
    ...ports.kafka,
    openCommitter: async (cluster: string, txn: string) => {
      await flow.setState(claimedState(oneTopic(), { open: claimOf({ published: true }) }));
      k2.commit('billing', 'K1.orders', 0, 15n);
      return openAtOnce(cluster, txn);
    },
  };
  await run();
  expect((await pinPositions({ ...ports, kafka: stalled }, oneTopic())(input)).kind).toBe('pinned');
  expect(remote()).toBe(15n);
});

test('a pin whose transactional id somebody opened meanwhile throws, and holds the next time', async () => {
  const { ports, run, remote } = await world();
  let meddled = false;
  ports.control.faults.beforeEach(async (method) => {
    if (method !== 'putPositions' || meddled) return;
    meddled = true;
    await ports.kafka.openCommitter('K2', id);
  });
  await expect(run()).rejects.toThrow('fenced');
  expect(remote()).toBeUndefined();
  expect((await run()).kind).toBe('pinned');
});

test('an owner of the remote partition holds the move, and nothing is written', async () => {
  const { k2, run, remote } = await world();
  k2.join('billing', member('early-bird', { 'K1.orders': [0] }));
  const result = await run();
  expect([result.kind, result.reasons]).toEqual(['held', ['K1.orders-0 is owned']]);
  expect(remote()).toBeUndefined();
});

test('members that own only the own topic of the refuge do not stand in the way', async () => {
  const { k2, run, remote } = await world();
  k2.join('billing', member('native', { orders: [0] }));
  expect((await run()).kind).toBe('pinned');
  expect(remote()).toBe(10n);
});

test('a group whose owners cannot be listed is pinned while nobody has touched the remote topic, and held after', async () => {
  const untouched = await world();
  untouched.k2.makeUnreadable('billing');
  expect((await untouched.run()).kind).toBe('pinned');
  const touched = await world();
  touched.k2.makeUnreadable('billing');
  touched.k2.commit('billing', 'K1.orders', 0, 12n);
  const result = await touched.run();
  expect([result.kind, result.sentence]).toEqual([
    'held',
    expect.stringContaining('nobody can tell whether group billing reads K1.orders-0'),
  ]);
});

test('while partitions of a group change hands, what a member is shown with is owned', async () => {
  const { k2, run, remote } = await world();
  k2.join('billing', member('early-bird', { 'K1.orders': [0] }));
  k2.makeUnreadable('billing');
  const result = await run();
  expect([result.kind, result.reasons]).toEqual(['held', ['K1.orders-0 is owned']]);
  expect(remote()).toBeUndefined();
});

test('a live member that moves on behind its pin in the own topic is no conflict', async () => {
  const { ports, k2, run, local } = await world();
  k2.join('billing', member('native', { orders: [0] }));
  const reader = k2.reader();
  const moved = {
    ...reader,
    committed: async (group: string, topics: readonly string[]) => {
      if (k2.position('billing', 'orders', 0) === 2n) k2.commit('billing', 'orders', 0, 3n);
      return reader.committed(group, topics);
    },
  };
  const kafka = { ...ports.kafka, reader: (alias: string) => (alias === 'K2' ? moved : ports.kafka.reader(alias)) };
  expect((await pinPositions({ ...ports, kafka }, oneTopic())(input)).kind).toBe('pinned');
  expect(local()).toBe(3n);
  expect((await run()).kind).toBe('pinned');
});

test('syncs that died with home are done without: the checkpoint or the log start answers', async () => {
  const { run, remote, checkpoint } = await world(
    oneTopic({}, { replication: { offsetSyncsLocation: 'source', exactlyOnce: true } }),
  );
  checkpoint('billing', 10n, 9n);
  expect((await run()).kind).toBe('pinned');
  expect(remote()).toBe(9n);
});

test('a refuge that does not answer is an error, for the workflow to try again', async () => {
  const { k2, run } = await world();
  k2.isUp = false;
  await expect(run()).rejects.toThrow('K2 did not answer');
});

test('an earlier seed of a remote topic that is gone does not count', async () => {
  const { ports, k2, sync, run, remote } = await world();
  await ports.control.putSeed(SET, {
    group: 'billing',
    topic: 'orders',
    atMs: TEN_O_CLOCK - 1,
    partitions: { '0': { seed: '18', forHomePosition: '10', homePositionBefore: '10' } },
  });
  // The remote topic was created anew and filled from home's offset 5 on.
  k2.deleteTopic('K1.orders');
  k2.createTopic('K1.orders');
  k2.append(
    'K1.orders',
    0,
    Array.from({ length: 30 }, () => ({ value: 'x' })),
  );
  sync(5n, 0n);
  await run();
  expect(remote()).toBeLessThanOrEqual(5n);
});
