import { describe, expect, test } from '@jest/globals';
import type { Layout, PartitionLayout } from '../../lambdas/adapters/kafka/layout.ts';
import { visibleLayout } from '../../lambdas/adapters/kafka/layout.ts';
import { lookAt, missingBrokers, protectedAt } from '../../lambdas/adapters/kafka/protected.ts';
import { Deadline } from '../../lambdas/adapters/kafka/deadline.ts';
import type { Link } from '../../lambdas/adapters/kafka/internals.ts';
import { coordinatorsOf, MinInSync } from '../../lambdas/adapters/kafka/protected-wire.ts';
import { pairConfig } from '../support/builders/pair.ts';
import { fakeLog } from '../support/fakes/reports.ts';

const SET = {
  name: 'clients-k1',
  topics: ['orders', 'payments'],
  criticalTopics: ['payments'],
  groups: ['billing', 'audit'],
};
const partition = (changes: Partial<PartitionLayout> = {}): PartitionLayout => ({
  partition: 0,
  leader: 1,
  replicas: [1, 2, 3],
  inSync: [1, 2, 3],
  ...changes,
});
const layout = (topics: Readonly<Record<string, readonly PartitionLayout[]>>, alive = [1, 2, 3]): Layout => ({
  clusterId: 'one',
  controllerId: 1,
  brokers: alive.map((nodeId) => ({ nodeId, host: `b${nodeId}`, port: 9092 })),
  topics: new Map(Object.entries(topics).map(([topic, partitions]) => [topic, { partitions }])),
});
const look = (
  partitions: readonly PartitionLayout[],
  minInSync: readonly (readonly [string, number])[] = [['orders', 2]],
) => lookAt(SET, { layout: layout({ orders: partitions }), minInSync: new Map(minInSync), coordinated: new Map() });

describe('what a look says about a client set', () => {
  test.each<readonly [string, Partial<PartitionLayout>, object]>([
    ['all replicas in sync', {}, { offline: 0, belowMinIsr: 0, underReplicated: 0 }],
    ['no leader', { leader: -1, inSync: [] }, { offline: 1, belowMinIsr: 0, underReplicated: 1 }],
    ['led by a broker that is gone', { leader: 9 }, { offline: 1, belowMinIsr: 0, underReplicated: 0 }],
    ['two of three in sync, two needed', { inSync: [1, 2] }, { offline: 0, belowMinIsr: 0, underReplicated: 1 }],
    ['one of three in sync, two needed', { inSync: [1] }, { offline: 0, belowMinIsr: 1, underReplicated: 1 }],
  ])('%s', (_story, changes, counts) => {
    expect(look([partition(), partition(changes)])).toMatchObject({ partitions: 2, ...counts });
  });

  test('without the setting nobody knows what is below min ISR', () => {
    expect(look([partition({ inSync: [1] })], [])).not.toHaveProperty('belowMinIsr');
  });

  test('a topic that does not serve is named, critical ones first', () => {
    const lost = [partition({ leader: -1 })];
    const facts = { layout: layout({ orders: lost, payments: lost }), minInSync: new Map(), coordinated: new Map() };
    expect(lookAt(SET, facts)?.impairedTopics).toEqual(['payments', 'orders']);
  });

  test('at most 20 topics are named', () => {
    const names = Array.from({ length: 30 }, (_, i) => `topic-${i}`);
    const facts = {
      layout: layout(Object.fromEntries(names.map((name) => [name, [partition({ leader: -1 })]]))),
      minInSync: new Map(),
      coordinated: new Map(),
    };
    expect(lookAt({ ...SET, topics: names }, facts)).toMatchObject({ offline: 30, impairedTopics: { length: 20 } });
  });

  test('only groups that could be asked about are counted', () => {
    const facts = { layout: layout({ orders: [partition()] }), minInSync: new Map() };
    expect(lookAt(SET, { ...facts, coordinated: new Map([['audit', false]]) })).toMatchObject({
      groups: 1,
      withoutCoordinator: 1,
    });
    expect(lookAt(SET, { ...facts, coordinated: new Map() })).not.toHaveProperty('groups');
  });

  test('a set of which no topic can be seen is not looked at', () => {
    expect(lookAt(SET, { layout: layout({}), minInSync: new Map(), coordinated: new Map() })).toBeUndefined();
  });
});

