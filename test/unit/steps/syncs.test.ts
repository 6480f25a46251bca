/** How the offset syncs of a flow are read: from the topic that MirrorMaker 2 gives them, and only what is asked for. */
import { describe, expect, test } from '@jest/globals';
import { encodeOffsetSync } from '../../../core/replication/records.ts';
import { syncReader } from '../../../lambdas/gather/syncs.ts';
import { oneTopic } from '../../support/builders/positions.ts';
import { fakeKafka } from '../../support/fakes/kafka.ts';

/** Two syncs of each partition that is named, in the topic of that name. */
function world(cluster: 'K1' | 'K2', syncsTopic: string, partitions: readonly (readonly [string, number])[]) {
  const kafka = fakeKafka();
  const holder = kafka.cluster(cluster);
  holder.createTopic(syncsTopic);
  for (const offset of [0n, 100n])
    for (const [topic, partition] of partitions) {
      const { key, value } = encodeOffsetSync({ topic, partition, upstream: offset, downstream: offset });
      holder.append(syncsTopic, 0, [{ key: Buffer.from(key), value: Buffer.from(value) }]);
    }
  const clock = { nowMs: () => Date.now(), pause: async () => undefined };
  return (replication: object = {}) =>
    syncReader({ kafka, clock }, oneTopic({}, { replication }), {
      flow: { source: 'K1', target: 'K2' },
      topics: new Set(['orders']),
      logSince: () => 0,
    })([{ topic: 'orders', partition: 0, home: 150n }]);
}

test('syncs of topics that nobody moves are passed by', async () => {
  const maps = await world('K2', 'mm2-offset-syncs.K1.internal', [
    ['orders', 0],
    ['foreign', 0],
  ])();
  expect(maps.of('orders', 0).points).toHaveLength(2);
  expect(maps.of('foreign', 0).points).toEqual([]);
});

test('a sync of partition 0 says nothing about partition 1', async () => {
  const maps = await world('K2', 'mm2-offset-syncs.K1.internal', [['orders', 0]])();
  expect(maps.of('orders', 1).points).toEqual([]);
});

describe('the topic they are read from', () => {
  test.each([
    ['by default', 'K2', 'mm2-offset-syncs.K1.internal', {}],
    ['at the source', 'K1', 'mm2-offset-syncs.K2.internal', { offsetSyncsLocation: 'source' }],
    ['with a separator of its own', 'K2', 'mm2-offset-syncs_K1_internal', { separator: '_' }],
    [
      'with a separator that internal topics do not have',
      'K2',
      'mm2-offset-syncs.K1.internal',
      { separator: '_', internalSeparator: false },
    ],
  ] as const)('%s', async (_story, cluster, topic, replication) => {
    const maps = await world(cluster, topic, [['orders', 0]])(replication);
    expect(maps.of('orders', 0).points).toHaveLength(2);
  });
});
