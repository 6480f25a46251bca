import { describe, expect, test } from '@jest/globals';
import type { PairConfig } from '../../../core/config/schema.ts';
import type { SetState } from '../../../core/contracts/tables.ts';
import { measureDrain } from '../../../lambdas/measure-drain/measure-drain.ts';
import {
  adoptionOf,
  claimedState,
  claimOf,
  keptPosition,
  positionRecordOf,
  routingOf,
  stateOf,
  stepInput,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import { flowWorld, member, oneTopic, SET } from '../../support/builders/positions.ts';
import type { FakeCluster } from '../../support/fakes/kafka.ts';

const input = stepInput({ stage: 'Measure drain', phase: 'draining' });
/** Published at ten o'clock. */
const drainingState = (config: PairConfig): SetState =>
  claimedState(config, {
    phase: 'draining',
    revision: 2,
    routing: {
      ...routingOf(config, { phase: 'draining', epoch: 1, revision: 2 }),
      issuedAt: new Date(TEN_O_CLOCK).toISOString(),
    },
    open: claimOf({ published: true }),
  });
const SECOND = 1_000;

/** 20 records copied of 25, S = 10, home dead for a minute; the flow was last looked at a moment ago. */
async function world(config: PairConfig = oneTopic(), { partitions = 1 } = {}) {
  const flow = await flowWorld(config, drainingState(config), partitions);
  const { ports, k1, k2 } = flow;
  flow.heartbeat();
  flow.copy(10);
  flow.copy(10);
  flow.writeHome(5);
  k1.isUp = false;
  k2.commit('billing', 'K1.orders', 0, 10n);
  k2.join('billing', member('moved', { 'K1.orders': [0] }));
  ports.clock.advance(60 * SECOND);
  await ports.control.putPositions(
    SET,
    positionRecordOf({ partitions: { '0': keptPosition({ drained: null, restore: null }) } }),
  );
  const run = () => measureDrain(ports, config)(input);
  return {
    ...flow,
    run,
    /** Looks every 15 s for so long, with the flow observed each time. */
    watch: async (seconds: number) => {
      let result = await run();
      for (let passed = 0; passed < seconds; passed += 15) {
        ports.clock.advance(15 * SECOND);
        await flowLook(ports);
        result = await run();
      }
      return result;
    },
    consumed: (offset: bigint) => k2.commit('billing', 'K1.orders', 0, offset),
    kept: async () => (await ports.control.positions(SET, 1))[0]?.partitions['0'],
  };
}

type Ports = Awaited<ReturnType<typeof flowWorld>>['ports'];
const flowLook = (ports: Ports, changes: object = {}) =>
  ports.observations.putFlow({
    pair: 'orders',
    source: 'K1',
    target: 'K2',
    vantage: 'eu-central-1',
    atMs: ports.clock.nowMs(),
    replicatedOffsets: { orders: { '0': '19' } },
    problems: [],
    ...changes,
  });

test('a group at the end of a silent flow has drained once it was seen twice, and u* is kept', async () => {
  const { run, watch, consumed, kept } = await world();
  consumed(20n);
  expect((await run()).kind).toBe('draining');
  expect((await watch(60)).kind).toBe('drained');
  expect(await kept()).toMatchObject({ drained: '20', restore: '20' });
});

test('what retention took of the copies is told and kept, also once the group has jumped over it', async () => {
  const { k2, run, watch, consumed, kept } = await world();
  k2.deleteBefore('K1.orders', 0, 13n);
  expect((await run()).kind).toBe('draining');
  consumed(20n);
  const told = await watch(60);
  expect(told.kind).toBe('drained');
  expect(told.sentence).toBe(
    'every moved group has finished the remote topics; retention or truncation took offsets before they were read: billing K1.orders-0: 3',
  );
  expect((await kept())?.taken).toEqual({ remote: { offsets: '3', below: '13' } });
});

test('before the end it is draining, with the group, the partition and what is left', async () => {
  const { watch, consumed, kept } = await world();
  consumed(14n);
  const result = await watch(60);
  expect([result.kind, result.reasons]).toEqual([
    'draining',
    ['billing K1.orders-0: 6 left, rate 0/s, time left unknown'],
  ]);
  expect(await kept()).toMatchObject({ drained: '14', restore: null });
});

test('a group under way is told with its rate and the time that is left, in the lines and in the sentence', async () => {
  const { ports, run, consumed } = await world();
  await run();
  ports.clock.advance(10 * SECOND);
  consumed(14n);
  const { reasons, sentence } = await run();
  expect(reasons[0]).toContain('billing K1.orders-0: 6 left, rate 0.4/s, time left 15 s');
  expect(sentence).toContain('rate 0.4/s, time left 15 s');
});

test('d never goes down', async () => {
  const { run, consumed, kept } = await world();
  consumed(14n);
  await run();
  consumed(12n);
  const result = await run();
  expect(result.reasons[0]).toContain('REWOUND');
  expect(await kept()).toMatchObject({ drained: '14' });
});

test('a commit beyond the end is of another log and is not kept', async () => {
  const { run, consumed, kept } = await world();
  consumed(99n);
  expect((await run()).reasons[0]).toContain('UNKNOWN');
  expect(await kept()).toMatchObject({ drained: null });
});

test.each([
  [
    'nobody there',
    (w: Awaited<ReturnType<typeof world>>) => {
      w.k2.leave('billing', 'moved');
    },
    'NO_MEMBERS',
  ],
  [
    'members, but none owns it',
    (w: Awaited<ReturnType<typeof world>>) => {
      w.k2.leave('billing', 'moved');
      w.k2.join('billing', member('native', { orders: [0] }));
    },
    'NOT_ASSIGNED',
  ],
  ['no progress for two minutes', () => undefined, 'STALLED'],
] as const)('%s: %s is said', async (_story, prepare, reason) => {
  const w = await world();
  prepare(w);
  expect((await w.watch(150)).reasons[0]).toContain(reason);
});

test('a flow that still beats has not ended', async () => {
  const { heartbeat, consumed, watch } = await world();
  consumed(20n);
  heartbeat();
  expect((await watch(30)).reasons[0]).toContain('SOURCE_STILL_FLOWING');
});

test('nothing but markers and aborted data behind the commit is nothing left, however much of it', async () => {
  const config = oneTopic({}, { replication: { exactlyOnce: true } });
  const { k2, consumed, watch } = await world(config);
  k2.begin(
    'K1.orders',
    0,
    Array.from({ length: 1_500 }, () => ({ value: 'aborted' })),
  ).end('abort');
  consumed(20n);
  expect((await watch(60)).kind).toBe('drained');
});

test('an open transaction at the end keeps the drain open', async () => {
  const { k2, consumed, watch } = await world();
  k2.begin('K1.orders', 0, [{ value: 'who knows' }]);
  consumed(21n);
  expect((await watch(60)).reasons[0]).toContain('SOURCE_STILL_FLOWING');
});

test('every partition counts', async () => {
  const w = await world(oneTopic(), { partitions: 2 });
  w.copy(4, 1);
  w.consumed(20n);
  expect((await w.watch(60)).reasons).toEqual([
    expect.stringContaining('billing K1.orders-1: 4 left, rate 0/s, time left unknown (NOT_ASSIGNED, NO_OFFSET'),
  ]);
});

test.each([
  ['hold', 'held'],
  ['cut-over', 'cut-over'],
  ['keep-both', 'keep-both'],
] as const)('deadline policy %s: %s, with what is left, and u* is kept for what was done', async (policy, kind) => {
  const w = await world(oneTopic({ drainDeadline: { afterSeconds: 60, then: policy } }));
  w.consumed(14n);
  const result = await w.watch(60);
  expect([result.kind, result.reasons]).toEqual([kind, ['billing K1.orders-0: 6 left, rate 0/s, time left unknown']]);
  expect(await w.kept()).toMatchObject({ drained: '14', restore: '10' });
});

test('at the deadline each group that has something left is named, with how much', async () => {
  const groups = [{ id: 'billing' }, { id: 'audit', mode: 'home-only' }];
  const w = await world(oneTopic({ groups, drainDeadline: { afterSeconds: 60, then: 'cut-over' } }));
  w.consumed(14n);
  w.k2.commit('audit', 'K1.orders', 0, 11n);
  expect((await w.watch(60)).sentence).toBe(
    'billing not drained after 60000 ms: 6 records left (too slow for the deadline), rate 0/s, time left unknown; audit not drained after 60000 ms: 9 records left (NO_MEMBERS), rate 0/s, time left unknown',
  );
});

test('whoever resumes after a hold grants the whole time again', async () => {
  const w = await world(oneTopic({ drainDeadline: { afterSeconds: 60, then: 'hold' } }));
  expect((await w.watch(60)).kind).toBe('held');
  w.ports.clock.advance(600 * SECOND);
  expect((await w.run()).kind).toBe('draining');
  expect((await w.watch(60)).kind).toBe('held');
});

test('a home that lives: caught up counts only in a look taken after every producer had moved', async () => {
  const { ports, k1, heartbeat, consumed, run } = await world();
  k1.isUp = true;
  consumed(20n);
  const caughtUp = { sourceEnds: { orders: { '0': { start: '0', highWatermark: '20', lastStable: '20' } } } };
  await ports.control.putAdoption(adoptionOf('producer', 'p1', { epoch: 1, revision: 2, atMs: ports.clock.nowMs() }));
  await flowLook(ports, caughtUp);
  ports.clock.advance(10 * SECOND);
  heartbeat();
  expect((await run()).kind).toBe('draining');
  ports.clock.advance(10 * SECOND);
  heartbeat();
  expect((await run()).reasons[0]).toContain('SOURCE_STILL_FLOWING');
  await flowLook(ports, caughtUp);
  expect((await run()).kind).toBe('drained');
});

describe('a home that lives, and producers that nobody ever heard of', () => {
  /** Looks every 15 s in which everything that home holds is copied and read. */
  async function silent(set: object, endAt: (look: number) => number) {
    const w = await world(oneTopic(set));
    w.k1.isUp = true;
    w.consumed(20n);
    const kinds: string[] = [];
    const until = async (seconds: number) => {
      for (let passed = 0; passed < seconds; passed += 15) {
        w.ports.clock.advance(15 * SECOND);
        w.heartbeat();
        const end = String(endAt(kinds.length));
        await flowLook(w.ports, {
          sourceEnds: { orders: { '0': { start: '0', highWatermark: end, lastStable: end } } },
          replicatedOffsets: { orders: { '0': String(Number(end) - 1) } },
        });
        kinds.push((await w.run()).kind);
      }
      return kinds.at(-1);
    };
    return { until };
  }
  test('the drain ends when home has stood still for as long as silence lasts', async () => {
    const { until } = await silent({}, () => 20);
    expect(await until(120)).toBe('draining');
    expect(await until(30)).toBe('drained');
  });
  test('the drain goes on while somebody writes at home', async () => {
    const { until } = await silent({}, (look) => 20 + look);
    expect(await until(300)).toBe('draining');
  });
  test('the drain ends after the time that was declared, also while somebody writes at home', async () => {
    const { until } = await silent({ assumeProducersAdoptedAfterSeconds: 100 }, (look) => 20 + look);
    expect(await until(30)).toBe('draining');
    expect(await until(30)).toBe('drained');
  });
});

/** Home lives and its producer, which writes in transactions, has moved; all 20 records are copied and read. */
async function livingHome(config: PairConfig, end: (k1: FakeCluster) => void) {
  const flow = await flowWorld(config, drainingState(config));
  const { ports, k1, k2 } = flow;
  flow.copy(20);
  end(k1);
  k2.commit('billing', 'K1.orders', 0, 20n);
  k2.join('billing', member('moved', { 'K1.orders': [0] }));
  await ports.control.putAdoption(adoptionOf('producer', 'p1', { epoch: 1, revision: 2, atMs: ports.clock.nowMs() }));
  await ports.control.putPositions(SET, positionRecordOf({ partitions: { '0': keptPosition({ tail: '6' }) } }));
  const look = async () => {
    ports.clock.advance(10 * SECOND);
    flow.heartbeat();
    const { start, highWatermark, lastStable } = (await k1.reader().ends(['orders'])).get('orders')!.get(0)!;
    const seen = { start: String(start), highWatermark: String(highWatermark), lastStable: String(lastStable) };
    await flowLook(ports, { sourceEnds: { orders: { '0': seen } } });
    return measureDrain(ports, config)(input);
  };
  return { ...flow, look, kept: async () => (await ports.control.positions(SET, 1))[0]?.partitions['0'] };
}

const aborted = (k1: FakeCluster) => k1.begin('orders', 0, [{ value: 'a' }, { value: 'b' }]).end('abort');
const committed = (k1: FakeCluster) => k1.begin('orders', 0, []).end('commit');
const EXACTLY_ONCE = oneTopic({}, { replication: { exactlyOnce: true } });

describe('a home that lives and whose producers write in transactions', () => {
  test('is caught up where nothing but the marker of a transaction is not copied', async () => {
    const { look } = await livingHome(oneTopic(), committed);
    await look();
    expect((await look()).kind).toBe('drained');
  });

  test('leaves no tail then, whatever the samples said of it before', async () => {
    const { look, kept } = await livingHome(oneTopic(), committed);
    expect(await kept()).toMatchObject({ tail: '6' });
    await look();
    expect(await kept()).toMatchObject({ tail: '0' });
  });

  test('is not caught up while a record behind what was copied waits, aborted or not: the copies are read uncommitted', async () => {
    const { look, kept } = await livingHome(oneTopic(), aborted);
    await look();
    expect((await look()).reasons[0]).toContain('SOURCE_STILL_FLOWING');
    expect(await kept()).toMatchObject({ tail: '6' });
  });

  test('is caught up where nothing but aborted records wait and the copies are read committed', async () => {
    const { look } = await livingHome(EXACTLY_ONCE, aborted);
    await look();
    expect((await look()).kind).toBe('drained');
  });

  test.each([
    ['read_committed', 'drained'],
    ['read_uncommitted', 'draining'],
  ])('of a plain flow that is declared %s: %s', async (isolationLevel, kind) => {
    const { look } = await livingHome(oneTopic({}, { replication: { isolationLevel } }), aborted);
    await look();
    expect((await look()).kind).toBe(kind);
  });

  test('a plain flow that reads committed is not caught up while a transaction is open there', async () => {
    const config = oneTopic({}, { replication: { isolationLevel: 'read_committed' } });
    const { look } = await livingHome(config, (k1) => k1.begin('orders', 0, [{ value: 'a' }]));
    await look();
    expect((await look()).reasons[0]).toContain('SOURCE_STILL_FLOWING');
  });

  test('is not caught up while a transaction is open there: its records would be copied once it is committed', async () => {
    const { look } = await livingHome(EXACTLY_ONCE, (k1) => k1.begin('orders', 0, [{ value: 'a' }]));
    await look();
    expect((await look()).reasons[0]).toContain('SOURCE_STILL_FLOWING');
  });

  test('that is gone again cannot tell a marker from a record', async () => {
    const { look, k1 } = await livingHome(oneTopic(), committed);
    const reader = k1.reader();
    const seen = await reader.ends(['orders']);
    k1.isUp = false;
    k1.reader = () => ({ ...reader, ends: async () => seen });
    await look();
    expect((await look()).reasons[0]).toContain('SOURCE_STILL_FLOWING');
  });
});

test.each(['readSet', 'stage', 'adoptions', 'positions', 'putPositions', 'putStage'] as const)(
  'dying at %s and looking again comes to the same',
  async (method) => {
    for (const moment of ['before', 'after'] as const) {
      const { ports, run, consumed, watch, kept } = await world();
      consumed(20n);
      ports.control.faults.failNext(method, moment);
      await expect(run()).rejects.toThrow('fault injected');
      expect((await watch(60)).kind).toBe('drained');
      expect(await kept()).toMatchObject({ drained: '20', restore: '20' });
    }
  },
);

test('without any remote topic the sentence says so', async () => {
  const { k2, run } = await world();
  k2.deleteTopic('K1.orders');
  expect((await run()).sentence).toContain('none of the remote topics exists (K1.orders)');
});

test('a superseded look writes nothing', async () => {
  const w = await world();
  await w.setState(claimedState(oneTopic(), { epoch: 2, open: claimOf({ epoch: 2 }) }));
  w.consumed(15n);
  expect((await w.run()).kind).toBe('superseded');
  expect(await w.kept()).toMatchObject({ drained: null });
});

const fenceInput = stepInput({
  move: 'failback',
  epoch: 2,
  stage: 'Measure drain (fence)',
  phase: 'returning',
  target: 'everyone',
});

async function atFence(set: object) {
  const config = oneTopic(set);
  const flow = await flowWorld(
    config,
    stateOf(config, {
      epoch: 2,
      phase: 'returning',
      open: claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true }),
    }),
  );
  flow.k2.append(
    'orders',
    0,
    Array.from({ length: 5 }, () => ({ value: 'x' })),
  );
  flow.k2.commit('billing', 'orders', 0, 2n);
  flow.k2.join('billing', member('m', { orders: [0] }));
  return { ...flow, run: () => measureDrain(flow.ports, config)(fenceInput) };
}

