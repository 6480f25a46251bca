import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient, PutRuleCommand, PutTargetsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  ListExecutionsCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { flowNames } from '../../core/replication/names.ts';
import { decodeConnectorSettings } from '../../core/replication/records.ts';
import { kafkaPorts } from '../../lambdas/adapters/kafka/index.ts';
import { noSecrets, pairWith, silentLog } from './support/kafka.ts';
import { waitFor } from '../support/world/conditions.ts';
import type { KafkaCluster } from '../support/world/kafka-cluster.ts';
import { startWorld, type World } from '../support/world/world.ts';
import { PATIENT } from './support/patience.ts';

let world: World;
beforeAll(async () => {
  world = await startWorld({
    name: 'world-test',
    mirror: { isolationLevel: 'read_committed' },
    endWithThisProcess: false,
  });
  for (const cluster of [world.k1, world.k2]) await cluster.createTopics([{ topic: 'orders', numPartitions: 2 }]);
});
afterAll(() => world.stop());

async function send(cluster: KafkaCluster, count: number): Promise<void> {
  const producer = cluster.kafka().producer();
  await producer.connect();
  await producer.send({
    topic: 'orders',
    messages: Array.from({ length: count }, (_, i) => ({ key: `${i}`, value: `${i}` })),
  });
  await producer.disconnect();
}

async function count(cluster: KafkaCluster, topic: string): Promise<number> {
  const ends = await cluster.admin((admin) => admin.fetchTopicOffsets(topic));
  return ends.reduce((sum, { high }) => sum + Number(high), 0);
}

const reaches = (cluster: KafkaCluster, topic: string, expected: number): Promise<number> =>
  waitFor(
    `${expected} records in ${topic} on ${cluster.alias}`,
    async () => {
      const found = await count(cluster, topic);
      return found >= expected ? found : undefined;
    },
    PATIENT,
  );

