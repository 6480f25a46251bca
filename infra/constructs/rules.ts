/** Who starts what: the minute, our own events, CloudWatch alarms. Every target gives up early and leaves a trace. */
import { Duration, Stack } from 'aws-cdk-lib';
import { EventBus, EventField, Match, Rule, RuleTargetInput, Schedule } from 'aws-cdk-lib/aws-events';
import {
  EventBus as BusTarget,
  LambdaFunction as FunctionTarget,
  SfnStateMachine,
} from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { IStateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import type { Construct } from 'constructs';
import { busOf, placedSets, setsControlledFrom, setsMovedFrom, triggerAlarms } from '../../core/config/pair.ts';
import type { PairConfig, TriggerAlarm } from '../../core/config/schema.ts';
import { CLIENT_EVENT_SOURCE, EVENT_SOURCE, type EventName } from '../../core/contracts/events.ts';
import type { WorkflowInput } from '../../core/contracts/workflow.ts';

/** An outage heard of five minutes late must not move anybody; assess says it again every minute while it is true. */
const promptly = (deadLetterQueue: IQueue) => ({ deadLetterQueue, maxEventAge: Duration.minutes(5), retryAttempts: 3 });
/** The next tick replaces this one. */
const thisMinute = (deadLetterQueue: IQueue) => ({
  deadLetterQueue,
  maxEventAge: Duration.seconds(60),
  retryAttempts: 1,
});

/** Schedules exist on the default bus only. */
export function everyMinute(scope: Construct, name: string, fn: IFunction, undelivered: IQueue): Rule {
  return new Rule(scope, `${name} every minute`, {
    description: `${name} looks around once a minute (and loops inside)`,
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new FunctionTarget(fn, thisMinute(undelivered))],
  });
}

export interface RuleContext {
  readonly scope: Construct;
  readonly config: PairConfig;
  readonly region: string;
  readonly bus: EventBus;
  readonly machines: Readonly<Record<'failover' | 'failback', IStateMachine>>;
  readonly undeliveredMoves: IQueue;
  readonly undeliveredEvents: IQueue;
}

export const ours = (context: RuleContext, name: EventName) => ({
  source: [name === 'ClientAdopted' ? CLIENT_EVENT_SOURCE : EVENT_SOURCE],
  detailType: [name],
  account: [Stack.of(context.scope).account],
  detail: {
    pair: [context.config.pair],
    // Clients of a set that is led from its home region acknowledge here.
    clientSet: (name === 'ClientAdopted' ? setsMovedFrom : setsControlledFrom)(context.config, context.region).map(
      (set) => set.name,
    ),
  },
});

/** The workflow's input as a rule fills it in: constants, or fields of the event that are always there. */
const input = (fields: { readonly [K in keyof WorkflowInput]?: WorkflowInput[K] | string }): RuleTargetInput =>
  RuleTargetInput.fromObject(fields);

/** OutageConfirmed starts the failover machine, RecoveryConfirmed the failback machine. */
export function verdictRules(context: RuleContext): void {
  if (setsControlledFrom(context.config, context.region).length === 0) return;
  for (const [event, move] of [
    ['OutageConfirmed', 'failover'],
    ['RecoveryConfirmed', 'failback'],
  ] as const)
    new Rule(context.scope, event, {
      description: `${event} starts a ${move} of its client set; the claim makes many starts one move`,
      eventBus: context.bus,
      eventPattern: ours(context, event),
      targets: [
        new SfnStateMachine(context.machines[move], {
          ...promptly(context.undeliveredMoves),
          input: input({
            pair: EventField.fromPath('$.detail.pair'),
            clientSet: EventField.fromPath('$.detail.clientSet'),
            move,
            trigger: 'automatic',
            expectedEpoch: EventField.fromPath('$.detail.epoch'),
            reason: EventField.fromPath('$.detail.sentence'),
            requestedBy: 'assess',
            incidentId: EventField.fromPath('$.detail.incidentId'),
          }),
        }),
      ],
    });
}

/** Clients acknowledge what they adopted, and say so again as a heartbeat. */
export function adoptionRule(context: RuleContext, recordAdoption: IFunction): void {
  if (setsMovedFrom(context.config, context.region).length === 0) return;
  new Rule(context.scope, 'ClientAdopted', {
    description: 'Acknowledgements of clients are kept for await-adoption',
    eventBus: context.bus,
    eventPattern: ours(context, 'ClientAdopted'),
    targets: [new FunctionTarget(recordAdoption, promptly(context.undeliveredEvents))],
  });
}

const alarmPattern = (alarm: TriggerAlarm, account: string) => ({
  source: ['aws.cloudwatch'],
  detailType: ['CloudWatch Alarm State Change'],
  account: [account],
  detail: { alarmName: [alarm.name], state: { value: Match.exactString('ALARM') } },
});

/**
 * An alarm is heard on the default bus of the region where it lives. The region that controls its set starts the machine;
 * the other one forwards to the controlling region's own bus, where the same rule stands once more.
 */
export function alarmRules(context: RuleContext): void {
  const stack = Stack.of(context.scope);
  const sets = new Map(placedSets(context.config).map((placed) => [placed.name, placed]));
  for (const alarm of triggerAlarms(context.config)) {
    const controlRegion = sets.get(alarm.clientSet)!.controlRegion;
    const eventPattern = alarmPattern(alarm, stack.account);
    if (controlRegion === context.region) {
      const targets = [
        new SfnStateMachine(context.machines.failover, {
          ...promptly(context.undeliveredMoves),
          input: alarmInput(context.config, alarm),
        }),
      ];
      new Rule(context.scope, `Alarm ${alarm.name} for ${alarm.clientSet}`, {
        description: `Alarm ${alarm.name} asks for a failover of ${alarm.clientSet}`,
        eventPattern,
        targets,
      });
      new Rule(context.scope, `Alarm ${alarm.name} for ${alarm.clientSet} forwarded`, {
        description: `Alarm ${alarm.name} of another region asks for a failover of ${alarm.clientSet}`,
        eventBus: context.bus,
        eventPattern,
        targets,
      });
    } else {
      const there = stack.formatArn({
        service: 'events',
        region: controlRegion,
        resource: 'event-bus',
        resourceName: busOf(context.config),
      });
      const bus = EventBus.fromEventBusArn(context.scope, `Bus for alarm ${alarm.name} for ${alarm.clientSet}`, there);
      new Rule(context.scope, `Alarm ${alarm.name} for ${alarm.clientSet}`, {
        description: `Alarm ${alarm.name} is forwarded to ${controlRegion}, which controls ${alarm.clientSet}`,
        eventPattern,
        // A bus as target takes no retry policy; claim-move judges a late request like any other.
        targets: [new BusTarget(bus, { deadLetterQueue: context.undeliveredMoves })],
      });
    }
  }
}

/** Pair and set are constants of the configuration: an alarm's own text names nothing. */
const alarmInput = (config: PairConfig, alarm: TriggerAlarm): RuleTargetInput =>
  input({
    pair: config.pair,
    clientSet: alarm.clientSet,
    move: 'failover',
    trigger: 'alarm',
    alarm: alarm.name,
    reason: `CloudWatch alarm ${alarm.name} went to ALARM`,
    // A name may be longer than what is kept about who asked; the whole of it is in `alarm`.
    requestedBy: `alarm ${alarm.name}`.slice(0, 200),
  });
