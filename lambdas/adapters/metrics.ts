/** Metrics in the embedded metric format (Powertools), namespace "mm2-failover". */
import { Metrics as Powertools } from '@aws-lambda-powertools/metrics';
import { METRICS_NAMESPACE } from '../../core/contracts/environment.ts';
import type { Metrics } from '../ports.ts';

const UNITS = { Count: 'Count', Milliseconds: 'Milliseconds', Seconds: 'Seconds' } as const;

/**
 * Each value becomes a log line of its own at once. Nothing is buffered: functions that loop for a minute would
 * otherwise report all of it with the time of their end. A metric has the given dimensions and no others, because an
 * alarm finds its metric by the exact set.
 */
export const embeddedMetrics = (): Metrics => ({
  put: (name, value, unit, dimensions) => {
    const metric = new Powertools({ namespace: METRICS_NAMESPACE, singleMetric: true });
    metric.clearDefaultDimensions();
    metric.addDimensions({ ...dimensions });
    metric.addMetric(name, UNITS[unit], value);
  },
});
