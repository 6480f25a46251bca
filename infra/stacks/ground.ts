/** What every region has: observations, notifications, undelivered events, and a way to make functions. */
import { Stack, type StackProps } from 'aws-cdk-lib';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import { Code, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import type { PairConfig } from '../../core/config/schema.ts';
import type { FunctionEnv, FunctionName } from '../../core/contracts/environment.ts';
import { acknowledge } from '../constructs/acknowledge.ts';
import { makeFunction, type Network } from '../constructs/function.ts';
import { grant, machineArn } from '../constructs/grants.ts';
import { Notifications } from '../constructs/notifications.ts';
import { speaksKafka } from '../constructs/permissions.ts';
import { observationsTable } from '../constructs/tables.ts';
import type { Alarming } from '../monitoring/alarms.ts';

export interface RegionProps {
  readonly config: PairConfig;
  readonly configVersion: string;
  readonly region: string;
  /** Folder of bundles with the config beside them. */
  readonly code: string;
}

/**
 * The region is known, the account is whoever deploys: the template says `AWS::AccountId`, the CLI finds the account of
 * its credentials, and nothing is looked up at synth.
 */
export const stackProps = ({ config, region }: RegionProps, role: string): StackProps => ({
  env: { region },
  description: `mm2-failover ${config.pair}: ${role} in ${region}`,
  tags: { 'mm2-failover:pair': config.pair },
});

export class Ground {
  readonly alarming: Alarming;
  readonly notifications: Notifications;
  readonly observations: Table;
  readonly undeliveredEvents: Queue;
  readonly logRetention: RetentionDays;
  readonly #stack: Stack;
  readonly #props: RegionProps;
  readonly #code: Code;
  readonly #network: Network | undefined;

  constructor(stack: Stack, props: RegionProps) {
    this.#stack = stack;
    this.#props = props;
    this.#code = Code.fromAsset(props.code);
    this.#network = networkOf(stack, props);
    // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the config admits the enum's values only
    this.logRetention = props.config.logRetentionDays;
    this.notifications = new Notifications(stack, props.config);
    this.observations = observationsTable(stack, props.config.pair);
    this.undeliveredEvents = this.notifications.deadLetters(props.config, 'events');
    this.alarming = { scope: stack, pair: props.config.pair, topic: this.notifications.topic };
  }

  /** A function with its role, granted what permissions.ts says. */
  fn(name: FunctionName, controller: { readonly control?: Table; readonly bus?: EventBus } = {}): LambdaFunction {
    const { config, region } = this.#props;
    const fn = makeFunction(this.#stack, name, {
      pair: config.pair,
      code: this.#code,
      logRetention: this.logRetention,
      environment: this.#environment(controller.control !== undefined),
      network: speaksKafka(name) ? this.#network : undefined,
      undelivered: this.undeliveredEvents,
    });
    grant(fn, name, {
      config,
      region,
      observations: this.observations,
      notifications: this.notifications,
      ...controller,
    });
    return fn;
  }

  #environment(isController: boolean): Record<string, string> {
    const { config, configVersion, region } = this.#props;
    const always = {
      MM2F_CONFIG_VERSION: configVersion,
      MM2F_TOPIC_ARN: this.notifications.topic.topicArn,
    } satisfies Partial<FunctionEnv>;
    if (!isController) return always;
    return {
      ...always,
      MM2F_FAILOVER_MACHINE_ARN: machineArn(this.#stack, region, config.pair, 'failover'),
      MM2F_SWITCHOVER_MACHINE_ARN: machineArn(this.#stack, region, config.pair, 'switchover'),
      MM2F_FAILBACK_MACHINE_ARN: machineArn(this.#stack, region, config.pair, 'failback'),
    } satisfies Partial<FunctionEnv>;
  }
}

/** Attributes as given: synth asks no account for them. */
function networkOf(stack: Stack, { config, region }: RegionProps): Network | undefined {
  const given = config.networks[region];
  if (given === undefined) return undefined;
  const subnets = given.privateSubnetIds.map((id, i) => Subnet.fromSubnetId(stack, `Subnet ${i}`, id));
  for (const subnet of subnets)
    acknowledge(subnet, 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId', 'Nothing here reads or changes routes.');
  return {
    vpc: Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: given.vpcId, availabilityZones: given.availabilityZones }),
    vpcSubnets: { subnets },
    securityGroups: given.securityGroupIds.map((id, i) =>
      SecurityGroup.fromSecurityGroupId(stack, `SecurityGroup ${i}`, id, { mutable: false }),
    ),
  };
}
