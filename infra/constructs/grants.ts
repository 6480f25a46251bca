/** From ports (permissions.ts) to IAM statements. Other regions' resources are named, never imported: names are deterministic. */
import { ArnFormat, Stack } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import {
  names,
  setsControlledFrom,
  setsMovedFrom,
  vantages,
  vetoHookOf,
  witnessAlarms,
} from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { FunctionName } from '../../core/contracts/environment.ts';
import { EVENT_SOURCE } from '../../core/contracts/events.ts';
import { type Move, MOVES } from '../../core/contracts/primitives.ts';
import { scratchParameter } from '../../core/contracts/routing.ts';
import { acknowledge } from './acknowledge.ts';
import { kafkaStatements, registryStatements } from './kafka-grants.ts';
import type { Notifications } from './notifications.ts';
import { type GrantedPort, mayUse, PERMISSIONS, portsOf } from './permissions.ts';

/** What a region's functions may be granted. The witness has neither control table nor bus. */
export interface Grantable {
  readonly config: PairConfig;
  readonly region: string;
  readonly observations: Table;
  readonly notifications: Notifications;
  readonly control?: Table;
  readonly bus?: EventBus;
}

/** What the adapter of the tables calls; a put inside a transaction asks for the same right as a put alone. */
const TABLE_ACTIONS = {
  read: ['dynamodb:GetItem', 'dynamodb:Query'],
  write: ['dynamodb:PutItem'],
  remove: ['dynamodb:DeleteItem'],
} as const;

const tableActions = (
  name: FunctionName,
  port: 'observations' | 'observationsOf' | 'control' | 'controlOf' | 'shared',
) => (PERMISSIONS[name][port] ?? []).flatMap((use) => TABLE_ACTIONS[use]);

type Grant = (fn: LambdaFunction, name: FunctionName, on: Grantable) => readonly PolicyStatement[];

const allow = (
  actions: readonly string[],
  resources: readonly string[],
  conditions?: Record<string, Record<string, string | string[]>>,
): PolicyStatement =>
  new PolicyStatement({
    effect: Effect.ALLOW,
    actions: [...actions],
    resources: [...resources],
    ...(conditions === undefined ? {} : { conditions }),
  });

const tableArn = (fn: LambdaFunction, region: string, tableName: string): string =>
  Stack.of(fn).formatArn({ service: 'dynamodb', region, resource: 'table', resourceName: tableName });

const GRANTS: Readonly<Record<GrantedPort, Grant>> = {
  probe: (fn, name, { config, region }) => kafkaStatements(fn, name, config, region),
  kafka: (fn, name, { config, region }) => kafkaStatements(fn, name, config, region),
  schemaRegistries: (fn, _name, { config }) => registryStatements(fn, config),
  observations: (_fn, name, { observations }) => [allow(tableActions(name, 'observations'), [observations.tableArn])],
  observationsOf: (fn, name, { config }) => [
    allow(
      tableActions(name, 'observationsOf'),
      vantages(config).map((region) => tableArn(fn, region, names.observationsTable(config.pair))),
    ),
  ],
  alarms: alarmsGrant,
  control: (_fn, name, { control }) =>
    control === undefined ? [] : [allow(tableActions(name, 'control'), [control.tableArn])],
  controlOf: (fn, name, { config, region }) => {
    const homes = [...new Set(setsControlledFrom(config, region).map((set) => set.homeRegion))].filter(
      (home) => home !== region,
    );
    return homes.length === 0
      ? []
      : [
          allow(
            tableActions(name, 'controlOf'),
            homes.map((home) => tableArn(fn, home, names.controlTable(config.pair))),
          ),
        ];
  },
  shared: (fn, name, { config, region }) =>
    config.shared === undefined
      ? []
      : [allow(tableActions(name, 'shared'), [tableArn(fn, region, config.shared.table)])],
  routing: routingGrant,
  events: (_fn, _name, { bus }) =>
    bus === undefined
      ? []
      : [allow(['events:PutEvents'], [bus.eventBusArn], { StringEquals: { 'events:source': EVENT_SOURCE } })],
  notifier: (_fn, _name, { notifications }) => [
    allow(['sns:Publish'], [notifications.topic.topicArn]),
    allow(['kms:Decrypt', 'kms:GenerateDataKey'], [notifications.key.keyArn]),
  ],
  workflows: workflowsGrant,
  scratch: (fn, _name, { config, region }) => {
    const arns = setsMovedFrom(config, region).flatMap((placed) =>
      placed.clientRegions.map((place) => parameterArn(fn, place, scratchParameter(config.pair, placed.name).slice(1))),
    );
    return arns.length === 0 ? [] : [allow(['ssm:PutParameter'], arns)];
  },
  hooks: (_fn, _name, { config, region }) => {
    const hooks = setsMovedFrom(config, region).flatMap((placed) => vetoHookOf(config, placed) ?? []);
    return hooks.length === 0 ? [] : [allow(['lambda:InvokeFunction'], [...new Set(hooks)])];
  },
};

