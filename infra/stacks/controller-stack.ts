/** A cluster's region: probes, judges, and moves the client sets whose refuge is here. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { busOf, flowsInto, setsControlledFrom } from '../../core/config/pair.ts';
import { FUNCTIONS, type FunctionName } from '../../core/contracts/environment.ts';
import { type Move, MOVES } from '../../core/contracts/primitives.ts';
import { guardBus, makeBus } from '../constructs/bus.ts';
import { clientPolicy } from '../constructs/client-access.ts';
import { mayUse } from '../constructs/permissions.ts';
import { restartRules } from '../constructs/restart.ts';
import { adoptionRule, alarmRules, everyMinute, type RuleContext, verdictRules } from '../constructs/rules.ts';
import { controlTable } from '../constructs/tables.ts';
import { WorkflowMachine } from '../constructs/workflow-machine.ts';
import {
  functionErrorsAlarm,
  healthAlarm,
  heldAlarm,
  machineAlarms,
  notDeliveredAlarm,
  queueAlarm,
  oldSideAlarms,
  readinessAlarms,
  refusedAlarm,
  silenceAlarm,
  togetherAlarm,
} from '../monitoring/alarms.ts';
import { Ground, type RegionProps, stackProps } from './ground.ts';

const NAMES = Object.keys(FUNCTIONS) as FunctionName[];

export class ControllerStack extends Stack {
  constructor(scope: Construct, id: string, props: RegionProps) {
    super(scope, id, stackProps(props, 'controller'));
    const { config, region } = props;
    const ground = new Ground(this, props);
    const control = controlTable(this, config.pair);
    const bus = makeBus(this, config);
    const functions = Object.fromEntries(NAMES.map((name) => [name, ground.fn(name, { control, bus })])) as Record<
      FunctionName,
      LambdaFunction
    >;
    guardBus(
      bus,
      busOf(config),
      NAMES.filter((name) => mayUse(name, 'events', 'report')).map((name) => functions[name].role!),
    );

    const make = (kind: Move) =>
      new WorkflowMachine(this, kind, { config, functions, logRetention: ground.logRetention }).machine;
    const machines = {
      failover: make('failover'),
      switchover: make('switchover'),
      failback: make('failback'),
    } as const satisfies Readonly<Record<Move, unknown>>;

    const undeliveredMoves = ground.notifications.deadLetters(config, 'moves');
    const { undeliveredEvents } = ground;
    const rules: RuleContext = { scope: this, config, region, bus, machines, undeliveredMoves, undeliveredEvents };
    for (const name of NAMES)
      if (FUNCTIONS[name].trigger === 'schedule') everyMinute(this, name, functions[name], undeliveredEvents);
    verdictRules(rules);
    adoptionRule(rules, functions['record-adoption']);
    alarmRules(rules);
    restartRules(rules);

    for (const placed of setsControlledFrom(config, region)) {
      clientPolicy(this, config.pair, placed, bus);
      readinessAlarms(ground.alarming, placed.name);
      oldSideAlarms(ground.alarming, placed.name);
    }

    queueAlarm(ground.alarming, 'undelivered-moves', undeliveredMoves);
    queueAlarm(ground.alarming, 'undelivered-events', undeliveredEvents);
    for (const move of MOVES) machineAlarms(ground.alarming, move, machines[move]);
    for (const name of NAMES) functionErrorsAlarm(ground.alarming, name, functions[name]);
    silenceAlarm(ground.alarming, 'prober-silent', functions['probe-clusters']);
    silenceAlarm(ground.alarming, 'assess-silent', functions.assess);
    // Told from the other cluster's region, which does not go down with it.
    for (const { source } of flowsInto(config, region)) healthAlarm(ground.alarming, source);
    heldAlarm(ground.alarming);
    notDeliveredAlarm(ground.alarming);
    refusedAlarm(ground.alarming);
    if (config.shared?.downTogether !== undefined) togetherAlarm(ground.alarming);

    new CfnOutput(this, 'OperateArn', {
      value: functions.operate.functionArn,
      description: 'The one door for people: status, approve, hold answers, pause, mode',
    });
    new CfnOutput(this, 'ControlTableArn', { value: control.tableArn, description: 'Claims, positions, decisions' });
  }
}
