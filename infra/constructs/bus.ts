/** The project's own bus. Outages can be announced on it by the controller's functions only. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { type CfnEventBus, EventBus } from 'aws-cdk-lib/aws-events';
import {
  AccountRootPrincipal,
  AnyPrincipal,
  Effect,
  type IRole,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { busOf } from '../../core/config/pair.ts';
import { CLIENT_EVENT_SOURCE, EVENT_SOURCE } from '../../core/contracts/events.ts';
import type { PairConfig } from '../../core/config/schema.ts';

export function makeBus(scope: Construct, config: PairConfig): EventBus {
  const bus = new EventBus(scope, 'Bus', { eventBusName: busOf(config), description: `mm2-failover ${config.pair}` });
  new CfnOutput(scope, 'BusArn', {
    value: bus.eventBusArn,
    description: 'Bus of outages, moves and client acknowledgements',
  });
  return bus;
}

/**
 * Whoever else may put events in this account may not forge an outage: only `speakers` carry the project's source.
 * A property of the bus and not resources of their own, so that bus and policy change in one step.
 */
export function guardBus(bus: EventBus, busName: string, speakers: readonly IRole[]): void {
  const { account, region } = bus.stack;
  const busArn = Stack.of(bus).formatArn({
    service: 'events',
    account,
    region,
    resource: 'event-bus',
    resourceName: busName,
  });
  const thisAccount = new PolicyStatement({
    sid: 'ThisAccountOnly',
    principals: [new AccountRootPrincipal()],
    actions: ['events:PutEvents'],
    resources: [busArn],
    conditions: { StringEquals: { 'events:source': [EVENT_SOURCE, CLIENT_EVENT_SOURCE, 'aws.cloudwatch'] } },
  });
  const nobodyElse = new PolicyStatement({
    sid: 'NobodyElseSpeaksForTheController',
    effect: Effect.DENY,
    principals: [new AnyPrincipal()],
    actions: ['events:PutEvents'],
    resources: [busArn],
    conditions: {
      StringEquals: { 'events:source': EVENT_SOURCE },
      ArnNotEquals: { 'aws:PrincipalArn': speakers.map((role) => role.roleArn) },
    },
  });
  (bus.node.defaultChild as CfnEventBus).policy = new PolicyDocument({ statements: [thisAccount, nobodyElse] });
}
