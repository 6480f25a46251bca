import { describe, expect, test } from '@jest/globals';
import type { GroupView } from '../../../core/contracts/observations.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import { awaitAdoption } from '../../../lambdas/await-adoption/await-adoption.ts';
import type { ClusterReader, Kafka } from '../../../lambdas/ports.ts';
import {
  adoptionOf,
  claimedState,
  claimOf,
  pairConfig,
  routingOf,
  stateOf,
  stepInput,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import { fakePorts } from '../../support/fakes/ports.ts';

const config = pairConfig();
const input = stepInput({ stage: 'Await adoption (draining)' });
const group = (assigned: Record<string, number[]>): GroupView => ({
  activity: 'active',
  members: [{ memberId: 'm', clientId: 'c', assigned }],
});
const REMOTE_OWNED = { 'K1.orders': [0, 1], 'K1.payments': [0, 1] };

/** Two clusters of which a test says who owns what, how far their logs reach, and which cluster is dead. */
function clusters(at: {
  owned?: Record<string, Record<string, number[]>>;
  homeEnd?: () => bigint;
  refugeEnd?: () => bigint;
  dead?: readonly string[];
  /** A topic that does not exist on either side, or of which nothing can be read. */
  untold?: string;
}) {
  const asked: string[] = [];
  const endOf = (cluster: string) => (cluster === 'K1' ? at.homeEnd : at.refugeEnd)?.();
  const reader = (cluster: string): ClusterReader => {
    const alive = () => {
      asked.push(cluster);
      if (at.dead?.includes(cluster) === true) throw new Error(`${cluster} did not answer in 3 s`);
    };
    const part = {
      groups: async (ids: readonly string[]) => (
        alive(),
        new Map(ids.map((id) => [id, group(at.owned?.[cluster] ?? {})]))
      ),
      partitionCounts: async (topics: readonly string[]) => (alive(), new Map(topics.map((topic) => [topic, 2]))),
      ends: async (topics: readonly string[]) => {
        alive();
        const end = endOf(cluster) ?? 0n;
        const told = topics.filter((topic) => topic !== at.untold);
        return new Map(told.map((topic) => [topic, new Map([[0, { start: 0n, highWatermark: end, lastStable: 0n }]])]));
      },
    };
    return part as unknown as ClusterReader;
  };
  const openCommitter = () => Promise.reject(new Error('await-adoption commits nothing'));
  const kafka: Kafka = { reader, openCommitter };
  return { kafka, asked };
}

const draining = (): SetState =>
  claimedState(config, {
    revision: 2,
    phase: 'draining',
    routing: routingOf(config, { phase: 'draining', epoch: 1, revision: 2 }),
    open: claimOf({ published: true }),
  });

async function world(at: Parameters<typeof clusters>[0] = {}, state = draining(), cfg = config) {
  const { kafka, asked } = clusters(at);
  const ports = fakePorts({ kafka });
  await ports.control.writeSet({ ...state, version: 1 });
  const hear = (role: 'producer' | 'consumer', id: string, revision: number) =>
    ports.control.putAdoption(adoptionOf(role, id, { revision, atMs: ports.clock.nowMs() }));
  return { ports, hear, asked, run: (step = input) => awaitAdoption(ports, cfg)(step) };
}

test('when all have acknowledged, the step ends without asking Kafka', async () => {
  const { hear, run, asked } = await world();
  await hear('producer', 'p1', 2);
  await hear('consumer', 'c1', 2);
  expect((await run()).kind).toBe('adopted');
  expect(asked).toEqual([]);
});
test('one missing consumer is waited for at the pace of the configuration', async () => {
  const { hear, run } = await world();
  await hear('producer', 'p1', 2);
  await hear('consumer', 'c1', 1);
  expect(await run()).toMatchObject({ kind: 'waiting', waitSeconds: 5, reasons: ['consumer c1 (revision 1)'] });
});
test('a consumer without a voice is seen by what its group owns at the refuge', async () => {
  const { hear, run, asked } = await world({ owned: { K2: REMOTE_OWNED } });
  await hear('producer', 'p1', 2);
  await hear('consumer', 'c1', 1);
  expect((await run()).kind).toBe('adopted');
  expect(new Set(asked)).toEqual(new Set(['K2']));
});
test('after the deadline a remote partition without an owner holds the move', async () => {
  const { hear, run, ports } = await world({ owned: { K2: { 'K1.orders': [0, 1], 'K1.payments': [1] } } });
  await hear('producer', 'p1', 2);
  await hear('consumer', 'c1', 1);
  await run();
  ports.clock.advance(180_000);
  expect(await run()).toMatchObject({ kind: 'held', reasons: ['billing: K1.payments-0'] });
});
test('a look after a hold gets the full time again', async () => {
  const { hear, run, ports } = await world();
  await hear('consumer', 'c1', 1);
  await run();
  ports.clock.advance(180_000);
  expect((await run()).kind).toBe('held');
  expect((await run()).kind).toBe('waiting');
});
test('a dead refuge proves nothing: acknowledgements decide, and without them the step waits', async () => {
  const { hear, run } = await world({ dead: ['K2'] });
  await hear('producer', 'p1', 2);
  await hear('consumer', 'c1', 1);
  expect((await run()).kind).toBe('waiting');
  await hear('consumer', 'c1', 2);
  expect((await run()).kind).toBe('adopted');
});
test('a producer without a voice counts as moved when home stood still for as long as silence lasts', async () => {
  const { hear, run, ports } = await world({ homeEnd: () => 500n });
  await hear('producer', 'p1', 1);
  await hear('consumer', 'c1', 2);
  expect((await run()).kind).toBe('waiting');
  ports.clock.advance(119_999);
  expect((await run()).kind).toBe('waiting');
  ports.clock.advance(1);
  expect((await run()).kind).toBe('adopted');
});
test('a producer that still writes at home does not count as moved', async () => {
  let end = 0n;
  const { hear, run, ports } = await world({ homeEnd: () => (end += 1n) });
  await hear('producer', 'p1', 1);
  await hear('consumer', 'c1', 2);
  await run();
  ports.clock.advance(150_000);
  expect((await run()).kind).toBe('waiting');
});
test('a dead home is no sign of moved producers', async () => {
  const { hear, run, ports } = await world({ dead: ['K1'] });
  await hear('producer', 'p1', 1);
  await hear('consumer', 'c1', 2);
  await run();
  ports.clock.advance(150_000);
  expect((await run()).kind).toBe('waiting');
  ports.clock.advance(30_000);
  expect(await run()).toMatchObject({ kind: 'stragglers', reasons: ['producer p1 (revision 1)'] });
});
const returning = (): SetState =>
  stateOf(config, {
    epoch: 2,
    revision: 4,
    phase: 'returning',
    routing: routingOf(config, { phase: 'returning', target: 'consumers', epoch: 2, revision: 4 }),
    open: claimOf({ epoch: 2, move: 'failback', published: true }),
  });
const consumersBack = stepInput({
  epoch: 2,
  move: 'failback',
  phase: 'returning',
  target: 'consumers',
  stage: 'Await adoption (returning consumers)',
});
test('a failback waits until nobody reads the remote topics any more', async () => {
  const owned = { K2: { orders: [0, 1], payments: [0, 1], 'K1.orders': [0] } as Record<string, number[]> };
  const { run } = await world({ owned }, returning());
  expect((await run(consumersBack)).kind).toBe('waiting');
  delete owned.K2['K1.orders'];
  expect((await run(consumersBack)).kind).toBe('adopted');
});
test('at home the groups at home are looked at', async () => {
  const state = stateOf(config, {
    epoch: 2,
    revision: 6,
    phase: 'home',
    routing: routingOf(config, { phase: 'home', epoch: 2, revision: 6 }),
    open: claimOf({ epoch: 2, move: 'failback', published: true }),
  });
  const { run, asked } = await world({ owned: { K1: { orders: [0, 1], payments: [0, 1] } } }, state);
  expect(
    (await run(stepInput({ epoch: 2, move: 'failback', phase: 'home', stage: 'Await adoption (home)' }))).kind,
  ).toBe('adopted');
  expect(new Set(asked)).toEqual(new Set(['K1']));
});
test('groups that always read both topics prove nothing by what they own', async () => {
  const { run, asked, hear } = await world(
    { owned: { K2: REMOTE_OWNED } },
    draining(),
    pairConfig({ groups: [{ id: 'billing', mode: 'reads-remote' }] }),
  );
  await hear('producer', 'p1', 2);
  await hear('consumer', 'c1', 1);
  expect((await run()).kind).toBe('waiting');
  expect(asked).toEqual([]);
});
test('a stage whose value was never published is held', async () => {
  const { run } = await world({}, claimedState(config));
  expect((await run()).kind).toBe('held');
});
test('a stage that a later publish has overtaken is over', async () => {
  const state = claimedState(config, {
    revision: 3,
    phase: 'refuge',
    routing: routingOf(config, { phase: 'refuge', epoch: 1, revision: 3 }),
    open: claimOf({ published: true }),
  });
  const { run } = await world({}, state);
  expect((await run()).kind).toBe('adopted');
});
test('a newer owner ends it', async () => {
  const { run } = await world({}, claimedState(config, { open: claimOf({ execution: 'another' }) }));
  expect((await run()).kind).toBe('superseded');
});
test.each(['before', 'after'] as const)(
  'dying at the stage record (%s) and looking again gives the same answer',
  async (moment) => {
    const { hear, run, ports } = await world();
    await hear('producer', 'p1', 2);
    await hear('consumer', 'c1', 2);
    ports.control.faults.failNext('putStage', moment);
    await expect(run()).rejects.toThrow('fault injected');
    expect((await run()).kind).toBe('adopted');
  },
);
test('the waiting time counts from the first look, also when its answer was lost', async () => {
  const { hear, run, ports } = await world({ dead: ['K1'] });
  await hear('producer', 'p1', 1);
  await hear('consumer', 'c1', 2);
  ports.control.faults.failNext('putStage', 'after');
  await expect(run()).rejects.toThrow();
  ports.clock.set(TEN_O_CLOCK + 180_000);
  expect((await run()).kind).toBe('stragglers');
});

describe('producers that nobody ever heard of', () => {
  test('count as moved when what they leave has stood still for as long as silence lasts', async () => {
    const { hear, run, ports } = await world({ homeEnd: () => 500n });
    await hear('consumer', 'c1', 2);
    expect(await run()).toMatchObject({
      kind: 'waiting',
      reasons: ['any producer: none was heard of, and the topics at K1 have not grown for 0 s, asked for 120 s'],
    });
    ports.clock.advance(119_999);
    expect((await run()).kind).toBe('waiting');
    ports.clock.advance(1);
    expect(await run()).toMatchObject({
      kind: 'adopted',
      sentence:
        'revision 2 (draining) is adopted by producers nobody heard of (nothing was written for 120 s where they leave) and 1 consumer(s)',
    });
  });
  test('are told as stragglers of a failover while home grows, or cannot be read', async () => {
    for (const at of [{ homeEnd: growing() }, { dead: ['K1'] }]) {
      const { hear, run, ports } = await world(at);
      await hear('consumer', 'c1', 2);
      expect((await run()).kind).toBe('waiting');
      ports.clock.advance(180_000);
      expect((await run()).kind).toBe('stragglers');
    }
  });
  test('never count as moved while one of the topics that they leave cannot be read', async () => {
    const { hear, run, ports } = await world({ homeEnd: () => 500n, untold: 'payments' });
    await hear('consumer', 'c1', 2);
    await run();
    ports.clock.advance(120_000);
    expect((await run()).reasons).toEqual(['any producer: none was heard of, and K1 tells no log ends of payments']);
  });
  test('on the way home it is the refuge that has to stand still', async () => {
    const { run, ports, asked } = await world({ homeEnd: growing(), refugeEnd: () => 7n }, producersBack());
    expect((await run(toHome)).kind).toBe('waiting');
    ports.clock.advance(120_000);
    expect((await run(toHome)).kind).toBe('adopted');
    expect(new Set(asked)).toEqual(new Set(['K2']));
  });
  test('a refuge where others write as well proves nothing: the members that stay read what is written there', async () => {
    const { run, ports } = await world({ refugeEnd: growing() }, producersBack());
    await run(toHome);
    ports.clock.advance(180_000);
    expect((await run(toHome)).kind).toBe('stragglers');
  });
  test('a refuge where others write as well holds the way home of a group that has nobody there', async () => {
    const cfg = pairConfig({ groups: [{ id: 'billing', mode: 'home-only' }] });
    const { run, ports } = await world({ refugeEnd: growing() }, producersBack(), cfg);
    await run(toHome);
    ports.clock.advance(180_000);
    expect(await run(toHome)).toMatchObject({
      kind: 'held',
      sentence:
        'revision 5 (returning) is still not adopted by any producer: none was heard of, and the topics at K2 have not grown for 0 s, asked for 120 s after 180 s, and what they write at the refuge is read by nobody once billing (home-only) has left it: have them move or stop them, then resume',
    });
  });
  test('with a declared time nothing is looked at, and it has to pass', async () => {
    const cfg = pairConfig({ assumeProducersAdoptedAfterSeconds: 40 });
    const { run, ports, asked } = await world({}, producersBack(), cfg);
    expect((await run(toHome)).kind).toBe('waiting');
    ports.clock.advance(40_000);
    expect(await run(toHome)).toMatchObject({
      kind: 'adopted',
      sentence: 'revision 5 (returning) is adopted by 0 producer(s), others assumed after 40 s',
    });
    expect(asked).toEqual([]);
  });
});
const growing = () => {
  let end = 0n;
  return () => (end += 1n);
};
const producersBack = (): SetState =>
  stateOf(config, {
    epoch: 2,
    revision: 5,
    phase: 'returning',
    routing: routingOf(config, { phase: 'returning', target: 'producers', epoch: 2, revision: 5 }),
    open: claimOf({ epoch: 2, move: 'failback', published: true }),
  });
const toHome = stepInput({
  epoch: 2,
  move: 'failback',
  phase: 'returning',
  target: 'producers',
  stage: 'Await adoption (returning producers)',
});
