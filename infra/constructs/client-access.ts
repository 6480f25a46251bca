/** What an application that follows a client set's routing may do. Attach it to the role of the application. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { ManagedPolicy, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { EventBus } from 'aws-cdk-lib/aws-events';
import type { Construct } from 'constructs';
import type { PlacedSet } from '../../core/config/pair.ts';
import { CLIENT_EVENT_SOURCE } from '../../core/contracts/events.ts';
import { acknowledge } from './acknowledge.ts';

export function clientPolicy(scope: Construct, pair: string, placed: PlacedSet, bus: EventBus): ManagedPolicy {
  const path = `mm2-failover/${pair}/${placed.name}/*`;
  const policy = new ManagedPolicy(scope, `Clients ${placed.name}`, {
    managedPolicyName: `mm2-failover-${pair}-${placed.name}-client`,
    description: `Applications of client set ${placed.name}: read the routing, acknowledge it`,
    statements: [
      new PolicyStatement({
        actions: ['ssm:GetParameter', 'ssm:GetParameters'],
        resources: placed.clientRegions.map((region) =>
          Stack.of(scope).formatArn({ service: 'ssm', region, resource: 'parameter', resourceName: path }),
        ),
      }),
      new PolicyStatement({
        actions: ['events:PutEvents'],
        // That of home too: from there they are led while the refuge is lost.
        resources: [
          bus.eventBusArn,
          ...(placed.homeRegion === placed.controlRegion
            ? []
            : [
                Stack.of(scope).formatArn({
                  service: 'events',
                  region: placed.homeRegion,
                  resource: 'event-bus',
                  resourceName: bus.eventBusName,
                }),
              ]),
        ],
        conditions: { StringEquals: { 'events:source': CLIENT_EVENT_SOURCE } },
      }),
    ],
  });
  for (const region of placed.clientRegions)
    acknowledge(
      policy,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ssm:${region}:<AWS::AccountId>:parameter/${path}]`,
      'The routing value of this client set and the plain values beside it, and a scratch value that says nothing; nothing else lies under this path.',
    );
  new CfnOutput(scope, `ClientPolicy ${placed.name}`, {
    key: `ClientPolicy${placed.name.replace(/[^a-z0-9]/g, '')}`,
    value: policy.managedPolicyArn,
    description: `Attach to the roles of the applications of ${placed.name}`,
  });
  return policy;
}
