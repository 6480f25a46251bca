/** The restart hook of a client set, in the template. */
import { describe, expect, test } from '@jest/globals';
import type { RestartHook } from '../../core/config/schema.ts';
import { configOf, flat, synthesize, type SynthesizedStack } from '../support/synthesized.ts';

const FUNCTION = 'arn:aws:lambda:eu-west-1:111122223333:function:restart-orders';
const ROLE = 'arn:aws:iam::111122223333:role/restart-orders';

/** The stack that controls clients-k1, whose set has the hook. */
const withHook = (restart: RestartHook): SynthesizedStack => {
  const config = configOf('two-regions-witness');
  const k1 = { ...config.clientSets['clients-k1']!, hooks: { restart } };
  return synthesize({ ...config, clientSets: { ...config.clientSets, 'clients-k1': k1 } }).get('eu-west-1')!;
};

interface RestartRule {
  readonly EventPattern: { readonly 'detail-type': readonly string[]; readonly detail: unknown };
  readonly EventBusName: unknown;
  readonly Targets: readonly {
    readonly Arn: unknown;
    readonly Input?: string;
    readonly RoleArn?: { readonly 'Fn::GetAtt': readonly [string] };
    readonly DeadLetterConfig: { readonly Arn: { readonly 'Fn::GetAtt': readonly [string] } };
    readonly RetryPolicy: unknown;
  }[];
}
const rulesOf = (stack: SynthesizedStack) =>
  stack
    .ofType('AWS::Events::Rule')
    .filter(({ Properties }) => JSON.stringify(Properties['EventPattern'] ?? '').includes('"RoutingPublished"'))
    .map(({ id, Properties }) => ({ id, ...(Properties as unknown as RestartRule) }));

test('without one, nothing listens to RoutingPublished', () => {
  expect(rulesOf(synthesize(configOf('two-regions-witness')).get('eu-west-1')!)).toEqual([]);
});

test("a function is called for this set's publishes alone, tried for an hour, and may be called by that rule", () => {
  const stack = withHook({ function: FUNCTION });
  const [rule, ...others] = rulesOf(stack);
  expect(others).toEqual([]);
  expect(rule!.EventPattern.detail).toEqual({ pair: ['orders'], clientSet: ['clients-k1'] });
  expect(rule!.EventBusName).toBeDefined();
  expect(rule!.Targets).toMatchObject([
    { Arn: FUNCTION, RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 20 } },
  ]);
  const permissions = stack
    .ofType('AWS::Lambda::Permission')
    .filter(({ Properties }) => Properties['FunctionName'] === FUNCTION);
  expect(permissions.map(({ Properties }) => Properties)).toEqual([
    {
      Action: 'lambda:InvokeFunction',
      FunctionName: FUNCTION,
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [rule!.id, 'Arn'] },
    },
  ]);
});

describe('at home, from where a set is led whose refuge is lost', () => {
  const AT_HOME = 'arn:aws:lambda:eu-central-1:111122223333:function:restart-orders';
  const config = configOf('two-regions-witness');
  const k1 = { ...config.clientSets['clients-k1']!, hooks: { restartAtHome: { function: AT_HOME } } };
  const stacks = synthesize({ ...config, clientSets: { ...config.clientSets, 'clients-k1': k1 } });
  const homeOf = (region: string) => rulesOf(stacks.get(region)!);

  test("the region of home calls it for this set's publishes", () => {
    const [home] = ['eu-central-1', 'eu-west-1'].flatMap((region) => homeOf(region));
    expect(home?.Targets).toMatchObject([{ Arn: AT_HOME }]);
    expect(home?.EventPattern.detail).toEqual({ pair: ['orders'], clientSet: ['clients-k1'] });
  });

  test('the region that controls the set does not', () => expect(homeOf('eu-west-1')).toEqual([]));
});

const automated = withHook({ automation: 'RestartOrders', role: ROLE, parameters: { Service: ['orders'] } });

test('an automation is started with the parameters given, as the role given', () => {
  const [target] = rulesOf(automated)[0]!.Targets;
  expect(flat(automated, target!.Arn)).toBe(
    'arn:aws:ssm:eu-west-1:000000000000:automation-definition/RestartOrders:$DEFAULT',
  );
  expect(JSON.parse(target!.Input!)).toEqual({ Service: ['orders'], AutomationAssumeRole: [ROLE] });
});

test('who starts it may start that document and pass that role, and nothing else', () => {
  const role = rulesOf(automated)[0]!.Targets[0]!.RoleArn!['Fn::GetAtt'][0];
  const policies = automated
    .ofType('AWS::IAM::Policy')
    .filter(({ Properties }) => JSON.stringify(Properties['Roles']).includes(`"${role}"`));
  const statements = policies.flatMap(
    ({ Properties }) =>
      (Properties['PolicyDocument'] as { Statement: { Action: string; Resource: unknown }[] }).Statement,
  );
  expect(statements.map(({ Action, Resource }) => [Action, flat(automated, Resource)])).toEqual([
    ['ssm:StartAutomationExecution', 'arn:aws:ssm:eu-west-1:000000000000:automation-definition/RestartOrders:$DEFAULT'],
    ['iam:PassRole', ROLE],
  ]);
});

test('what could not be delivered goes to the queue that rings, which takes it from that rule', () => {
  const [rule] = rulesOf(automated);
  const queue = rule!.Targets[0]!.DeadLetterConfig.Arn['Fn::GetAtt'][0];
  expect(automated.resources[queue]!.Properties['QueueName']).toBe('mm2-failover-orders-undelivered-events');
  const allowed = automated
    .ofType('AWS::SQS::QueuePolicy')
    .map(({ Properties }) => JSON.stringify(Properties))
    .filter((text) => text.includes(`"Ref":"${queue}"`) && text.includes(`"Fn::GetAtt":["${rule!.id}","Arn"]`));
  expect(allowed).toHaveLength(1);
});
