import { describe, expect, test } from '@jest/globals';
import {
  checkpointTopic,
  countHops,
  flowNames,
  isCheckpointsTopic,
  isHeartbeatsTopic,
  isInternalTopic,
  isReplicable,
  offsetSyncs,
  originalTopic,
  topicSource,
  upstreamTopic,
  type Naming,
} from '../../core/replication/names.ts';

const flow = { source: 'K1', target: 'K2' };
const underscores: Naming = { separator: '__', internalSeparator: true };
const underscoresButDots: Naming = { separator: '__', internalSeparator: false };

test('a flow K1->K2 leaves these names on K2', () => {
  const names = flowNames(flow);
  expect(names).toMatchObject({
    remotePrefix: 'K1.',
    checkpoints: 'K1.checkpoints.internal',
    heartbeats: 'heartbeats',
    copiedHeartbeats: 'K1.heartbeats',
    connectOffsets: 'mm2-offsets.K1.internal',
    connectStatus: 'mm2-status.K1.internal',
    connectConfigs: 'mm2-configs.K1.internal',
    connectGroup: 'K1-mm2',
  });
  expect(names.remoteTopic('orders')).toBe('K1.orders');
});

test.each([
  ['default separator', undefined, 'K1.checkpoints.internal', 'K1.heartbeats', 'K1.orders'],
  ['own separator', underscores, 'K1__checkpoints__internal', 'K1__heartbeats', 'K1__orders'],
  [
    'own separator, internal topics keep dots',
    underscoresButDots,
    'K1.checkpoints.internal',
    'K1__heartbeats',
    'K1__orders',
  ],
] as const)('%s', (_story, naming, checkpoints, copiedHeartbeats, remote) => {
  const names = flowNames(flow, naming);
  expect([names.checkpoints, names.copiedHeartbeats, names.remoteTopic('orders')]).toEqual([
    checkpoints,
    copiedHeartbeats,
    remote,
  ]);
  expect([names.heartbeats, names.connectOffsets]).toEqual(['heartbeats', 'mm2-offsets.K1.internal']);
});

test.each([
  ['K1.orders', 'orders'],
  ['K1.K3.orders', 'K3.orders'],
  ['payments.v1', null],
  ['K2.orders', null],
  ['K1.', null],
  ['K1orders', null],
])('on K2 the remote topic %s is local topic %s of K1', (remote, local) => {
  expect(flowNames(flow).localTopic(remote)).toBe(local);
});

test.each([
  ['target', undefined, 'mm2-offset-syncs.K1.internal', 'K2'],
  ['source', undefined, 'mm2-offset-syncs.K2.internal', 'K1'],
  ['source', underscores, 'mm2-offset-syncs__K2__internal', 'K1'],
  ['source', underscoresButDots, 'mm2-offset-syncs.K2.internal', 'K1'],
] as const)('syncs of K1->K2 with location %s', (location, naming, topic, cluster) => {
  expect(offsetSyncs(flow, location, naming)).toEqual({ topic, cluster });
});

test.each([
  ['__consumer_offsets', true],
  ['.hiddentopic', true],
  ['mm2-offsets.CLUSTER.internal', true],
  ['mm2-offsets-CLUSTER-internal', true],
  ['mm2-offsets_CLUSTER_internal', false],
  ['K1.orders', false],
])('is %s internal: %s', (topic, expected) => {
  expect(isInternalTopic(topic)).toBe(expected);
});

test('with an own separator the syncs and checkpoints topics are internal too', () => {
  expect(isInternalTopic('mm2-offset-syncs__K2__internal', underscores)).toBe(true);
  expect(isInternalTopic('K1__checkpoints__internal', underscores)).toBe(true);
  expect(isInternalTopic('K1__checkpoints__internal', underscoresButDots)).toBe(false);
});

test.each([
  ['heartbeats', true],
  ['source1.heartbeats', true],
  ['source2.source1.heartbeats', true],
  ['heartbeats!', false],
  ['!heartbeats', false],
  ['source1heartbeats', false],
  ['source1-heartbeats', false],
])('is %s a heartbeats topic: %s', (topic, expected) => {
  expect(isHeartbeatsTopic(topic)).toBe(expected);
});

test('with another separator a name with a dot is no copied heartbeat, which a filter that refuses all lets through', () => {
  const naming: Naming = { separator: '_', internalSeparator: true };
  expect(isHeartbeatsTopic('us-west.heartbeats', naming)).toBe(false);
  expect(isHeartbeatsTopic('us-west_heartbeats', naming)).toBe(true);
});

test.each([
  ['source1.checkpoints.internal', true],
  ['checkpoints.internal', false],
  ['checkpoints-internal', false],
  ['checkpoints.internal!', false],
  ['source1checkpointsinternal', false],
])('is %s a checkpoints topic: %s', (topic, expected) => {
  expect(isCheckpointsTopic(topic)).toBe(expected);
});

test.each([
  ['topic', 'source', -1],
  ['source1.topic', 'source2', -1],
  ['source1.topic', 'source1', 1],
  ['source2.source1.topic', 'source1', 2],
  ['source3.source2.source1.topic', 'source1', 3],
])('hops of %s from %s: %s', (topic, cluster, hops) => {
  expect(countHops(topic, cluster)).toBe(hops);
});

test.each([
  ['target.topic1', false],
  ['target.source.topic1', false],
  ['source.target.topic1', false],
  ['source.target.source.topic1', false],
  ['K1.checkpoints.internal', false],
  ['topic1', true],
  ['source.topic1', true],
  ['heartbeats', true],
  ['us-west.heartbeats', true],
])('does source->target copy %s: %s', (topic, expected) => {
  expect(isReplicable({ source: 'source', target: 'target' }, topic)).toBe(expected);
});

test.each([
  ['source1', 'target2', 'topic3', 'source1.topic3'],
  ['source1', 'target2', 'target2.topic3', 'topic3'],
  ['source1', 'target2', 'source6.topic7', 'source1.source6.topic7'],
])('a checkpoint of %s->%s calls %s %s', (source, target, topic, name) => {
  expect(checkpointTopic({ source, target }, topic)).toBe(name);
});

describe('prefixes', () => {
  test('a local topic with a dot has a "source" by the policy, which is why a prefix alone proves nothing', () => {
    expect(topicSource('payments.v1')).toBe('payments');
    expect(topicSource('payments')).toBeNull();
  });

  test('upstream strips one prefix, original strips all', () => {
    expect(upstreamTopic('K2.K1.t')).toBe('K1.t');
    expect(upstreamTopic('t')).toBeNull();
    expect(originalTopic('K2.K1.t')).toBe('t');
    expect(originalTopic('t')).toBe('t');
  });
});