describe('the local world', () => {
  test('mirrors both ways', async () => {
    await Promise.all([send(world.k1, 100), send(world.k2, 30)]);
    expect(await reaches(world.k2, 'K1.orders', 100)).toBe(100);
    expect(await reaches(world.k1, 'K2.orders', 30)).toBe(30);
  });

  test('holds a flow back on request, and only that: its heartbeats go on', async () => {
    await world.flow('K1->K2').pauseFlow();
    await send(world.k1, 50);
    const beats = await count(world.k2, 'heartbeats');
    await reaches(world.k2, 'heartbeats', beats + 2);
    expect(await count(world.k2, 'K1.orders')).toBe(100);
    await world.flow('K1->K2').resumeFlow();
    expect(await reaches(world.k2, 'K1.orders', 150)).toBe(150);
  });

  test('MirrorMaker 2 shows the settings that readiness compares', async () => {
    const config = pairWith(world.k2.bootstrapServers);
    const kafka = kafkaPorts(config, noSecrets, silentLog);
    const reader = kafka.reader('K1'); // the config's first cluster, here the world's K2
    const { connectConfigs } = flowNames({ source: 'K1', target: 'K2' });
    const shown = (await reader.readCompacted(connectConfigs)).flatMap(({ key, value }) => {
      const decoded = decodeConnectorSettings(key, value);
      return decoded.kind === 'record' ? [decoded.value] : [];
    });
    const syncs = await reader.topicSettings(
      ['mm2-offset-syncs.K1.internal'],
      ['cleanup.policy', 'min.compaction.lag.ms'],
    );
    await kafka.closeAll();
    expect(shown.map(({ connector }) => connector).toSorted()).toEqual([
      'MirrorCheckpointConnector',
      'MirrorHeartbeatConnector',
      'MirrorSourceConnector',
    ]);
    for (const { settings } of shown) expect(settings).toMatchObject({ 'offset-syncs.topic.location': 'target' });
    expect(shown.find(({ connector }) => connector === 'MirrorCheckpointConnector')?.settings).toMatchObject({
      'sync.group.offsets.enabled': 'false',
    });
    expect(shown.find(({ connector }) => connector === 'MirrorSourceConnector')?.settings).toMatchObject({
      'source.consumer.isolation.level': 'read_committed',
    });
    expect(syncs.get('mm2-offset-syncs.K1.internal')).toMatchObject({ 'cleanup.policy': 'compact' });
  });

  test('brings a killed cluster back on its port with its log, and the flow goes on by itself without copying twice', async () => {
    await world.k1.kill();
    expect(world.k1.isRunning()).toBe(false);
    await world.k1.restart();
    expect(await reaches(world.k1, 'orders', 150)).toBe(150); // its leaders are elected a moment after it answers
    await send(world.k1, 10);
    expect(await reaches(world.k2, 'K1.orders', 160)).toBe(160);
  });

  test('refuses a second world in the same clone', async () => {
    await expect(startWorld({ name: 'second' })).rejects.toThrow(
      /Another local world runs in this clone \("world-test", pid \d+/,
    );
  });
});

test('an alarm that goes to ALARM puts the event that AWS would put on the default bus, once', async () => {
  const region = 'eu-central-1';
  const settings = world.emulator.client(region);
  const [sfn, events, alarms] = [
    new SFNClient(settings),
    new EventBridgeClient(settings),
    new CloudWatchClient(settings),
  ];
  const definition = JSON.stringify({ StartAt: 'Seen', States: { Seen: { Type: 'Pass', End: true } } });
  const roleArn = 'arn:aws:iam::000000000000:role/any';
  const { stateMachineArn } = await sfn.send(new CreateStateMachineCommand({ name: 'on-alarm', roleArn, definition }));
  const pattern = {
    source: ['aws.cloudwatch'],
    'detail-type': ['CloudWatch Alarm State Change'],
    detail: { state: { value: ['ALARM'] } },
  };
  await events.send(new PutRuleCommand({ Name: 'on-alarm', EventPattern: JSON.stringify(pattern) }));
  await events.send(
    new PutTargetsCommand({
      Rule: 'on-alarm',
      Targets: [{ Id: 'machine', Arn: stateMachineArn!, RoleArn: roleArn }],
    }),
  );
  await alarms.send(
    new PutMetricAlarmCommand({
      AlarmName: 'k1-down',
      Namespace: 'Kafka',
      MetricName: 'Down',
      Dimensions: [{ Name: 'Cluster', Value: 'K1' }],
      Statistic: 'Maximum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    }),
  );
  for (const StateValue of ['OK', 'ALARM', 'ALARM', 'OK'] as const)
    await alarms.send(
      new SetAlarmStateCommand({ AlarmName: 'k1-down', StateValue, StateReason: `set to ${StateValue}` }),
    );
  const started = await waitFor(
    'an execution',
    async () => {
      const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
      return executions.length > 0 ? executions : undefined;
    },
    PATIENT,
  );
  expect(started).toHaveLength(1);
  const { input } = await sfn.send(new DescribeExecutionCommand({ executionArn: started[0]!.executionArn }));
  expect(JSON.parse(input ?? '')).toMatchObject({
    source: 'aws.cloudwatch',
    'detail-type': 'CloudWatch Alarm State Change',
    resources: [`arn:aws:cloudwatch:${region}:000000000000:alarm:k1-down`],
    detail: {
      alarmName: 'k1-down',
      configuration: {
        metrics: [
          { metricStat: { metric: { namespace: 'Kafka', name: 'Down', dimensions: { Cluster: 'K1' } }, period: 60 } },
        ],
      },
      previousState: { value: 'OK', reason: 'set to OK' },
      state: { value: 'ALARM', reason: 'set to ALARM' },
    },
  });
});

test('its end leaves logs, and no data', async () => {
  await world.stop();
  expect(existsSync(join(world.folder, 'K1', 'broker-1.log'))).toBe(true);
  expect(existsSync(join(world.folder, 'K1', 'data'))).toBe(false);
  expect(
    [...world.k1.processes, ...world.k2.processes, world.emulator.process].every(
      (process) => process.ended() !== undefined,
    ),
  ).toBe(true);
});
