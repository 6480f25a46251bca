/** CloudWatch alarms in memory: an alarm exists once its state is set. */
import type { AlarmState } from '../../../core/health/witnesses.ts';
import type { Alarms } from '../../../lambdas/ports.ts';
import { withFaults, type Faults } from './faults.ts';

export interface FakeAlarms extends Alarms {
  readonly faults: Faults<Alarms>;
  set(region: string, name: string, state: AlarmState): void;
}

export function fakeAlarms(): FakeAlarms {
  const states = new Map<string, AlarmState>();
  const port = withFaults<Alarms>({
    states: async (region, names) =>
      new Map(
        names.flatMap((name) => {
          const state = states.get(`${region} ${name}`);
          return state === undefined ? [] : [[name, state] as const];
        }),
      ),
  });
  return { ...port, set: (region, name, state) => void states.set(`${region} ${name}`, state) };
}