test('brokers that hold replicas but are not alive are missing, each once', () => {
  expect(missingBrokers(layout({ orders: [partition(), partition()] }, [1]))).toBe(2);
});

test('the sets of a cluster are those that have their home there', () => {
  expect(protectedAt(pairConfig({ criticalTopics: ['orders'] }), 'K1')).toEqual([
    { name: 'clients-k1', topics: ['orders', 'payments'], criticalTopics: ['orders'], groups: ['billing'] },
  ]);
});

test('topics that may not be seen, or do not exist, are no finding', () => {
  const topic = (name: string, topicErrorCode: number) => ({ topic: name, topicErrorCode, partitionMetadata: [] });
  const answer = {
    brokers: [],
    clusterId: 'one',
    controllerId: 1,
    topicMetadata: [topic('fine', 0), topic('without a leader', 5), topic('forbidden', 29), topic('missing', 3)],
  };
  expect([...visibleLayout(answer).topics.keys()]).toEqual(['fine', 'without a leader']);
});

/** Answers each call by what the test gives for it. */
const linkThat = (answer: (api: string, args: Record<string, unknown>) => unknown): Link => ({
  greet: async () => undefined,
  apiVersions: async () => undefined,
  call: async <T>(api: string, args: object) => answer(api, args as Record<string, unknown>) as T,
  raw: async () => {
    throw new Error('no raw call is expected');
  },
  isOpen: () => true,
  close: () => undefined,
});

test('a group without a coordinator is one, a group that we may not describe is not known', async () => {
  const codes: Record<string, number> = { billing: 0, audit: 15, secret: 30, loading: 14 };
  const link = linkThat((_api, { groupId }) => ({ errorCode: codes[String(groupId)] }));
  expect([...(await coordinatorsOf(link, Object.keys(codes)))]).toEqual([
    ['billing', true],
    ['audit', false],
  ]);
});

describe('min.insync.replicas', () => {
  const soon = () => new Deadline(1_000);
  const answer = (value: string | null, errorCode = 0) => ({
    resources: [
      { errorCode, resourceName: 'orders', configEntries: [{ configName: 'min.insync.replicas', configValue: value }] },
    ],
  });

  test('is asked for once in five minutes', async () => {
    let calls = 0;
    let nowMs = 0;
    const link = linkThat(() => answer(String((calls += 1))));
    const setting = new MinInSync(fakeLog(), () => nowMs);
    const read = async () => (await setting.of(link, ['orders'], soon())).get('orders');
    const first = await read();
    nowMs = 299_999;
    const second = await read();
    nowMs = 300_000;
    expect([first, second, await read()]).toEqual([1, 1, 2]);
  });

  const readings = async (answers: readonly unknown[], ...instants: readonly number[]) => {
    const left = [...answers];
    let nowMs = 0;
    const link = linkThat(() => {
      const next = left.shift();
      if (next instanceof Error) throw next;
      return next;
    });
    const setting = new MinInSync(fakeLog(), () => nowMs);
    const read: (number | undefined)[] = [];
    for (nowMs of instants) read.push((await setting.of(link, ['orders'], soon())).get('orders'));
    return read;
  };

  test('that gets no answer counts as it was read last, and is asked for again at the next look', async () => {
    const answers = [answer('2'), new Error('closed'), answer('3')];
    expect(await readings(answers, 0, 300_000, 310_000)).toEqual([2, 2, 3]);
  });

  test('that is refused counts as it was read last, and is asked for again after five minutes', async () => {
    const answers = [answer('2'), answer(null, 29), answer('3')];
    expect(await readings(answers, 0, 300_000, 310_000, 600_000)).toEqual([2, 2, 2, 3]);
  });

  test('that was never readable is not known', async () => {
    expect(await readings([answer(null, 29)], 0)).toEqual([undefined]);
  });
});
