/** Every alarm, once. The id is a promise: docs/runbook.md has a chapter of the same name, and a test compares. */
import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import type { Move } from '../../core/contracts/primitives.ts';
import {
  HELD_SETS_METRIC,
  METRICS_NAMESPACE,
  NOT_DELIVERED_METRIC,
  NOT_HEALTHY_METRIC,
  OLD_SIDE_METRIC,
  TAIL_EXPIRING_METRIC,
  PAIRS_TOGETHER_METRIC,
  READINESS_FINDINGS_METRIC,
  REFUSED_FAILOVERS_METRIC,
} from '../../core/contracts/environment.ts';
import { clusterSubject } from '../../core/health/subjects.ts';

interface AlarmRule {
  readonly means: string;
  /** Minutes in a row. */
  readonly minutes: number;
  readonly when: 'something' | 'nothing';
}

/** `something`: a count above 0; silence is fine. `nothing`: a count below 1, and silence is just that. */
export const ALARMS = {
  'undelivered-moves': {
    means: 'An event that should start a move reached no workflow',
    minutes: 1,
    when: 'something',
  },
  'undelivered-events': {
    means: 'A schedule or a client acknowledgement reached no function',
    minutes: 1,
    when: 'something',
  },
  'execution-failed': {
    means: 'A workflow ended in a Fail state: what a person asked for is refused, wrong input, or broken',
    minutes: 1,
    when: 'something',
  },
  'failover-refused': {
    means: 'An outage or an alarm asks for a failover, and a guard refuses it',
    minutes: 1,
    when: 'something',
  },
  'pairs-down-together': {
    means: 'So many pairs report a confirmed outage together that the observer is suspected: no start without a person',
    minutes: 1,
    when: 'something',
  },
  'execution-timed-out': {
    means: 'A workflow reached its time limit, probably while held',
    minutes: 1,
    when: 'something',
  },
  'function-errors': { means: 'A function fails again and again', minutes: 3, when: 'something' },
  'prober-silent': {
    means: 'This vantage has stopped probing: no outage will be confirmed from here',
    minutes: 3,
    when: 'nothing',
  },
  'assess-silent': {
    means: 'Nobody judges in this region: no outage will be confirmed, no readiness is known',
    minutes: 3,
    when: 'nothing',
  },
  'events-not-delivered': {
    means: 'The bus or the topic refused news of this system; what was refused is whole in the log',
    minutes: 1,
    when: 'something',
  },
  'cluster-not-healthy': {
    means: 'The verdict about a cluster is not HEALTHY',
    minutes: 5,
    when: 'something',
  },
  'set-held': { means: 'A move waits for a person', minutes: 1, when: 'something' },
  'set-not-ready': {
    means: 'A client set could not be moved now, although nobody has switched that off',
    minutes: 5,
    when: 'something',
  },
  'set-unprepared': {
    means: 'A client set could be moved, and something would break or be lost by it',
    minutes: 15,
    when: 'something',
  },
  'old-side-active': {
    means: 'A client set has moved, and somebody still writes to its topics or reads in its groups at home',
    minutes: 5,
    when: 'something',
  },
  'tail-expiring': {
    means: 'Retention at home may take records that only home holds within a day, or may have begun to',
    minutes: 5,
    when: 'something',
  },
} as const satisfies Record<string, AlarmRule>;
export type AlarmId = keyof typeof ALARMS;

export const alarmName = (pair: string, id: AlarmId, of?: string): string =>
  `mm2-failover-${pair}-${id}${of === undefined ? '' : `-${of}`}`;

export interface Alarming {
  readonly scope: Construct;
  readonly pair: string;
  readonly topic: ITopic;
}

/** `of` tells apart several alarms of one id: a function, a machine. */
export function alarm({ scope, pair, topic }: Alarming, id: AlarmId, metric: IMetric, of?: string): Alarm {
  const { means, minutes, when } = ALARMS[id];
  const alarmOn = new Alarm(scope, `Alarm ${id}${of === undefined ? '' : ` ${of}`}`, {
    alarmName: alarmName(pair, id, of),
    alarmDescription: `${means}. What to do: docs/runbook.md, chapter "${id}".`,
    metric,
    threshold: when === 'something' ? 0 : 1,
    comparisonOperator:
      when === 'something' ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods: minutes,
    datapointsToAlarm: minutes,
    treatMissingData: when === 'something' ? TreatMissingData.NOT_BREACHING : TreatMissingData.BREACHING,
  });
  alarmOn.addAlarmAction(new SnsAction(topic));
  alarmOn.addOkAction(new SnsAction(topic));
  return alarmOn;
}

