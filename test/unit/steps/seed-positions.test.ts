import { expect, test } from '@jest/globals';
import type { PairConfig } from '../../../core/config/schema.ts';
import { pinPositions } from '../../../lambdas/pin-positions/pin-positions.ts';
import { seedPositions } from '../../../lambdas/seed-positions/seed-positions.ts';
import { claimedState, claimOf, K2_REGION, stateOf, stepInput, TEN_O_CLOCK } from '../../support/builders/pair.ts';
import { CHECKPOINTS, flowWorld, member, oneTopic, SET, SYNCS } from '../../support/builders/positions.ts';
import type { FakeSharedLimits } from '../../support/fakes/shared.ts';

const MINUTE = 60_000;

async function world(config: PairConfig = oneTopic(), state = stateOf(config)) {
  const flow = await flowWorld(config, state);
  flow.copy(10);
  flow.copy(10);
  const { ports, k2 } = flow;
  return {
    ...flow,
    turn: seedPositions(ports, config, { region: K2_REGION }),
    at: () => k2.position('billing', 'K1.orders', 0),
    record: async () => (await ports.control.seeds(SET))[0],
    /** A minute later home is sampled at this position. */
    later: async (committed: bigint | null, changes = {}) => {
      ports.clock.advance(MINUTE);
      await flow.sampleHome(committed, changes);
    },
  };
}

test('the seed follows home, also while the group is active at the refuge', async () => {
  const { k2, turn, at, later, record } = await world();
  k2.join('billing', member('native', { orders: [0] }));
  await later(10n);
  await turn();
  expect(at()).toBe(10n);
  await later(20n);
  await turn();
  expect(at()).toBe(20n);
  expect((await record())?.partitions['0']).toEqual({
    seed: '20',
    forHomePosition: '20',
    homePositionBefore: '20',
    because: 'forward 20; home position 20 -> 20, exact; earlier seed 10 for home position 10',
  });
});

const PAUSE_OF_ALL = { owner: 'ada', reason: 'works', untilMs: TEN_O_CLOCK + 2 * MINUTE, setAtMs: 0 };

test.each([
  ['the pair', { kind: 'pair' }],
  ['a cluster of the set', { kind: 'cluster', cluster: 'K2' }],
] as const)('a pause of %s lets seeds rest', async (_story, scope) => {
  const { ports, turn, at, later } = await world();
  await later(10n);
  await ports.control.putPause({ owner: 'ada', reason: 'works', untilMs: TEN_O_CLOCK + 2 * MINUTE, setAtMs: 0, scope });
  await turn();
  expect(at()).toBeUndefined();
  ports.clock.advance(MINUTE);
  await turn();
  expect(at()).toBe(10n);
});

test.each([
  ['every pair is paused', async (shared: FakeSharedLimits) => shared.putPause(PAUSE_OF_ALL)],
  [
    'it is not known whether every pair is paused',
    async (shared: FakeSharedLimits) => shared.faults.failAlways('pause'),
  ],
] as const)('while %s seeds rest', async (_story, happens) => {
  const { ports, turn, at, later } = await world({ ...oneTopic(), shared: { table: 'mm2-failover-shared' } });
  await later(10n);
  await happens(ports.shared!);
  await turn();
  expect(at()).toBeUndefined();
  ports.shared!.faults.heal();
  ports.clock.advance(MINUTE);
  await turn();
  expect(at()).toBe(10n);
});

/** Home was rebuilt just now, says a person. */
const renewed = { cluster: 'K1', clusterId: 'id-of-K1', seenAtMs: TEN_O_CLOCK, newLogs: { orders: TEN_O_CLOCK + 1 } };

test('syncs of a log that home no longer has do not answer', async () => {
  const { ports, turn, at, later } = await world();
  await ports.control.putIncarnation(renewed);
  await later(10n);
  await turn();
  expect(at()).toBe(0n);
});

test('syncs of a log that home no longer has are forgotten, where they were read before', async () => {
  const { ports, turn, at, later } = await world();
  await later(20n);
  await turn();
  await ports.control.putIncarnation(renewed);
  for (let seen = 0; seen < 2; seen += 1) {
    await later(10n);
    await turn();
  }
  expect(at()).toBe(0n);
});

test('a home that was rebuilt under the group says nothing by the positions of the old one', async () => {
  const { turn, later, record } = await world();
  await later(20n);
  await turn();
  await later(null, { clusterId: 'id-of-K1-rebuilt' });
  await turn();
  expect(await record()).toMatchObject({ clusterId: 'id-of-K1', partitions: { '0': { forHomePosition: '20' } } });
  await later(0n, { clusterId: 'id-of-K1-rebuilt' });
  await turn();
  expect(await record()).toMatchObject({
    clusterId: 'id-of-K1-rebuilt',
    partitions: { '0': { forHomePosition: '0', homePositionBefore: '0' } },
  });
});

