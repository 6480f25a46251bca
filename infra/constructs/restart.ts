/** Restart hooks: RoutingPublished calls what restarts applications that read their configuration only at the start. */
import { Duration, Stack } from 'aws-cdk-lib';
import { type IRule, type IRuleTarget, Rule, type RuleTargetConfig, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as FunctionTarget } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Function } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { placedSets, setsControlledFrom } from '../../core/config/pair.ts';
import type { RestartHook } from '../../core/config/schema.ts';
import { ours, type RuleContext } from './rules.ts';

/** An application that restarts late still reads the newest values, so this one is tried for longer than a move. */
export function restartRules(context: RuleContext): void {
  const { config, region } = context;
  for (const { name, set } of setsControlledFrom(config, region))
    restartRule(context, { id: `Restart of ${name}`, name, hook: set.hooks?.restart });
  // Of one region both would hear the same event.
  for (const { name, set } of placedSets(config).filter(
    (one) => one.homeRegion === region && one.controlRegion !== region,
  ))
    restartRule(context, { id: `Restart of ${name} at home`, name, hook: set.hooks?.restartAtHome });
}

interface Restart {
  readonly id: string;
  readonly name: string;
  readonly hook: RestartHook | undefined;
}

function restartRule(context: RuleContext, { id, name, hook }: Restart): void {
  if (hook === undefined) return;
  const pattern = ours(context, 'RoutingPublished');
  new Rule(context.scope, id, {
    description: `A new routing value restarts applications of ${name} that read theirs at the start`,
    eventBus: context.bus,
    eventPattern: { ...pattern, detail: { ...pattern.detail, clientSet: [name] } },
    targets: [restartTarget(context, name, hook)],
  });
}

const untilItWorks = (deadLetterQueue: IQueue) => ({
  deadLetterQueue,
  maxEventAge: Duration.hours(1),
  retryAttempts: 20,
});

function restartTarget({ scope, undeliveredEvents }: RuleContext, set: string, hook: RestartHook): IRuleTarget {
  if ('automation' in hook) return new AutomationTarget(scope, `Starter for ${set}`, hook, undeliveredEvents);
  // `sameEnvironment`: the permission to call it is made here; its account is not known when the template is made.
  const fn = Function.fromFunctionAttributes(scope, `Restart function of ${set}`, {
    functionArn: hook.function,
    sameEnvironment: true,
  });
  return new FunctionTarget(fn, untilItWorks(undeliveredEvents));
}

/** CDK has no target for SSM Automation. EventBridge starts the document in the name of a role that may do that alone. */
class AutomationTarget implements IRuleTarget {
  readonly #hook: Extract<RestartHook, { automation: string }>;
  readonly #role: Role;
  readonly #undelivered: IQueue;
  readonly #document: string;

  constructor(scope: Construct, id: string, hook: Extract<RestartHook, { automation: string }>, undelivered: IQueue) {
    this.#hook = hook;
    this.#undelivered = undelivered;
    this.#document = Stack.of(scope).formatArn({
      service: 'ssm',
      resource: 'automation-definition',
      resourceName: `${hook.automation}:$DEFAULT`,
    });
    this.#role = new Role(scope, id, { assumedBy: new ServicePrincipal('events.amazonaws.com') });
    this.#role.addToPolicy(
      new PolicyStatement({ actions: ['ssm:StartAutomationExecution'], resources: [this.#document] }),
    );
    this.#role.addToPolicy(
      new PolicyStatement({
        actions: ['iam:PassRole'],
        resources: [hook.role],
        conditions: { StringEquals: { 'iam:PassedToService': 'ssm.amazonaws.com' } },
      }),
    );
  }

  bind(rule: IRule): RuleTargetConfig {
    this.#undelivered.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [this.#undelivered.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
      }),
    );
    const { deadLetterQueue, maxEventAge, retryAttempts } = untilItWorks(this.#undelivered);
    return {
      arn: this.#document,
      role: this.#role,
      input: RuleTargetInput.fromObject({ ...this.#hook.parameters, AutomationAssumeRole: [this.#hook.role] }),
      deadLetterConfig: { arn: deadLetterQueue.queueArn },
      retryPolicy: { maximumEventAgeInSeconds: maxEventAge.toSeconds(), maximumRetryAttempts: retryAttempts },
    };
  }
}
