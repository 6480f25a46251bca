/** The way home where offset syncs leave a bound: both logs are compared, and what cannot be compared is told. */
import { describe, expect, test } from '@jest/globals';
import { lookByContent } from '../../../lambdas/gather/boundary.ts';
import type { ClusterReader } from '../../../lambdas/ports.ts';
import { restorePositions } from '../../../lambdas/restore-positions/restore-positions.ts';
import {
  claimOf,
  keptPosition,
  positionRecordOf,
  stateOf,
  stepInput,
  TEN_O_CLOCK,
} from '../../support/builders/pair.ts';
import { flowWorld, oneTopic, SET, type FlowWorld } from '../../support/builders/positions.ts';

const input = stepInput({ move: 'failback', epoch: 2, stage: 'Restore positions', phase: 'returning' });
const from = (first: number, end: number) => Array.from({ length: end - first }, (_, i) => first + i);
/** Records by their number at home: equal ones are copies of one record, a second apart. */
const records = (...numbers: readonly number[]) =>
  numbers.map((number) => ({ key: 'k', value: `record ${number}`, timestampMs: TEN_O_CLOCK + number * 1_000 }));

/** Home got to 25, the flow to 20 with syncs at 0 and 10, home's group to 10 = S, the group at the refuge to 17. */
async function world(write: (flow: FlowWorld) => void = straight, drained = 17n, top: object = {}) {
  const config = oneTopic({}, top);
  const returning = stateOf(config, {
    epoch: 2,
    phase: 'returning',
    open: claimOf({ epoch: 2, move: 'failback', from: 'refuge', published: true }),
  });
  const flow = await flowWorld(config, { ...returning, version: 1 });
  write(flow);
  flow.sync(0n, 0n);
  flow.sync(10n, 10n);
  flow.k1.commit('billing', 'orders', 0, 10n);
  flow.k2.commit('billing', 'K1.orders', 0, drained);
  const position = keptPosition({ drained: null, restore: null, homeEnd: null });
  await flow.ports.control.putPositions(SET, positionRecordOf({ partitions: { '0': position } }));
  return {
    ...flow,
    run: async () => {
      const { sentence, reasons } = await restorePositions(flow.ports, config)(input);
      return { at: flow.k1.position('billing', 'orders', 0), sentence, reason: reasons.at(-1) };
    },
  };
}
function straight({ k1, k2 }: FlowWorld): void {
  k1.append('orders', 0, records(...from(0, 25)));
  k2.append('K1.orders', 0, records(...from(0, 20)));
}

test('the group goes on at home right behind the last record it has processed, and that is said', async () => {
  const { run, sync } = await world();
  sync(19n, 19n);
  expect(await run()).toEqual({
    at: 17n,
    sentence: '1 positions restored on K1: 1 exact',
    reason: 'billing orders-0 at 17: content 17; C 10, home now 10, S 10, d 17, stored unknown (1 exact)',
  });
});

test('how much is processed again is kept with what told it', async () => {
  const { run, ports, sync } = await world();
  sync(19n, 19n);
  await run();
  expect((await ports.control.positions(SET, 1))[0]?.partitions['0']?.reprocess).toEqual({
    atMost: '0',
    because: 'by the records of both logs',
  });
});

test('without a sync behind the boundary a life of the task may have been that left none: all since S is the bound', async () => {
  const { run } = await world();
  expect(await run()).toMatchObject({ at: 17n, sentence: '1 positions restored on K1: 1 bounded by 7 records' });
});

const notCompared: readonly (readonly [string, (flow: FlowWorld) => void])[] = [
  ['home is compacted', ({ k1 }) => k1.setSettings('orders', { 'cleanup.policy': 'compact' })],
  ['the remote topic is compacted', ({ k2 }) => k2.setSettings('K1.orders', { 'cleanup.policy': 'compact,delete' })],
  [
    'the remote topic has times of its own',
    ({ k2 }) => k2.setSettings('K1.orders', { 'message.timestamp.type': 'LogAppendTime' }),
  ],
  ['a record was written twice at home', ({ k1 }) => k1.append('orders', 0, records(16))],
];
test.each(notCompared)('%s: what syncs say, with its bound', async (_story, change) => {
  const { run } = await world((flow) => {
    straight(flow);
    change(flow);
  });
  expect(await run()).toMatchObject({ at: 11n, sentence: '1 positions restored on K1: 1 bounded by 6 records' });
});

test.each([
  ['up to where the copies begin', 14n, 14n, 'recomputed 11'],
  ['to shortly before', 13n, 17n, 'content 17'],
])('retention at home has come %s', async (_story, start, expected, by) => {
  const { run } = await world((flow) => {
    straight(flow);
    flow.k1.deleteBefore('orders', 0, start);
  });
  const { at, reason } = await run();
  expect([at, reason]).toEqual([expected, expect.stringContaining(by)]);
});

test('a flow that reads committed records copies in transactions: markers and aborted records lie between', async () => {
  const { run } = await world(
    ({ k1, k2 }) => {
      k1.append('orders', 0, records(...from(0, 15)));
      k1.begin('orders', 0, records(90, 91)).end('abort');
      k1.begin('orders', 0, records(18)).end('commit');
      // 0 to 14 are copied to 0 to 14, the marker is 15, then 18 is copied to 16 with the marker 17.
      k2.begin('K1.orders', 0, records(...from(0, 15))).end('commit');
      k2.begin('K1.orders', 0, records(18)).end('commit');
    },
    18n,
    { replication: { exactlyOnce: true } },
  );
  expect(await run()).toMatchObject({ at: 19n, sentence: '1 positions restored on K1: 1 exact' });
});

