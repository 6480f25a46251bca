import { describe, expect, test } from '@jest/globals';
import type { Claim, PositionRecord } from '../../../core/contracts/tables.ts';
import { restorePositions } from '../../../lambdas/restore-positions/restore-positions.ts';
import {
  claimOf,
  keptPosition,
  positionRecordOf,
  stateOf,
  stepInput,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import type { FakeCluster } from '../../support/fakes/kafka.ts';
import { flowWorld, member, oneTopic, SET } from '../../support/builders/positions.ts';

const config = oneTopic();
const input = stepInput({
  move: 'failback',
  epoch: 2,
  stage: 'Restore positions',
  phase: 'returning',
  target: 'producers',
});
const returning = stateOf(config, {
  epoch: 2,
  phase: 'returning',
  open: claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true }),
});

/** Home got to 25, the flow to 20, home's group to 10, the refuge finished. */
async function world(
  changes: Partial<PositionRecord['partitions'][string]> = {},
  record: Partial<PositionRecord> = {},
  partitions = 1,
) {
  const flow = await flowWorld(config, { ...returning, version: 1 }, partitions);
  flow.copy(10);
  flow.copy(10);
  flow.writeHome(5);
  flow.k1.commit('billing', 'orders', 0, 10n);
  flow.k2.commit('billing', 'K1.orders', 0, 20n);
  const { ports, k1 } = flow;
  await ports.control.putPositions(SET, positionRecordOf({ partitions: { '0': keptPosition(changes) }, ...record }));
  return {
    ...flow,
    run: () => restorePositions(ports, config)(input),
    at: () => k1.position('billing', 'orders', 0),
    record: async () => (await ports.control.positions(SET, 1))[0]?.partitions['0'],
  };
}

test('home goes on behind what the refuge has done, and the tail is still ahead', async () => {
  const { ports, run, at } = await world();
  expect((await run()).kind).toBe('restored');
  expect(at()).toBe(20n);
  expect(await ports.control.stage(SET, 2, 'Restore positions')).toMatchObject({ kind: 'restored' });
});

test('d is the larger of the stored one and the live one', async () => {
  const { run, at, record } = await world({ drained: '12', restore: null });
  await run();
  expect(at()).toBe(20n);
  expect(await record()).toMatchObject({ drained: '20', restore: '20' });
});

test('the stored translation counts where the syncs are gone by now', async () => {
  const { k2, run, at } = await world({ restore: '18' });
  k2.deleteTopic('mm2-offset-syncs.K1.internal');
  await run();
  expect(at()).toBe(18n);
});

test("home's own commits have expired: the same, from what was stored", async () => {
  const { k1, run, at } = await world();
  k1.forget('billing', 'orders', 0);
  expect((await run()).kind).toBe('restored');
  expect(at()).toBe(20n);
});

test("home's own commit is never lowered", async () => {
  const { k1, run, at } = await world();
  k1.commit('billing', 'orders', 0, 23n);
  await run();
  expect(at()).toBe(23n);
});

test.each([
  ['the offset syncs', {}, '0', 'by the offset syncs'],
  // The syncs say nothing without S, and home's log has 15 records behind C.
  ["home's log", { seed: null, restore: null, drained: null }, '15', "by the end of home's log"],
  [
    'the end of the drain, and what was read since',
    { seed: null, drained: '18', reprocess: { atMost: '1', because: 'by the offset syncs' } },
    '3',
    'by what the end of the drain had found',
  ],
] as const)('what home processes again is kept as %s bounds it', async (_story, changes, atMost, because) => {
  const { run, record } = await world(changes);
  await run();
  expect((await record())?.reprocess).toEqual({ atMost, because });
});

test("what retention took at home raises the position to the log's start", async () => {
  const { k1, run, at } = await world();
  k1.deleteBefore('orders', 0, 22n);
  await run();
  expect(at()).toBe(22n);
});