/** Its remote topic was filled from home's offset 5 on: 20 is at 15 there, and lies at 20 no more. */
async function rebuiltRefuge() {
  const at = await world();
  await at.later(20n);
  await at.turn();
  at.k2.rebuild();
  for (const topic of ['orders', 'K1.orders']) at.k2.createTopic(topic, 1);
  for (const topic of [SYNCS, CHECKPOINTS]) at.k2.createTopic(topic);
  at.k2.append(
    'K1.orders',
    0,
    Array.from({ length: 30 }, () => ({ value: 'x' })),
  );
  at.sync(5n, 0n);
  at.sync(20n, 15n);
  return at;
}

test('a refuge that was rebuilt under the group is seeded by its own syncs, also while home stands still', async () => {
  const { turn, at, later, record } = await rebuiltRefuge();
  await later(20n);
  await turn();
  expect(at()).toBe(15n);
  expect(await record()).toMatchObject({ refugeClusterId: 'id-of-K2-rebuilt', partitions: { '0': { seed: '15' } } });
});

test('a pin at a refuge that was rebuilt does not go by the seed of the one before', async () => {
  const { ports, later, at, setState } = await rebuiltRefuge();
  const config = oneTopic();
  await later(20n);
  await setState(claimedState(config));
  await pinPositions(ports, config)(stepInput());
  expect(at()).toBe(15n);
});

test('a checkpoint of a log that home no longer has does not answer, where the remote topic is a new one too', async () => {
  const { ports, k2, turn, at, later, checkpoint, sync } = await world(
    oneTopic({}, { replication: { exactlyOnce: true } }),
  );
  checkpoint('billing', 5n, 18n);
  await ports.control.putIncarnation(renewed);
  ports.clock.advance(MINUTE);
  k2.deleteTopic('K1.orders');
  k2.createTopic('K1.orders', 1);
  k2.append(
    'K1.orders',
    0,
    Array.from({ length: 30 }, () => ({ value: 'x' })),
  );
  sync(0n, 0n);
  sync(9n, 9n);
  await later(10n);
  await turn();
  expect(at()).toBe(10n);
});

test('a topic of home that was not renewed goes on being answered from its syncs', async () => {
  const { ports, turn, at, later } = await world();
  await ports.control.putIncarnation({ ...renewed, newLogs: { payments: TEN_O_CLOCK + 1 } });
  await later(10n);
  await turn();
  expect(at()).toBe(10n);
});

test('new syncs are read on from turn to turn', async () => {
  const { copy, turn, at, later } = await world();
  await later(20n);
  await turn();
  copy(10);
  await later(30n);
  await turn();
  expect(at()).toBe(30n);
});

test.each([
  ['no sample of home', async () => undefined],
  [
    'an owner of the remote partition',
    async ({ k2, later }: Awaited<ReturnType<typeof world>>) => (
      k2.join('billing', member('m', { 'K1.orders': [0] })),
      later(10n)
    ),
  ],
] as const)('%s: nothing is written', async (_story, prepare) => {
  const flow = await world();
  await prepare(flow);
  await flow.turn();
  expect(flow.at()).toBeUndefined();
});

test.each([
  ['a claim is open', claimedState(oneTopic())],
  ['the set is away', stateOf(oneTopic(), { phase: 'refuge' })],
  ['the mode is observe', stateOf(oneTopic(), { mode: 'observe' })],
  [
    'the set is paused',
    stateOf(oneTopic(), {
      pause: { owner: 'ann', reason: 'test', untilMs: TEN_O_CLOCK + 10 * MINUTE, setAtMs: TEN_O_CLOCK },
    }),
  ],
] as const)('%s: seeds rest', async (_story, state) => {
  const { turn, at, later } = await world(oneTopic(), state);
  await later(10n);
  await turn();
  expect(at()).toBeUndefined();
});

test('a rewind at home is followed only when two samples show it', async () => {
  const { turn, at, later } = await world();
  await later(20n);
  await turn();
  await later(10n);
  await turn();
  expect(at()).toBe(20n);
  await later(10n);
  await turn();
  expect(at()).toBe(10n);
});

test('one sample looked at twice does not count as two', async () => {
  const { ports, turn, at, later } = await world();
  await later(20n);
  await turn();
  await later(10n);
  await turn();
  ports.clock.advance(MINUTE);
  await turn();
  expect(at()).toBe(20n);
});

test('a seed that nothing changed is not written again for half a day, then it is', async () => {
  const { ports, turn, later } = await world();
  await later(10n);
  let opened = 0;
  const open = ports.kafka.openCommitter.bind(ports.kafka);
  const counting = seedPositions(
    { ...ports, kafka: { ...ports.kafka, openCommitter: (c: string, t: string) => ((opened += 1), open(c, t)) } },
    oneTopic(),
    { region: K2_REGION },
  );
  await turn();
  for (let hour = 0; hour < 12; hour += 1) {
    ports.clock.advance(60 * MINUTE);
    await counting();
  }
  expect(opened).toBe(0);
  ports.clock.advance(MINUTE);
  await counting();
  await counting();
  expect(opened).toBe(1);
});

