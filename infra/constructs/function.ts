/** One function: its own role, its own log group, the limits that its trigger calls for. */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { ISecurityGroup, IVpc, SubnetSelection } from 'aws-cdk-lib/aws-ec2';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, type Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { SqsDestination } from 'aws-cdk-lib/aws-lambda-destinations';
import type { Construct } from 'constructs';
import { names } from '../../core/config/pair.ts';
import { FUNCTIONS, type FunctionName, SCHEDULED_TIMEOUT_SECONDS } from '../../core/contracts/environment.ts';
import { STEP_TIMEOUT_SECONDS } from '../workflow/steps.ts';
import { acknowledge } from './acknowledge.ts';

export interface Network {
  readonly vpc: IVpc;
  readonly vpcSubnets: SubnetSelection;
  readonly securityGroups: ISecurityGroup[];
}

export interface FunctionProps {
  readonly pair: string;
  readonly code: Code;
  readonly logRetention: RetentionDays;
  readonly environment: Readonly<Record<string, string>>;
  /** For functions that speak Kafka; undefined = outside a VPC. */
  readonly network: Network | undefined;
  /** Takes what an asynchronous invocation gave up on. */
  readonly undelivered: IQueue;
}

/**
 * Scheduled functions loop for about 55 s and leave by themselves; the timeout is for those that hang. Retrying one is
 * worse than waiting for the next minute: a stale observation would be taken for a fresh one.
 */
const SCHEDULED = {
  timeout: Duration.seconds(SCHEDULED_TIMEOUT_SECONDS),
  retryAttempts: 0,
  maxEventAge: Duration.seconds(60),
};
/** What the offset syncs take of it: docs/architecture.md, "Positions". */
export const FUNCTION_MEMORY_MB = 256;

const STEP = { timeout: Duration.seconds(STEP_TIMEOUT_SECONDS) };
/** A client repeats its acknowledgement as a heartbeat, so an old one is worth nothing. */
const EVENT = { timeout: Duration.seconds(15), retryAttempts: 2, maxEventAge: Duration.minutes(5) };

const LIMITS = { schedule: SCHEDULED, ClientAdopted: EVENT, people: STEP, workflow: STEP } as const;

/**
 * Judging must not starve because another function of the account took every slot: the newest and the one it relieves,
 * 2 each. A flood of client events must not take the account's slots from the steps of a move: 10.
 */
const RESERVED: Partial<Record<FunctionName, number>> = { 'probe-clusters': 2, assess: 2, 'record-adoption': 10 };

export function makeFunction(scope: Construct, name: FunctionName, props: FunctionProps): LambdaFunction {
  const { trigger } = FUNCTIONS[name];
  const functionName = names.fn(props.pair, name);
  const logGroup = new LogGroup(scope, `${name} log`, {
    logGroupName: `/aws/lambda/${functionName}`,
    retention: props.logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const role = new Role(scope, `${name} role`, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    description: `What ${functionName} may do`,
  });
  logGroup.grantWrite(role);
  if (props.network !== undefined) allowNetworkInterfaces(role);
  if (trigger === 'ClientAdopted')
    for (const action of ['GenerateDataKey*', 'ReEncrypt*'])
      acknowledge(
        role,
        `AwsSolutions-IAM5[Action::kms:${action}]`,
        'What sending to an encrypted queue needs, on the key of that queue only.',
      );
  const reserved = RESERVED[name];
  return new LambdaFunction(scope, name, {
    functionName,
    description: `mm2-failover ${props.pair}: ${name} (docs/architecture.md)`,
    runtime: Runtime.NODEJS_24_X,
    architecture: Architecture.ARM_64,
    memorySize: FUNCTION_MEMORY_MB,
    handler: `${name}.handler`,
    code: props.code,
    role,
    logGroup,
    environment: { ...props.environment },
    ...LIMITS[trigger],
    ...(trigger === 'ClientAdopted' ? { onFailure: new SqsDestination(props.undelivered) } : {}),
    ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
    ...(props.network ?? {}),
  });
}

/** What AWSLambdaVPCAccessExecutionRole grants, without its log permissions. EC2 knows no resources for these calls. */
function allowNetworkInterfaces(role: Role): void {
  role.addToPolicy(
    new PolicyStatement({
      sid: 'NetworkInterfacesOfLambda',
      actions: [
        'ec2:CreateNetworkInterface',
        'ec2:DescribeNetworkInterfaces',
        'ec2:DescribeSubnets',
        'ec2:DeleteNetworkInterface',
        'ec2:AssignPrivateIpAddresses',
        'ec2:UnassignPrivateIpAddresses',
      ],
      resources: ['*'],
    }),
  );
  acknowledge(
    role,
    'AwsSolutions-IAM5[Resource::*]',
    'Lambda makes its network interfaces with these calls, which take no resource.',
  );
}

export const regionOf = (scope: Construct): string => Stack.of(scope).region;