/** Composite alarms are described to nobody whose permission is narrower than everything. */
function alarmsGrant(fn: LambdaFunction, _name: FunctionName, { config }: Grantable): readonly PolicyStatement[] {
  const regions = [...new Set(witnessAlarms(config).map(({ region }) => region))];
  if (regions.length === 0) return [];
  acknowledge(
    fn.role!,
    'AwsSolutions-IAM5[Resource::*]',
    'CloudWatch describes composite alarms only under a permission for all alarms; the condition limits it to the regions of the configured ones.',
  );
  return [allow(['cloudwatch:DescribeAlarms'], ['*'], { StringEquals: { 'aws:RequestedRegion': regions } })];
}

const parameterArn = (fn: LambdaFunction, region: string, resourceName: string): string =>
  Stack.of(fn).formatArn({ service: 'ssm', region, resource: 'parameter', resourceName });

/** Every place a set that may be moved from here has its parameters; those of a set lie under its own path. */
function routingGrant(
  fn: LambdaFunction,
  name: FunctionName,
  { config, region }: Grantable,
): readonly PolicyStatement[] {
  const sets = setsMovedFrom(config, region);
  const paths = sets.flatMap((placed) =>
    placed.clientRegions.map((place) => ({ place, path: `mm2-failover/${config.pair}/${placed.name}/*` })),
  );
  for (const { place, path } of paths)
    acknowledge(
      fn.role!,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ssm:${place}:<AWS::AccountId>:parameter/${path}]`,
      'The routing value of a client set and the plain values beside it, and a scratch value that says nothing; nothing else lies under this path.',
    );
  if (paths.length === 0) return [];
  const arns = paths.map(({ place, path }) => parameterArn(fn, place, path));
  const write = mayUse(name, 'routing', 'write') ? ['ssm:PutParameter'] : [];
  return [allow(['ssm:GetParameter', 'ssm:GetParameters', ...write], arns)];
}

/** Starts and answers are rights on a machine, looking is one on its executions. */
function workflowsGrant(
  fn: LambdaFunction,
  name: FunctionName,
  { config, region }: Grantable,
): readonly PolicyStatement[] {
  const machines = MOVES.map((machine) => names.machine(config.pair, machine));
  const stack = Stack.of(fn);
  const onMachines = [
    ...(mayUse(name, 'workflows', 'start') ? ['states:StartExecution'] : []),
    ...(mayUse(name, 'workflows', 'answer') ? ['states:SendTaskSuccess'] : []),
  ];
  const machineArns = machines.map((machine) => stateArn(stack, region, 'stateMachine', machine));
  const acting = onMachines.length === 0 ? [] : [allow(onMachines, machineArns)];
  if (!mayUse(name, 'workflows', 'look')) return acting;
  for (const machine of machines)
    acknowledge(
      fn.role!,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:states:${region}:<AWS::AccountId>:execution:${machine}:*]`,
      'Executions get their names when they start; these are those of this pair only.',
    );
  const executionArns = machines.map((machine) => stateArn(stack, region, 'execution', `${machine}:*`));
  return [...acting, allow(['states:DescribeExecution'], executionArns)];
}

const stateArn = (stack: Stack, region: string, resource: string, resourceName: string): string =>
  stack.formatArn({ service: 'states', region, resource, resourceName, arnFormat: ArnFormat.COLON_RESOURCE_NAME });

/** ARN of a machine by its name: functions must know it before the machine, which knows the functions, exists. */
export const machineArn = (stack: Stack, region: string, pair: string, machine: Move): string =>
  stateArn(stack, region, 'stateMachine', names.machine(pair, machine));

export function grant(fn: LambdaFunction, name: FunctionName, on: Grantable): void {
  for (const port of portsOf(name)) for (const statement of GRANTS[port](fn, name, on)) fn.addToRolePolicy(statement);
}