test('a group that reads the remote topic all the time is never seeded', async () => {
  const { turn, at, later } = await world(oneTopic({ groups: [{ id: 'billing', mode: 'reads-remote' }] }));
  await later(10n);
  await turn();
  expect(at()).toBeUndefined();
});

test.each(['readSet', 'homeSamples', 'seeds', 'putSeed'] as const)(
  'dying at %s and running again seeds the same',
  async (method) => {
    for (const moment of ['before', 'after'] as const) {
      const { ports, turn, at, later, record } = await world();
      await later(10n);
      ports.control.faults.failNext(method, moment);
      await expect(turn()).rejects.toThrow('seeds of clients-k1 were not renewed: fault injected');
      await turn();
      expect([at(), (await record())?.partitions['0']?.seed]).toEqual([10n, '10']);
    }
  },
);

test('a seed that comes late, after the claim, is not written', async () => {
  const config = oneTopic();
  const { ports, setState, turn, at, later } = await world(config);
  await later(10n);
  ports.control.faults.beforeEach(async (method) => {
    if (method === 'seeds' && (await ports.control.readSet(SET))?.open === undefined)
      await setState(claimedState(config));
  });
  await turn();
  expect(at()).toBeUndefined();
});

test('a seed that passed its check before the claim is fenced by the pin', async () => {
  const config = oneTopic();
  const { ports, setState, at, later } = await world(config);
  await later(10n);
  const open = ports.kafka.openCommitter.bind(ports.kafka);
  const stalling = {
    ...ports.kafka,
    openCommitter: async (cluster: string, transactionalId: string) => {
      const committer = await open(cluster, transactionalId);
      return {
        ...committer,
        // Between its check and its commit the whole pin happens, from a fresher sample.
        commit: async (group: string, positions: Parameters<typeof committer.commit>[1]) => {
          await setState(claimedState(config));
          ports.clock.advance(MINUTE);
          await ports.control.putHomeSample(SET, {
            group: 'billing',
            topic: 'orders',
            atMs: ports.clock.nowMs(),
            clusterId: 'id-of-K1',
            partitions: { '0': { committed: '20', end: '20', start: '0' } },
          });
          expect((await pinPositions(ports, config)(stepInput({ stage: 'Pin positions' }))).kind).toBe('pinned');
          return committer.commit(group, positions);
        },
      };
    },
  };
  await seedPositions({ ...ports, kafka: stalling }, config, { region: K2_REGION })();
  expect(at()).toBe(20n);
  expect(await ports.control.seeds(SET)).toEqual([]);
});

test('a dead home does not keep seeds from standing', async () => {
  const { k1, turn, at, later } = await world();
  await later(10n);
  k1.isUp = false;
  await turn();
  expect(at()).toBe(10n);
});

test('a dead refuge is not asked while seeds rest', async () => {
  const { k2, turn, setState } = await world();
  await setState(stateOf(oneTopic(), { phase: 'returning' }));
  k2.isUp = false;
  await expect(turn()).resolves.toBeUndefined();
});

test('a dead refuge fails the turn, by name', async () => {
  const { k2, turn, later } = await world();
  await later(10n);
  k2.isUp = false;
  await expect(turn()).rejects.toThrow('K2 did not answer');
});

test('syncs older than an hour are looked for further back', async () => {
  const { ports, k2, turn, at, later } = await world();
  ports.clock.advance(30 * 60 * MINUTE);
  const looked: number[] = [];
  const reader = k2.reader();
  const watched = {
    ...reader,
    offsetAt: async (...args: Parameters<typeof reader.offsetAt>) => (
      looked.push(ports.clock.nowMs() - args[2]),
      reader.offsetAt(...args)
    ),
  };
  await later(20n);
  const kafka = { ...ports.kafka, reader: (alias: string) => (alias === 'K2' ? watched : ports.kafka.reader(alias)) };
  await seedPositions({ ...ports, kafka }, oneTopic(), { region: K2_REGION })();
  expect(at()).toBe(20n);
  expect(looked).toEqual([60 * MINUTE, 24 * 60 * MINUTE, 7 * 24 * 60 * MINUTE]);
  await turn();
});

test.each(['leaving', 'refuge'] as const)(
  'after a switchover, in phase %s, seeds go on until they are where home was finished',
  async (phase) => {
    const config = oneTopic();
    const away = stateOf(config, { phase, leftHomeBy: 'switchover', epoch: 1 });
    const { turn, at, later } = await world(config, away);
    await later(20n);
    await turn();
    expect(at()).toBe(20n);
  },
);

test('a switchover that is under way does not stop the seeds, a failback does', async () => {
  const config = oneTopic();
  const under = (move: 'switchover' | 'failback') =>
    claimedState(config, { phase: 'refuge', leftHomeBy: 'switchover', open: claimOf({ move, published: true }) });
  const leaving = await world(config, under('switchover'));
  await leaving.later(20n);
  await leaving.turn();
  expect(leaving.at()).toBe(20n);
  const returning = await world(config, under('failback'));
  await returning.later(20n);
  await returning.turn();
  expect(returning.at()).toBeUndefined();
});