test('a copy of an aborted transaction right before the position may have been read: syncs answer', async () => {
  const { run } = await world(({ k1, k2 }) => {
    k1.append('orders', 0, records(...from(0, 25)));
    k2.append('K1.orders', 0, records(...from(0, 16)));
    k2.begin('K1.orders', 0, records(16)).end('abort');
  });
  expect(await run()).toMatchObject({ at: 11n });
});

test('the copies lie behind many markers', async () => {
  const { run } = await world(({ k1, k2 }) => {
    k1.append('orders', 0, records(...from(0, 13)));
    k2.append('K1.orders', 0, records(...from(0, 13)));
    for (let i = 0; i < 20; i += 1) k2.begin('K1.orders', 0, []).end('commit');
  }, 33n);
  expect(await run()).toMatchObject({ at: 13n });
});

test('without any sync, the copies at S and before d are found: an anchor and the boundary', async () => {
  const flow = await world();
  flow.k2.deleteTopic('mm2-offset-syncs.K1.internal');
  expect(await flow.run()).toMatchObject({ at: 17n, sentence: '1 positions restored on K1: 1 bounded by 7 records' });
});

describe('the look at both logs', () => {
  const both = ({ k1, k2 }: FlowWorld) => ({ home: k1.reader(), refuge: k2.reader() });
  const ends = (end: bigint) => ({ start: 0n, highWatermark: end, lastStable: end });
  const question = (end = 25n, drained = 17n) => ({
    ...{ topic: 'orders', remote: 'K1.orders', partition: 0 },
    ends: ends(end),
    sought: { drained, atSeed: [] },
  });
  const lookAt = async (logs: { home: ClusterReader; refuge: ClusterReader }, limitMs = 5_000, asked = question()) => {
    const { last } = (await lookByContent(logs, [asked], limitMs))(asked)!;
    return last.kind === 'exact' ? last.point.upstream : last.reason;
  };

  test('what was not asked is not answered', async () => {
    const look = await lookByContent(both(await world()), [], 5_000);
    expect(look({ topic: 'orders', partition: 0 })).toBeUndefined();
  });
  test('without time left nothing is read', async () => {
    expect(await lookAt(both(await world()), 0)).toBe('OUT_OF_TIME');
  });
  test('a cluster that hangs is not waited for', async () => {
    const logs = both(await world());
    const hangs = { ...logs.home, offsetAt: () => new Promise<never>(() => undefined) };
    expect(await lookAt({ ...logs, home: hangs }, 20)).toBe('OUT_OF_TIME');
  });
  test.each(['readLog', 'topicSettings'] as const)('a refuge that refuses %s leaves it open', async (method) => {
    const logs = both(await world());
    const refuses = { ...logs.refuge, [method]: () => Promise.reject(new Error('TOPIC_AUTHORIZATION_FAILED')) };
    expect(await lookAt({ ...logs, refuge: refuses })).toBe('UNREADABLE');
  });
  test('nothing at home is as young', async () => {
    const flow = await world(({ k1, k2 }) => {
      k1.append('orders', 0, records(...from(0, 5)));
      k2.append('K1.orders', 0, records(...from(0, 20)));
    });
    expect(await lookAt(both(flow))).toBe('NO_MATCH');
  });
  test.each([
    ['20,000 records are read to the end', 20_000, 19_000n],
    ['with one more an equal record might not have been read', 20_001, 'BEYOND_WINDOW'],
  ])('all records of home have one time: %s', async (_story, count, expected) => {
    const flow = await world(({ k1, k2 }) => {
      const sameTime = (...numbers: readonly number[]) =>
        numbers.map((n) => ({ key: 'k', value: `record ${n}`, timestampMs: TEN_O_CLOCK }));
      k1.append('orders', 0, sameTime(...from(0, count)));
      k2.append('K1.orders', 0, sameTime(...from(18_998, 19_001)));
    });
    expect(await lookAt(both(flow), 60_000, question(BigInt(count), 3n))).toBe(expected);
  });
  test('large records are read in small steps, up to 32 MB', async () => {
    const large = (...numbers: readonly number[]) =>
      numbers.map((n) => ({ value: `${n} `.padEnd(1024 * 1024, 'x'), timestampMs: TEN_O_CLOCK }));
    const flow = await world(({ k1, k2 }) => {
      k1.append('orders', 0, large(...from(0, 70)));
      k2.append('K1.orders', 0, large(66, 67, 68));
    });
    const steps: bigint[] = [];
    const logs = both(flow);
    const readLog: ClusterReader['readLog'] = (topic, partition, start, options) => {
      steps.push(options!.to! - (start as { offset: bigint }).offset);
      return logs.home.readLog(topic, partition, start, options);
    };
    expect(await lookAt({ ...logs, home: { ...logs.home, readLog } }, 60_000, question(70n, 3n))).toBe('BEYOND_WINDOW');
    expect(steps.every((step) => step <= 16n)).toBe(true);
    expect(steps.reduce((sum, step) => sum + step, 0n)).toBeLessThan(49n);
  });
});
