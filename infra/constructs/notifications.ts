/** Where people hear of things, and where events go that could not be delivered. One customer key for both. */
import { CfnOutput, Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { names } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { acknowledge } from './acknowledge.ts';

export class Notifications extends Construct {
  readonly key: Key;
  readonly topic: Topic;

  constructor(scope: Construct, config: PairConfig) {
    super(scope, 'Notifications');
    this.key = new Key(this, 'Key', {
      description: `mm2-failover ${config.pair}: notifications and undelivered events`,
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
      pendingWindow: Duration.days(7),
    });
    // The AWS-managed SNS key lets neither service in: CloudWatch would drop alarm messages without a word.
    this.key.addToResourcePolicy(
      new PolicyStatement({
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com'), new ServicePrincipal('events.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
      }),
    );
    this.topic = new Topic(this, 'Topic', {
      topicName: names.topic(config.pair),
      masterKey: this.key,
      enforceSSL: true,
    });
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'AlarmsMayPublish',
        principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.topic.stack.account } },
      }),
    );
    // EventBridge supports no conditions in topic policies; without this statement rules of yours could not notify here.
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        sid: 'RulesMayPublish',
        principals: [new ServicePrincipal('events.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
      }),
    );
    for (const address of config.notifyEmails) this.topic.addSubscription(new EmailSubscription(address));
    new CfnOutput(scope, 'Topic of notifications', {
      key: 'TopicArn',
      value: this.topic.topicArn,
      description: 'Subscribe here to be told of moves, holds and alarms',
    });
  }

  /** A queue for what a rule or a function could not deliver. `what` becomes part of its name. */
  deadLetters(config: PairConfig, what: string): Queue {
    const queue = new Queue(this, `Undelivered ${what}`, {
      queueName: `mm2-failover-${config.pair}-undelivered-${what}`,
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: this.key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    acknowledge(
      queue,
      'AwsSolutions-SQS3',
      'This is the dead-letter queue itself: of EventBridge targets, which cdk-nag does not see.',
    );
    return queue;
  }
}
