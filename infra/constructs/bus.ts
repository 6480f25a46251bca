/** The project's own bus. Outages can be announced on it by the controller's functions only. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { AccountRootPrincipal, AnyPrincipal, Effect, type IRole, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Construct } from 'constructs';
import { CLIENT_EVENT_SOURCE, EVENT_SOURCE } from '../../core/contracts/events.ts';
import type { PairConfig } from '../../core/config/schema.ts';

export function makeBus(scope: Construct, config: PairConfig): EventBus {
  const bus = new EventBus(scope, 'Bus', { eventBusName: config.bus, description: `mm2-failover ${config.pair}` });
  new CfnOutput(scope, 'BusArn', { value: bus.eventBusArn, description: 'Bus of outages, moves and client acknowledgements' });
  return bus;
}

/** Whoever else may put events in this account may not forge an outage: only `speakers` carry the project's source. */
export function guardBus(bus: EventBus, speakers: readonly IRole[]): void {
  bus.addToResourcePolicy(
    new PolicyStatement({
      sid: 'ThisAccountOnly',
      principals: [new AccountRootPrincipal()],
      actions: ['events:PutEvents'],
      resources: [bus.eventBusArn],
      conditions: { StringEquals: { 'events:source': [EVENT_SOURCE, CLIENT_EVENT_SOURCE, 'aws.cloudwatch'] } },
    }),
  );
  bus.addToResourcePolicy(
    new PolicyStatement({
      sid: 'NobodyElseSpeaksForTheController',
      effect: Effect.DENY,
      principals: [new AnyPrincipal()],
      actions: ['events:PutEvents'],
      resources: [bus.eventBusArn],
      conditions: {
        StringEquals: { 'events:source': EVENT_SOURCE, 'aws:PrincipalAccount': Stack.of(bus).account },
        ArnNotEquals: { 'aws:PrincipalArn': speakers.map((role) => role.roleArn) },
      },
    }),
  );
}