test('going home, a shared group waits for nothing unless order per key is promised', async () => {
  expect((await (await atFence({})).run()).kind).toBe('drained');
  expect((await (await atFence({ ordering: 'per-key' })).run()).kind).toBe('draining');
});

test('a home-only group finishes up to the fence, which does not move with what others write', async () => {
  const { k2, run } = await atFence({ groups: [{ id: 'billing', mode: 'home-only' }] });
  const first = await run();
  expect([first.kind, first.reasons]).toEqual([
    'draining',
    ['billing orders-0: 3 before the fence, rate unknown, time left unknown'],
  ]);
  k2.append('orders', 0, [{ value: 'by others' }]);
  k2.commit('billing', 'orders', 0, 5n);
  expect((await run()).kind).toBe('drained');
});

test('a fence that is not reached in time asks a person, who may grant the time again', async () => {
  const { ports, run } = await atFence({
    groups: [{ id: 'billing', mode: 'home-only' }],
    drainDeadline: { afterSeconds: 60 },
  });
  await run();
  ports.clock.advance(60 * SECOND);
  expect((await run()).kind).toBe('held');
  expect((await run()).kind).toBe('draining');
});

/** A home-only group has read the two records of its set at the refuge; what lies behind them is in a transaction. */
async function atFenceOf(isolation: string | undefined, behind: readonly { value: string }[] = [{ value: 'a' }]) {
  const config = oneTopic({
    groups: [{ id: 'billing', mode: 'home-only', ...(isolation && { isolation }) }],
    drainDeadline: { afterSeconds: 60 },
  });
  const open = claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true });
  const flow = await flowWorld(config, stateOf(config, { epoch: 2, phase: 'returning', open }));
  flow.k2.append('orders', 0, [{ value: 'x' }, { value: 'y' }]);
  flow.k2.commit('billing', 'orders', 0, 2n);
  flow.k2.join('billing', member('m', { orders: [0] }));
  const transaction = flow.k2.begin('orders', 0, behind);
  return { ...flow, transaction, run: () => measureDrain(flow.ports, config)(fenceInput) };
}