test('what retention took at home is told and kept: it must not end as restored alone', async () => {
  const { k1, run, record } = await world();
  k1.deleteBefore('orders', 0, 22n);
  const result = await run();
  expect(result.sentence).toBe(
    '1 positions restored on K1: 1 exact; retention or truncation took offsets before they were read: billing orders-0: 2',
  );
  expect(result.reasons[0]).toBe('taken by retention or truncation, in offsets: billing orders-0: 2');
  expect(result.reasons[1]).toContain("raised to home's log start 22");
  expect((await record())?.taken).toEqual({ home: { offsets: '2', below: '22' } });
});

test('what was taken is still known to a run after one that died behind the commit', async () => {
  const { ports, k1, run, at, record } = await world();
  k1.deleteBefore('orders', 0, 22n);
  ports.control.faults.failNext('putSeed', 'before');
  await expect(run()).rejects.toThrow('fault injected');
  expect(at()).toBe(22n);
  expect((await run()).kind).toBe('restored');
  expect((await record())?.taken).toEqual({ home: { offsets: '2', below: '22' } });
});

test('the tail that is found at home is exact where the last sync is the last copy', async () => {
  const { run, record } = await world();
  await run();
  expect((await record())?.found).toMatchObject({ kind: 'exact', from: '20', to: '25' });
});

test('the tail that is found is bounded where the syncs end before what was read', async () => {
  const { k2, run, record } = await world({ drained: '20' });
  k2.append('K1.orders', 0, [{ value: 'a' }, { value: 'b' }]);
  k2.commit('billing', 'K1.orders', 0, 22n);
  await run();
  expect((await record())?.found).toEqual({
    kind: 'bounded',
    from: '20',
    to: '25',
    because: 'of these up to 2 processed at the refuge already, by the offset syncs',
  });
});

test('running twice restores the same', async () => {
  const { run, at } = await world();
  await run();
  expect([(await run()).kind, at()]).toEqual(['restored', 20n]);
});

test.each(['readSet', 'positions', 'putPositions', 'stage', 'putStage'] as const)(
  'dying at %s and running again restores the same',
  async (method) => {
    for (const moment of ['before', 'after'] as const) {
      const { ports, run, at, record } = await world();
      ports.control.faults.failNext(method, moment);
      await expect(run()).rejects.toThrow('fault injected');
      expect((await run()).kind).toBe('restored');
      expect([at(), (await record())?.restore]).toEqual([20n, '20']);
    }
  },
);

test.each([
  ['another cluster answers at home', {}, { clusterId: 'id-of-another' }],
  ["home's log is shorter than it was", { homeEnd: '26' }, {}],
  ['nobody knows which cluster it was', {}, { clusterId: '' }],
] as const)('%s: nothing is written, a person is asked', async (_story, changes, record) => {
  const { run, at } = await world(changes, record);
  const result = await run();
  expect([result.kind, at()]).toEqual(['held', 10n]);
  expect(result.sentence).toContain('billing orders-0');
});

test('members at home hold the move', async () => {
  const { k1, run, at } = await world();
  k1.join('billing', member('too-early', { orders: [0] }));
  expect([(await run()).kind, at()]).toEqual(['held', 10n]);
});

test('without any stored positions a person is asked', async () => {
  const flow = await flowWorld(config, { ...returning, version: 1 });
  expect((await restorePositions(flow.ports, config)(input)).kind).toBe('held');
});

test('once consumers were sent home a late run leaves their positions alone', async () => {
  const flow = await world();
  await flow.setState({ ...returning, phase: 'home' });
  expect([(await flow.run()).kind, flow.at()]).toEqual(['restored', 10n]);
});

test('a run that stalled until consumers were sent home writes nothing', async () => {
  const flow = await world();
  const { ports } = flow;
  const stalled = {
    ...ports.kafka,
    openCommitter: async (cluster: string, id: string) => (
      await flow.setState({ ...returning, phase: 'home' }),
      ports.kafka.openCommitter(cluster, id)
    ),
  };
  expect((await restorePositions({ ...ports, kafka: stalled }, config)(input)).kind).toBe('restored');
  expect(flow.at()).toBe(10n);
});

