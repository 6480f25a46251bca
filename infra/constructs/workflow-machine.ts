/** A workflow as a Standard state machine. */
import { type CfnElement, CfnOutput, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, type State, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { names } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Move } from '../../core/contracts/primitives.ts';
import type { StepName } from '../../core/contracts/workflow.ts';
import { failbackWorkflow } from '../workflow/failback-workflow.ts';
import { failoverWorkflow } from '../workflow/failover-workflow.ts';
import type { WorkflowContext } from '../workflow/steps.ts';
import { switchoverWorkflow } from '../workflow/switchover-workflow.ts';
import { acknowledge } from './acknowledge.ts';

const WORKFLOWS: Readonly<Record<Move, (context: WorkflowContext) => State>> = {
  failover: failoverWorkflow,
  switchover: switchoverWorkflow,
  failback: failbackWorkflow,
};

/** Logical ids of outputs begin with a capital. */
const OUTPUT: Readonly<Record<Move, string>> = { failover: 'Failover', switchover: 'Switchover', failback: 'Failback' };

/** A hold may last over a long weekend and more. When time is up the claim is still open, and reconcile takes the move up. */
const PATIENCE = Duration.days(14);

export class WorkflowMachine extends Construct {
  readonly machine: StateMachine;

  constructor(
    scope: Construct,
    kind: Move,
    props: {
      readonly config: PairConfig;
      readonly functions: Readonly<Record<StepName, IFunction>>;
      readonly logRetention: RetentionDays;
    },
  ) {
    super(scope, kind);
    const { config, functions } = props;
    const stateMachineName = names.machine(config.pair, kind);
    const start = WORKFLOWS[kind]({
      scope: this,
      machine: kind,
      functions,
      approvalSeconds: config.moves.approvalSeconds,
      holdReminderSeconds: config.moves.holdReminderSeconds,
    });
    const destination = new LogGroup(this, 'Log', {
      logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
      retention: props.logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName,
      stateMachineType: StateMachineType.STANDARD,
      definitionBody: DefinitionBody.fromChainable({ id: stateMachineName, startState: start, endStates: [] }),
      timeout: PATIENCE,
      tracingEnabled: true,
      logs: { destination, level: LogLevel.ALL, includeExecutionData: false },
    });
    acknowledge(this.machine.role, 'AwsSolutions-IAM5[Resource::*]', 'Log delivery and X-Ray take no resource.');
    for (const fn of Object.values(functions))
      acknowledge(
        this.machine.role,
        `AwsSolutions-IAM5[Resource::<${Stack.of(this).getLogicalId(fn.node.defaultChild as CfnElement)}.Arn>:*]`,
        'LambdaInvoke lets the machine invoke any version of its own step function.',
      );
    new CfnOutput(scope, `${kind} machine`, {
      key: `${OUTPUT[kind]}MachineArn`,
      value: this.machine.stateMachineArn,
      description: `Start a ${kind} here`,
    });
  }
}