describe('aborted records before a fence', () => {
  test('are owed to nobody who reads committed only, and such a consumer never commits past them', async () => {
    const { run, transaction } = await atFenceOf('read_committed');
    transaction.end('abort');
    expect((await run()).kind).toBe('drained');
  });

  test('are waited for where the group reads uncommitted', async () => {
    const { run, transaction, k2 } = await atFenceOf('read_uncommitted');
    transaction.end('abort');
    expect((await run()).reasons).toEqual(['billing orders-0: 1 before the fence, rate unknown, time left unknown']);
    k2.commit('billing', 'orders', 0, 3n);
    expect((await run()).kind).toBe('drained');
  });

  test('are told where nobody has said how the group reads, and a person decides', async () => {
    const { run, transaction, ports } = await atFenceOf(undefined);
    transaction.end('abort');
    expect((await run()).reasons).toEqual([
      'billing orders-0: 1 before the fence, rate unknown, time left unknown (ABORTED_ONLY: consumers that read committed never pass aborted records; say groups[].isolation, or proceed)',
    ]);
    ports.clock.advance(60 * SECOND);
    const { kind, sentence } = await run();
    expect([kind, sentence]).toEqual(['held', expect.stringContaining('say groups[].isolation')]);
  });

  test('with a committed one among them are nothing special', async () => {
    const { run, transaction, k2 } = await atFenceOf(undefined);
    transaction.end('abort');
    k2.append('orders', 0, [{ value: 'z' }]);
    expect((await run()).reasons).toEqual(['billing orders-0: 2 before the fence, rate unknown, time left unknown']);
  });

  test.each([
    ['commit', 'draining'],
    ['abort', 'drained'],
  ] as const)('of a transaction that is still open count until it is decided: after %s %s', async (how, kind) => {
    const { run, transaction } = await atFenceOf('read_committed');
    expect((await run()).reasons).toEqual(['billing orders-0: 1 before the fence, rate unknown, time left unknown']);
    transaction.end(how);
    expect((await run()).kind).toBe(kind);
  });
});
