/** Rights are what the code uses: per function every action, and the uses behind them compared with the calls made. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FUNCTIONS, type FunctionName } from '../../core/contracts/environment.ts';
import { type GrantedPort, PERMISSIONS } from '../../infra/constructs/permissions.ts';
import { configOf, synthesize } from '../support/synthesized.ts';

const names = Object.keys(FUNCTIONS) as FunctionName[];
const stack = synthesize(configOf('two-regions-witness')).get('eu-west-1')!;

interface Statement {
  readonly Action: string | readonly string[];
}

/** Every action that the role of a function is allowed, without those of its log group and its network interfaces. The clusters of this example need no rights; those are tested in stacks.test.ts. */
function actionsOf(name: FunctionName): readonly string[] {
  const fn = stack
    .ofType('AWS::Lambda::Function')
    .find(({ Properties }) => Properties['FunctionName'] === `mm2-failover-orders-${name}`)!;
  const role = (fn.Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
  const actions = stack
    .ofType('AWS::IAM::Policy')
    .filter(({ Properties }) => (Properties['Roles'] as { Ref: string }[]).some(({ Ref }) => Ref === role))
    .flatMap(({ Properties }) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement)
    .flatMap(({ Action }) => Action);
  return [...new Set(actions)].filter((action) => !/^(logs|ec2):/.test(action)).toSorted();
}

const READ = ['dynamodb:GetItem', 'dynamodb:Query'];
const WRITE = ['dynamodb:PutItem'];
const REMOVE = ['dynamodb:DeleteItem'];
/** The example has an alarm as a witness. */
const SEE_ALARMS = ['cloudwatch:DescribeAlarms'];
const TELL_BUS = ['events:PutEvents'];
const TELL_PEOPLE = ['kms:Decrypt', 'kms:GenerateDataKey', 'sns:Publish'];
const SEE_ROUTING = ['ssm:GetParameter', 'ssm:GetParameters'];
const PUT_ROUTING = ['ssm:PutParameter'];
/** Of the scratch parameter alone: stacks.test.ts has the resources. */
const PUT_SCRATCH = ['ssm:PutParameter'];
/** Sending to the queue of what it could not take is done by Lambda, under the function's role. */
const SEND_UNDELIVERED = [
  'kms:Decrypt',
  'kms:Encrypt',
  'kms:GenerateDataKey*',
  'kms:ReEncrypt*',
  'sqs:GetQueueAttributes',
  'sqs:GetQueueUrl',
  'sqs:SendMessage',
];

describe('every function may do exactly this', () => {
  test.each<readonly [FunctionName, readonly (readonly string[])[]]>([
    ['probe-clusters', [READ, WRITE]],
    ['probe-replication', [READ, WRITE]],
    ['seed-positions', [READ, WRITE]],
    ['assess', [READ, WRITE, TELL_BUS, SEE_ALARMS]],
    [
      'reconcile',
      [
        READ,
        WRITE,
        SEE_ROUTING,
        PUT_ROUTING,
        TELL_BUS,
        TELL_PEOPLE,
        ['states:StartExecution', 'states:DescribeExecution'],
      ],
    ],
    ['record-adoption', [READ, WRITE, SEND_UNDELIVERED]],
    [
      'operate',
      [
        READ,
        WRITE,
        REMOVE,
        SEE_ROUTING,
        ['states:StartExecution', 'states:DescribeExecution', 'states:SendTaskSuccess'],
      ],
    ],
    [
      'claim-move',
      [READ, WRITE, REMOVE, TELL_BUS, PUT_SCRATCH, ['states:DescribeExecution', 'states:SendTaskSuccess']],
    ],
    ['ask-operator', [READ, WRITE, TELL_BUS, TELL_PEOPLE, ['states:SendTaskSuccess']]],
    ['pin-positions', [READ, WRITE]],
    ['publish-routing', [READ, WRITE, SEE_ROUTING, PUT_ROUTING, TELL_BUS]],
    ['await-adoption', [READ, WRITE]],
    ['measure-drain', [READ, WRITE]],
    ['restore-positions', [READ, WRITE]],
    ['conclude-move', [READ, WRITE, REMOVE, TELL_BUS, TELL_PEOPLE]],
  ])('%s', (name, actions) => {
    expect(actionsOf(name)).toEqual(actions.flat().toSorted());
  });
});

/** Calls of a port's methods, as uses. */
const CALLS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  control: {
    read: /control\b\.(readSet|decisions|verdict|homeSamples|seeds|positions|adoptions?|stages?|question|incarnation)\b/,
    write: /control\b\.(writeSet|put\w+|reviseQuestion)\b/,
    remove: /control\b\.clearQuestion\b/,
  },
  workflows: { start: /workflows\.start\b/, look: /workflows\.(status|result)\b/, answer: /workflows\.answer\b/ },
  observations: {
    read: /observations\.(newestSet|clustersSince|flowsSince|holdsLease)\b/,
    write: /observations\.(put\w+|takeLease)\b/,
  },
  kafka: { read: /kafka\.reader\b/, commit: /kafka\.openCommitter\b/ },
};

/** What a function is bundled from, so far as it is use case: no adapters. */
function sourcesOf(name: FunctionName): string {
  const seen = new Map<string, string>();
  const visit = (file: string): void => {
    if (seen.has(file) || file.includes('/adapters/') || !existsSync(file)) return;
    const source = readFileSync(file, 'utf8');
    seen.set(file, source);
    for (const [, path = ''] of source.matchAll(/^(?:import (?!type).*|\}) from '(\.[^']+)';$/gm))
      visit(join(dirname(file), path));
  };
  for (const file of readdirSync(`lambdas/${name}`)) visit(`lambdas/${name}/${file}`);
  return [...seen.values()].join('\n');
}

describe('every use that is granted is made, and every one that is made is granted', () => {
  test.each(names)('%s', (name) => {
    const source = sourcesOf(name);
    const made = Object.entries(CALLS).map(([port, uses]) => [
      port,
      Object.entries(uses)
        .filter(([, call]) => call.test(source))
        .map(([use]) => use),
    ]);
    const granted = Object.keys(CALLS).map((port) => [port, PERMISSIONS[name][port as GrantedPort] ?? []]);
    expect(granted).toEqual(made);
  });
});