const EACH_MINUTE = { period: Duration.minutes(1) };

export function queueAlarm(alarming: Alarming, id: 'undelivered-moves' | 'undelivered-events', queue: IQueue): void {
  alarm(alarming, id, queue.metricApproximateNumberOfMessagesVisible({ ...EACH_MINUTE, statistic: 'Maximum' }));
}

export function machineAlarms(alarming: Alarming, kind: Move, machine: IStateMachine): void {
  alarm(alarming, 'execution-failed', machine.metricFailed({ ...EACH_MINUTE, statistic: 'Sum' }), kind);
  alarm(alarming, 'execution-timed-out', machine.metricTimedOut({ ...EACH_MINUTE, statistic: 'Sum' }), kind);
}

export function functionErrorsAlarm(alarming: Alarming, name: string, fn: IFunction): void {
  alarm(alarming, 'function-errors', fn.metricErrors({ ...EACH_MINUTE, statistic: 'Sum' }), name);
}

/** Counted by Lambda itself, so that a function that no longer starts is seen too. */
export function silenceAlarm(alarming: Alarming, id: 'prober-silent' | 'assess-silent', fn: IFunction): void {
  alarm(alarming, id, fn.metricInvocations({ ...EACH_MINUTE, statistic: 'Sum' }));
}

const ownMetric = (pair: string, metricName: string, statistic: 'Maximum' | 'Sum'): Metric =>
  new Metric({ namespace: METRICS_NAMESPACE, metricName, dimensionsMap: { pair }, ...EACH_MINUTE, statistic });

/** A gauge that assess reports at each turn. Its best value within a minute counts: one bad turn is no alarm. */
export function healthAlarm(alarming: Alarming, cluster: string): void {
  const metric = new Metric({
    namespace: METRICS_NAMESPACE,
    metricName: NOT_HEALTHY_METRIC,
    dimensionsMap: { pair: alarming.pair, subject: clusterSubject(cluster) },
    ...EACH_MINUTE,
    statistic: 'Minimum',
  });
  alarm(alarming, 'cluster-not-healthy', metric, cluster);
}

/** A gauge that reconcile reports every minute: client sets of the pair that wait for a person. */
export function heldAlarm(alarming: Alarming): void {
  alarm(alarming, 'set-held', ownMetric(alarming.pair, HELD_SETS_METRIC, 'Maximum'));
}

/** Counted by every function that tells news, see lambdas/shared/tell.ts. */
export function notDeliveredAlarm(alarming: Alarming): void {
  alarm(alarming, 'events-not-delivered', ownMetric(alarming.pair, NOT_DELIVERED_METRIC, 'Sum'));
}

/** Counted by claim-move each time a rule asks: the alarm stands as long as the outage and the refusal do. */
export function refusedAlarm(alarming: Alarming): void {
  alarm(alarming, 'failover-refused', ownMetric(alarming.pair, REFUSED_FAILOVERS_METRIC, 'Sum'));
}

/** A gauge that assess reports at each turn, where the configuration says how many pairs may look down together. */
export function togetherAlarm(alarming: Alarming): void {
  alarm(alarming, 'pairs-down-together', ownMetric(alarming.pair, PAIRS_TOGETHER_METRIC, 'Maximum'));
}

const UNREADY = [
  ['set-not-ready', 'blocks'],
  ['set-unprepared', 'warns'],
] as const;

/** Gauges that assess reports at each turn: what it found about one set, by severity. */
export function readinessAlarms(alarming: Alarming, clientSet: string): void {
  for (const [id, severity] of UNREADY) {
    const metric = new Metric({
      namespace: METRICS_NAMESPACE,
      metricName: READINESS_FINDINGS_METRIC,
      dimensionsMap: { pair: alarming.pair, clientSet, severity },
      ...EACH_MINUTE,
      statistic: 'Maximum',
    });
    alarm(alarming, id, metric, clientSet);
  }
}

const LEFT_BEHIND = [
  ['old-side-active', OLD_SIDE_METRIC],
  ['tail-expiring', TAIL_EXPIRING_METRIC],
] as const;

/** Gauges that assess reports at each turn, about one set. */
export function oldSideAlarms(alarming: Alarming, clientSet: string): void {
  for (const [id, metricName] of LEFT_BEHIND) {
    const metric = new Metric({
      namespace: METRICS_NAMESPACE,
      metricName,
      dimensionsMap: { pair: alarming.pair, clientSet },
      ...EACH_MINUTE,
      statistic: 'Maximum',
    });
    alarm(alarming, id, metric, clientSet);
  }
}
