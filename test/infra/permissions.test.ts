/** Rights are what the code uses: per function every action, and the uses behind them compared with the calls made. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { FUNCTIONS, type FunctionName } from '../../core/contracts/environment.ts';
import { type GrantedPort, PERMISSIONS } from '../../infra/constructs/permissions.ts';
import { configOf, flat, synthesize, type SynthesizedStack } from '../support/synthesized.ts';

const names = Object.keys(FUNCTIONS) as FunctionName[];
const stack = synthesize(configOf('two-regions-witness')).get('eu-west-1')!;

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

/** Every action that the role of a function is allowed, without those of its log group and its network interfaces. The clusters of this example need no rights; those are tested in stacks.test.ts. */
function actionsOf(name: FunctionName): readonly string[] {
  const actions = statementsOf(stack, name).flatMap(({ Action }) => Action);
  return [...new Set(actions)].filter((action) => !/^(logs|ec2):/.test(action)).toSorted();
}

function statementsOf(of: SynthesizedStack, name: FunctionName): readonly Statement[] {
  const fn = of
    .ofType('AWS::Lambda::Function')
    .find(({ Properties }) => Properties['FunctionName'] === `mm2-failover-orders-${name}`)!;
  const role = (fn.Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
  return of
    .ofType('AWS::IAM::Policy')
    .filter(({ Properties }) => (Properties['Roles'] as { Ref: string }[]).some(({ Ref }) => Ref === role))
    .flatMap(({ Properties }) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
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

describe('every function may do exactly this with the table above the pairs, where one is configured', () => {
  const named = synthesize({ ...configOf('two-regions-witness'), shared: { table: 'mm2-failover-shared' } }).get(
    'eu-west-1',
  )!;
  const allowed: Partial<Record<FunctionName, readonly string[]>> = {
    'seed-positions': READ,
    assess: [...READ, ...WRITE],
    reconcile: [...READ, ...WRITE],
    operate: [...READ, ...WRITE, ...REMOVE],
    'claim-move': [...READ, ...WRITE],
    'conclude-move': [...READ, ...WRITE],
  };

  test.each(names)('%s', (name) => {
    const onShared = statementsOf(named, name).filter(({ Resource }) => JSON.stringify(Resource).includes('shared'));
    expect(onShared.flatMap(({ Action }) => Action).toSorted()).toEqual((allowed[name] ?? []).toSorted());
    // Rights that are the same on several tables are one statement.
    const tables = onShared.map(({ Resource }) => [Resource].flat().map((one) => flat(named, one)));
    for (const arns of tables)
      expect(arns.filter((arn) => arn.includes('shared'))).toEqual([
        'arn:aws:dynamodb:eu-west-1:000000000000:table/mm2-failover-shared',
      ]);
  });

  test('without the configuration nobody may do anything with one', () => {
    expect(JSON.stringify(stack.resources)).not.toContain('mm2-failover-shared');
  });
});

/** Calls of a port's methods, as uses. */
const CALLS: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  control: {
    read: /control\b\.(readSet|decisions|verdict|homeSamples|seeds|positions|adoptions?|stages?|question|incarnation)\b/,
    write: /control\b\.(writeSet|put\w+|reviseQuestion)\b/,
    remove: /control\b\.clearQuestion\b/,
  },
  shared: {
    read: /shared\.(pause|moves|reports)\(/,
    write: /shared\.(putPause|writeMoves|putReport)\(/,
    remove: /shared\.removePause\(/,
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