test('a superseded run writes nothing', async () => {
  const flow = await world();
  await flow.setState({ ...returning, epoch: 3, open: claimOf({ epoch: 3 }) });
  expect([(await flow.run()).kind, flow.at()]).toEqual(['superseded', 10n]);
});

test('a home that does not answer is an error', async () => {
  const { k1, run } = await world();
  k1.isUp = false;
  await expect(run()).rejects.toThrow('K1 did not answer');
});

test('what was processed at the refuge is the seed of the next failover, for the position restored now', async () => {
  const flow = await world();
  await flow.run();
  expect((await flow.ports.control.seeds(SET))[0]?.partitions).toEqual({
    '0': { seed: '20', forHomePosition: '20', homePositionBefore: null },
  });
});

test('home may be lost before it is sampled again: the sample has what was restored, and how fast producers wrote', async () => {
  const { ports, run, sampleHome } = await world();
  await sampleHome(10n, { recent: [{ atMs: 7, end: '25' }] });
  await run();
  expect((await ports.control.homeSamples(SET))[0]).toMatchObject({
    partitions: { '0': { committed: '20', start: '0', end: '25' } },
    recent: [{ atMs: 7, end: '25' }],
  });
});

describe('home was rebuilt, says a person', () => {
  const told = (input: Partial<Claim['input']> = { rebuiltHome: true }) => {
    const open = returning.open!;
    return { ...returning, version: 2, open: { ...open, input: { ...open.input, ...input } } };
  };
  /** Behind the address another cluster answers, whose log holds 5 records; the positions are of the old one. */
  async function rebuiltWorld(rebuild: (k1: FakeCluster) => void = (k1) => k1.rebuild()) {
    const flow = await world();
    await flow.setState(told());
    rebuild(flow.k1);
    flow.k1.createTopic('orders', 1);
    flow.writeHome(5);
    return flow;
  }

  test('the group begins at the start of the new log', async () => {
    const { run, at } = await rebuiltWorld();
    const { kind, reasons } = await run();
    expect([kind, at()]).toEqual(['restored', 0n]);
    expect(reasons[0]).toContain(
      'billing orders-0 at 0: home is another log than the one the positions were taken from',
    );
  });

  test('the stored positions are of the new log from now on', async () => {
    const { run, ports } = await rebuiltWorld();
    await run();
    expect((await ports.control.positions(SET, 1))[0]).toMatchObject({
      clusterId: 'id-of-K1-rebuilt',
      partitions: { '0': { homeCommit: '0', restore: '0', homeEnd: '5', drained: '20', tail: '5' } },
    });
  });

  test('the next failover goes on behind what was processed at the refuge', async () => {
    const { run, ports } = await rebuiltWorld();
    await run();
    expect((await ports.control.seeds(SET))[0]).toMatchObject({
      clusterId: 'id-of-K1-rebuilt',
      partitions: { '0': { seed: '20', forHomePosition: '0' } },
    });
  });

  test('where the remote topic was deleted too, what was processed of the old one says nothing about the new one', async () => {
    const { run, ports, k2 } = await rebuiltWorld();
    await ports.control.putSeed(SET, {
      group: 'billing',
      topic: 'orders',
      atMs: TEN_O_CLOCK,
      clusterId: 'id-of-K1',
      partitions: { '0': { seed: '10', forHomePosition: '10', homePositionBefore: null } },
    });
    k2.deleteTopic('K1.orders');
    k2.createTopic('K1.orders', 1);
    await run();
    expect((await ports.control.positions(SET, 1))[0]?.partitions['0']?.drained).toBeNull();
    expect((await ports.control.seeds(SET))[0]?.partitions ?? {}).toEqual({});
  });

  test('home may be lost before it is sampled again: the sample is of the new log', async () => {
    const { run, ports, sampleHome } = await rebuiltWorld();
    await sampleHome(10n, { clusterId: 'id-of-K1' });
    await run();
    expect((await ports.control.homeSamples(SET))[0]).toMatchObject({
      clusterId: 'id-of-K1-rebuilt',
      partitions: { '0': { committed: '0', start: '0', end: '5' } },
    });
  });

  test('offset syncs of the old log are void', async () => {
    const { run, ports } = await rebuiltWorld();
    await run();
    expect(await ports.control.incarnation('K1')).toEqual({
      cluster: 'K1',
      clusterId: 'id-of-K1-rebuilt',
      seenAtMs: TEN_O_CLOCK,
      replacedAtMs: TEN_O_CLOCK,
    });
  });

  test('the same cluster with a shorter log: only that topic is a new one', async () => {
    const { run, ports, at } = await rebuiltWorld((k1) => k1.deleteTopic('orders'));
    await ports.control.putIncarnation({ cluster: 'K1', clusterId: 'id-of-K1', seenAtMs: 7 });
    expect([(await run()).kind, at()]).toEqual(['restored', 0n]);
    expect(await ports.control.incarnation('K1')).toEqual({
      cluster: 'K1',
      clusterId: 'id-of-K1',
      seenAtMs: 7,
      newLogs: { orders: TEN_O_CLOCK },
    });
  });

  test('two sets find new logs at the same home at once: neither takes away what the other one noted', async () => {
    const { run, ports } = await rebuiltWorld((k1) => k1.deleteTopic('orders'));
    const known = { cluster: 'K1', clusterId: 'id-of-K1', seenAtMs: 7 };
    await ports.control.putIncarnation(known);
    const put = ports.control.putIncarnation.bind(ports.control);
    let writes = 0;
    ports.control.putIncarnation = async (incarnation) => {
      await put(incarnation);
      // The other set had read before this one wrote.
      if (++writes === 1) await put({ ...known, newLogs: { payments: TEN_O_CLOCK } });
    };
    await run();
    expect((await ports.control.incarnation('K1'))?.newLogs).toEqual({ payments: TEN_O_CLOCK, orders: TEN_O_CLOCK });
  });

  test.each([
    'readSet',
    'positions',
    'putPositions',
    'incarnation',
    'putIncarnation',
    'putSeed',
    'putHomeSample',
  ] as const)('dying at %s and running again restores the same', async (method) => {
    for (const moment of ['before', 'after'] as const) {
      const { ports, run, at } = await rebuiltWorld();
      ports.control.faults.failNext(method, moment);
      await expect(run()).rejects.toThrow('fault injected');
      expect((await run()).kind).toBe('restored');
      const [[stored], [sample], [seeds]] = [
        await ports.control.positions(SET, 1),
        await ports.control.homeSamples(SET),
        await ports.control.seeds(SET),
      ];
      expect([at(), ...[stored, sample, seeds].map((one) => one?.clusterId)]).toEqual([
        0n,
        'id-of-K1-rebuilt',
        'id-of-K1-rebuilt',
        'id-of-K1-rebuilt',
      ]);
    }
  });

  test('running twice does not void syncs of the new log', async () => {
    const { run, ports } = await rebuiltWorld();
    await run();
    await ports.clock.pause(60_000);
    await run();
    expect((await ports.control.incarnation('K1'))?.replacedAtMs).toBe(TEN_O_CLOCK);
  });

  test('what is the same log goes on where the refuge left off', async () => {
    const { run, at, setState } = await world();
    await setState(told());
    expect([(await run()).kind, at()]).toEqual(['restored', 20n]);
  });

  test('a topic that was not created again holds the move', async () => {
    const { run, k1 } = await rebuiltWorld();
    k1.deleteTopic('orders');
    expect((await run()).sentence).toContain('billing orders-0: home has no such partition');
  });
});

test('a partition that home got while the set was away is read from its start', async () => {
  const { run, k1 } = await world({}, {}, 2);
  await run();
  expect([k1.position('billing', 'orders', 0), k1.position('billing', 'orders', 1)]).toEqual([20n, 0n]);
});
