/** States of CloudWatch alarms. */
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { ALARM_STATES, type AlarmState } from '../../../core/health/witnesses.ts';
import type { Alarms } from '../../ports.ts';
import { patience, perRegion, within } from '../calls.ts';

const DEADLINE_MS = 2_000;
/** The most that one call takes by name. */
const MAX_NAMES = 100;

/** A client is made at the first read of a region: pairs without witness alarms never pay for one. */
export function cloudWatchAlarms(): Alarms {
  const clientOf = perRegion((region) => new CloudWatchClient({ region, ...patience(DEADLINE_MS) }));
  return {
    states: async (region, names) => {
      const pages = await Promise.all(
        chunks([...new Set(names)]).map((some) =>
          clientOf(region).send(
            new DescribeAlarmsCommand({
              AlarmNames: [...some],
              AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
              MaxRecords: MAX_NAMES,
            }),
            within(DEADLINE_MS),
          ),
        ),
      );
      const alarms = pages.flatMap(({ MetricAlarms = [], CompositeAlarms = [] }) => [
        ...MetricAlarms,
        ...CompositeAlarms,
      ]);
      return new Map(
        alarms.flatMap(({ AlarmName, StateValue }) => {
          const state = ALARM_STATES.find((known) => known === StateValue);
          return AlarmName === undefined || state === undefined
            ? []
            : [[AlarmName, state] satisfies [string, AlarmState]];
        }),
      );
    },
  };
}

const chunks = (names: readonly string[]): readonly (readonly string[])[] =>
  Array.from({ length: Math.ceil(names.length / MAX_NAMES) }, (_, i) =>
    names.slice(i * MAX_NAMES, (i + 1) * MAX_NAMES),
  );
