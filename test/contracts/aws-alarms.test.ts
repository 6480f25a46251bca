/** One suite for alarms: in memory and as CloudWatch on the emulator tells them. */
import { describe, expect, test } from '@jest/globals';
import { CloudWatchClient, PutMetricAlarmCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch';
import type { AlarmState } from '../../core/health/witnesses.ts';
import { cloudWatchAlarms } from '../../lambdas/adapters/cloudwatch/alarms.ts';
import type { Alarms } from '../../lambdas/ports.ts';
import { fakeAlarms } from '../support/fakes/alarms.ts';
import { CONTROL_REGION, emulatorForThisFile, HOME_REGION, ownPair } from './support/aws.ts';

const emulator = emulatorForThisFile();

interface Setting {
  readonly alarms: Alarms;
  readonly set: (region: string, name: string, state: AlarmState) => Promise<void>;
}

async function inMemory(): Promise<Setting> {
  const alarms = fakeAlarms();
  return { alarms, set: async (region, name, state) => alarms.set(region, name, state) };
}

async function onCloudWatch(): Promise<Setting> {
  return {
    alarms: cloudWatchAlarms(),
    set: async (region, name, state) => {
      const client = new CloudWatchClient(emulator.client(region));
      await client.send(
        new PutMetricAlarmCommand({
          AlarmName: name,
          Namespace: 'test',
          MetricName: 'test',
          Statistic: 'Maximum',
          Period: 60,
          EvaluationPeriods: 1,
          Threshold: 0,
          ComparisonOperator: 'GreaterThanThreshold',
        }),
      );
      await client.send(new SetAlarmStateCommand({ AlarmName: name, StateValue: state, StateReason: 'a test' }));
    },
  };
}

describe.each([
  ['in memory', inMemory],
  ['on CloudWatch', onCloudWatch],
] as const)('alarms %s', (_where, make) => {
  test('each state is told by name', async () => {
    const { alarms, set } = await make();
    const name = ownPair();
    await set(CONTROL_REGION, `${name}-one`, 'ALARM');
    await set(CONTROL_REGION, `${name}-two`, 'OK');
    await set(CONTROL_REGION, `${name}-three`, 'INSUFFICIENT_DATA');
    const states = await alarms.states(CONTROL_REGION, [`${name}-one`, `${name}-two`, `${name}-three`]);
    expect(Object.fromEntries(states)).toEqual({
      [`${name}-one`]: 'ALARM',
      [`${name}-two`]: 'OK',
      [`${name}-three`]: 'INSUFFICIENT_DATA',
    });
  });

  test('an alarm that does not exist is absent', async () => {
    const { alarms } = await make();
    expect((await alarms.states(CONTROL_REGION, [`${ownPair()}-never`])).size).toBe(0);
  });

  test('an alarm of another region is another alarm', async () => {
    const { alarms, set } = await make();
    const name = ownPair();
    await set(HOME_REGION, name, 'ALARM');
    expect((await alarms.states(CONTROL_REGION, [name])).size).toBe(0);
  });

  test('what was not asked for is not told', async () => {
    const { alarms, set } = await make();
    const name = ownPair();
    await set(CONTROL_REGION, name, 'ALARM');
    expect([...(await alarms.states(CONTROL_REGION, [`${name}-other`])).keys()]).toEqual([]);
  });
});
