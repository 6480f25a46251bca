/** What functions that speak Kafka or to schema registries need beside the network: their secrets, and on MSK with IAM the Kafka actions. */
import { Stack } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { names, setsMovedFrom } from '../../core/config/pair.ts';
import type { ClusterConfig, PairConfig } from '../../core/config/schema.ts';
import type { FunctionName } from '../../core/contracts/environment.ts';
import { acknowledge } from './acknowledge.ts';
import { mayUse } from './permissions.ts';

export function kafkaStatements(
  fn: LambdaFunction,
  name: FunctionName,
  config: PairConfig,
  region: string,
): readonly PolicyStatement[] {
  const clusters = Object.values(config.clusters);
  return [
    ...secretStatements(fn, clusters.map(secretArnOf)),
    ...clusters
      .filter(({ security }) => security.kind === 'msk-iam')
      .flatMap((cluster) => mskStatements(fn, name, config, region, cluster)),
  ];
}

export const registryStatements = (fn: LambdaFunction, { clusters }: PairConfig): readonly PolicyStatement[] =>
  secretStatements(
    fn,
    Object.values(clusters).map(({ schemaRegistrySecretArn }) => schemaRegistrySecretArn),
  );

function secretArnOf({ security }: ClusterConfig): string | undefined {
  if (security.kind === 'scram' || security.kind === 'mtls') return security.secretArn;
  return security.kind === 'tls' ? security.caSecretArn : undefined;
}

/** The secrets themselves, and decryption of nothing else: MSK demands a customer key for its SCRAM secrets. */
function secretStatements(fn: LambdaFunction, named: readonly (string | undefined)[]): readonly PolicyStatement[] {
  const arns = [...new Set(named.flatMap((arn) => arn ?? []))];
  if (arns.length === 0) return [];
  acknowledge(
    fn.role!,
    'AwsSolutions-IAM5[Resource::*]',
    'The key of a given secret is not known here; conditions limit this to Secrets Manager decrypting exactly these secrets.',
  );
  return [
    new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: arns }),
    new PolicyStatement({
      actions: ['kms:Decrypt'],
      resources: ['*'],
      conditions: {
        StringEquals: { 'kms:EncryptionContext:SecretARN': arns },
        StringLike: { 'kms:ViaService': `secretsmanager.*.${Stack.of(fn).urlSuffix}` },
      },
    }),
  ];
}

interface MskNeed {
  readonly actions: readonly string[];
  /** Kind of resource and its name below `<cluster name>/<cluster uuid>/`. */
  readonly resources: readonly (readonly ['topic' | 'group' | 'transactional-id', string])[];
}

const TOPIC_SETTINGS_READERS: readonly FunctionName[] = [
  'probe-replication',
  'seed-positions',
  'pin-positions',
  'restore-positions',
];

/** How long brokers keep positions: readiness judges it, and it tells what expired at home from what somebody deleted there. */
const readsBrokerSettings = (name: FunctionName): boolean => name === 'probe-replication' || name === 'seed-positions';

/** README, "Deploy to AWS", lists the same as Kafka ACLs. */
function mskNeeds(name: FunctionName, config: PairConfig, region: string): readonly MskNeed[] {
  const topics = [...new Set(Object.values(config.clientSets).flatMap((set) => set.topics))];
  const groups = [...new Set(Object.values(config.clientSets).flatMap((set) => set.groups.map((group) => group.id)))];
  if (name === 'probe-clusters')
    return [
      { actions: ['CreateTopic', 'DescribeTopic', 'WriteData', 'ReadData'], resources: [['topic', names.canaryTopic]] },
      { actions: ['DescribeGroup', 'AlterGroup'], resources: [['group', names.canaryGroup(region)]] },
      // Leaders, replicas and coordinators of what a failover would move, and min.insync.replicas to judge them by.
      {
        actions: ['DescribeTopic', 'DescribeTopicDynamicConfiguration'],
        resources: topics.map((id) => ['topic', id] as const),
      },
      { actions: ['DescribeGroup'], resources: groups.map((id) => ['group', id] as const) },
    ];
  const reads: MskNeed[] = [
    // Home topics, remote topics and MirrorMaker 2's own topics: their names depend on both aliases and on its settings.
    {
      actions: [
        'DescribeTopic',
        'ReadData',
        // Readiness compares topic settings; a compacted topic proves nothing by its content.
        ...(TOPIC_SETTINGS_READERS.includes(name) ? ['DescribeTopicDynamicConfiguration'] : []),
      ],
      resources: [['topic', '*']],
    },
    { actions: ['DescribeGroup'], resources: [['group', '*']] },
    ...(name === 'probe-replication'
      ? [{ actions: ['DescribeTransactionalId'], resources: [['transactional-id', '*']] } as const]
      : []),
  ];
  if (!mayUse(name, 'kafka', 'commit')) return reads;
  const transactions = setsMovedFrom(config, region).map(
    (placed) => `${names.transactionalId(config.pair, placed.name, '', '').replace(/\.+$/, '')}.*`,
  );
  return [
    ...reads,
    { actions: ['AlterGroup'], resources: groups.map((id) => ['group', id] as const) },
    {
      actions: ['DescribeTransactionalId', 'AlterTransactionalId'],
      resources: transactions.map((id) => ['transactional-id', id] as const),
    },
  ];
}

/** MSK puts the cluster's name and uuid into each ARN; the config knows the cluster by its address only. */
function mskStatements(
  fn: LambdaFunction,
  name: FunctionName,
  config: PairConfig,
  region: string,
  cluster: ClusterConfig,
): readonly PolicyStatement[] {
  const stack = Stack.of(fn);
  const arn = (resource: string, below: string): string => {
    const resourceName = `*/*${below}`;
    acknowledge(
      fn.role!,
      `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:kafka:${cluster.region}:<AWS::AccountId>:${resource}/${resourceName}]`,
      'MSK names resources by the name and uuid of the cluster, which the configuration knows by its address only.',
    );
    return stack.formatArn({ service: 'kafka', region: cluster.region, resource, resourceName });
  };
  const connect = [
    'Connect',
    'DescribeCluster',
    ...(readsBrokerSettings(name) ? ['DescribeClusterDynamicConfiguration'] : []),
    ...(mayUse(name, 'kafka', 'commit') ? ['WriteDataIdempotently'] : []),
  ];
  return [
    new PolicyStatement({
      actions: connect.map((action) => `kafka-cluster:${action}`),
      resources: [arn('cluster', '')],
    }),
    ...mskNeeds(name, config, region).map(
      ({ actions, resources }) =>
        new PolicyStatement({
          actions: actions.map((action) => `kafka-cluster:${action}`),
          resources: resources.map(([kind, id]) => arn(kind, `/${id}`)),
        }),
    ),
  ];
}
