import { describe, expect, test } from '@jest/globals';
import { FUNCTIONS, type FunctionName } from '../../core/contracts/environment.ts';
import { WorkflowInput } from '../../core/contracts/workflow.ts';
import { makeSharedStacks, makeStacks } from '../../infra/app.ts';
import { configOf, flat, inFolder, type Resource, synthesize, type SynthesizedStack } from '../support/synthesized.ts';
import { App } from 'aws-cdk-lib';

const config = configOf('two-regions-witness');
const stacks = synthesize(config);
const west = stacks.get('eu-west-1')!;
const east = stacks.get('eu-central-1')!;
const witness = stacks.get('eu-west-3')!;
const scheduled = (Object.keys(FUNCTIONS) as FunctionName[]).filter((name) => FUNCTIONS[name].trigger === 'schedule');

const functionsOf = (stack: SynthesizedStack): ReadonlyMap<string, Resource> =>
  new Map(
    stack
      .ofType('AWS::Lambda::Function')
      .map((fn) => [String(fn.Properties['FunctionName']).replace('mm2-failover-orders-', ''), fn]),
  );

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}
const list = <T>(value: T | readonly T[]): readonly T[] =>
  Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** Statements of every policy that is attached to a function's role. */
function statementsOf(stack: SynthesizedStack, name: string): readonly Statement[] {
  const role = (functionsOf(stack).get(name)!.Properties['Role'] as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];
  return stack
    .ofType('AWS::IAM::Policy')
    .filter(({ Properties }) => (Properties['Roles'] as { Ref: string }[]).some(({ Ref }) => Ref === role))
    .flatMap(({ Properties }) => (Properties['PolicyDocument'] as { Statement: Statement[] }).Statement);
}
const mayDo = (stack: SynthesizedStack, name: string, action: string): boolean =>
  statementsOf(stack, name).some(({ Effect, Action }) => Effect === 'Allow' && list(Action).includes(action));
const placesOf = (stack: SynthesizedStack, name: string, action: string): readonly string[] =>
  statementsOf(stack, name)
    .filter(({ Action }) => list(Action).includes(action))
    .flatMap(({ Resource }) => list(Resource).map((place) => flat(stack, place)))
    .toSorted();

describe('stacks', () => {
  test('are one per region with names that need no lookup', () => {
    expect([...stacks.values()].map(({ name }) => name)).toEqual([
      'mm2-failover-orders-eu-central-1',
      'mm2-failover-orders-eu-west-1',
      'mm2-failover-orders-eu-west-3',
    ]);
  });

  test('have every function in a controller and the prober alone in a witness', () => {
    expect([...functionsOf(west).keys()].toSorted()).toEqual(Object.keys(FUNCTIONS).toSorted());
    expect([...functionsOf(witness).keys()]).toEqual(['probe-clusters']);
    expect(witness.ofType('AWS::DynamoDB::Table')).toHaveLength(1);
  });

  test('never contain a routing parameter: a deploy in the middle of an outage must not revert a failover', () => {
    expect([...stacks.values()].flatMap((stack) => stack.ofType('AWS::SSM::Parameter'))).toEqual([]);
  });

  test('are refused while bundles are missing, with what to do', () => {
    inFolder((empty) => {
      expect(() => makeStacks(new App(), config, empty)).toThrow(
        /no bundle for probe-clusters.*run "npm run build" first/,
      );
    });
  });

  test('name no account, so that synth needs no credentials', () => {
    expect(JSON.stringify(west.resources)).not.toMatch(/\b\d{12}\b/);
  });
});

describe('tables', () => {
  const table = (name: string) =>
    west
      .ofType('AWS::DynamoDB::Table')
      .find(({ Properties }) => Properties['TableName'] === `mm2-failover-orders-${name}`)!;

  test('observations expire by themselves', () => {
    expect(table('observations').Properties['TimeToLiveSpecification']).toEqual({
      AttributeName: 'expiresAt',
      Enabled: true,
    });
  });

  test('control can be restored to any second, is not deleted with the stack and not by hand', () => {
    expect(table('control')).toMatchObject({
      DeletionPolicy: 'Retain',
      Properties: {
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        DeletionProtectionEnabled: true,
      },
    });
  });
});

describe('the table above the pairs', () => {
  const named = { ...config, shared: { table: 'mm2-failover-shared' } };
  const shared = synthesize(named, { shared: true }).get('eu-west-1')!;

  test('is all its stack has; it is kept, restored to any second, and what lies in it ends by itself', () => {
    expect(Object.values(shared.resources)).toEqual([
      expect.objectContaining({
        Type: 'AWS::DynamoDB::Table',
        DeletionPolicy: 'Retain',
        Properties: expect.objectContaining({
          TableName: 'mm2-failover-shared',
          PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
          DeletionProtectionEnabled: true,
          TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        }) as unknown,
      }),
    ]);
  });

  test('is made by no stack of a pair', () => {
    const tables = [...synthesize(named).values()].flatMap((stack) => stack.ofType('AWS::DynamoDB::Table'));
    expect(tables.map(({ Properties }) => Properties['TableName'])).not.toContain('mm2-failover-shared');
  });

  test('without the configuration there is none to make, with what to do', () => {
    expect(() => makeSharedStacks(new App(), config)).toThrow(/names no shared table; set shared.table first/);
  });
});

describe('functions', () => {
  test.each([...functionsOf(west)])(
    '%s runs on nodejs24.x, arm64, 256 MB, under its own role and log group',
    (name, fn) => {
      expect(fn.Properties).toMatchObject({
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        MemorySize: 256,
        Handler: `${name}.handler`,
      });
      const sharing = [...functionsOf(west).values()].filter(
        ({ Properties }) => JSON.stringify(Properties['Role']) === JSON.stringify(fn.Properties['Role']),
      );
      expect(sharing).toHaveLength(1);
      expect(west.ofType('AWS::Logs::LogGroup')).toContainEqual(
        expect.objectContaining({
          Properties: expect.objectContaining({
            LogGroupName: `/aws/lambda/mm2-failover-orders-${name}`,
            RetentionInDays: 90,
          }) as unknown,
        }),
      );
    },
  );

  test('share one code asset', () => {
    expect(
      new Set([...functionsOf(west).values()].map(({ Properties }) => JSON.stringify(Properties['Code']))).size,
    ).toBe(1);
  });

  test.each(scheduled)(
    '%s is not retried and not run late: a stale observation would look like a fresh one',
    (name) => {
      const id = west
        .ofType('AWS::Lambda::Function')
        .find(({ Properties }) => Properties['FunctionName'] === `mm2-failover-orders-${name}`)!.id;
      const settings = west
        .ofType('AWS::Lambda::EventInvokeConfig')
        .find(({ Properties }) => JSON.stringify(Properties['FunctionName']) === JSON.stringify({ Ref: id }));
      expect(settings?.Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
    },
  );

  test('sit in the VPC exactly when they speak Kafka', () => {
    const inVpc = [...functionsOf(west)]
      .filter(([, fn]) => fn.Properties['VpcConfig'] !== undefined)
      .map(([name]) => name);
    expect(inVpc.toSorted()).toEqual(
      Object.entries(FUNCTIONS)
        .filter(([, { speaks }]) => speaks === 'kafka')
        .map(([name]) => name)
        .toSorted(),
    );
  });
});

describe('permissions', () => {
  const names = Object.keys(FUNCTIONS);

  test('only publish-routing and reconcile may put routing parameters', () => {
    expect(names.filter((name) => mayDo(west, name, 'ssm:PutParameter'))).toEqual([
      'reconcile',
      // Only the parameter of no meaning.
      'claim-move',
      'publish-routing',
    ]);
  });

  test('claim-move may put nothing but the parameters of no meaning', () => {
    expect(placesOf(west, 'claim-move', 'ssm:PutParameter')).toEqual([
      'arn:aws:ssm:eu-central-1:000000000000:parameter/mm2-failover/orders/clients-k1/scratch',
      'arn:aws:ssm:eu-central-1:000000000000:parameter/mm2-failover/orders/clients-k2/scratch',
      'arn:aws:ssm:eu-west-1:000000000000:parameter/mm2-failover/orders/clients-k1/scratch',
      'arn:aws:ssm:eu-west-1:000000000000:parameter/mm2-failover/orders/clients-k2/scratch',
    ]);
  });

  test('nobody may call a function that is not configured as a hook', () => {
    expect(names.filter((name) => mayDo(west, name, 'lambda:InvokeFunction'))).toEqual([]);
  });

  test('a veto hook may be called by claim-move alone, and no other function of the account', () => {
    const veto = 'arn:aws:lambda:eu-west-1:111122223333:function:may-we-move';
    const [set, ...others] = Object.entries(config.clientSets);
    const hooked = {
      ...config,
      clientSets: Object.fromEntries([[set![0], { ...set![1], hooks: { veto } }], ...others]),
    };
    const asking = [...synthesize(hooked).values()].flatMap((stack) =>
      names
        .filter((name) => functionsOf(stack).has(name))
        .flatMap((name) => placesOf(stack, name, 'lambda:InvokeFunction').map((place) => [name, place])),
    );
    expect(asking).toEqual([
      ['claim-move', veto],
      ['claim-move', veto],
    ]);
  });

  test('routing parameters are those of the sets that are controlled here or at home here, in every region where their clients read', () => {
    expect(placesOf(west, 'publish-routing', 'ssm:PutParameter')).toEqual([
      'arn:aws:ssm:eu-central-1:000000000000:parameter/mm2-failover/orders/clients-k1/*',
      'arn:aws:ssm:eu-central-1:000000000000:parameter/mm2-failover/orders/clients-k2/*',
      'arn:aws:ssm:eu-west-1:000000000000:parameter/mm2-failover/orders/clients-k1/*',
      'arn:aws:ssm:eu-west-1:000000000000:parameter/mm2-failover/orders/clients-k2/*',
    ]);
  });

  test('assess reads the observations of every vantage', () => {
    expect(
      placesOf(west, 'assess', 'dynamodb:Query').filter(
        (arn) => arn.includes('observations') || arn.includes('Observations'),
      ),
    ).toEqual(
      expect.arrayContaining(
        ['eu-central-1', 'eu-west-1', 'eu-west-3'].map(
          (region) => `arn:aws:dynamodb:${region}:000000000000:table/mm2-failover-orders-observations`,
        ),
      ),
    );
  });

  test("reconcile writes the copy in the home region's control table, and nobody else writes another region", () => {
    const elsewhere = names.filter((name) =>
      placesOf(west, name, 'dynamodb:PutItem').some((arn) => arn.includes(':eu-central-1:')),
    );
    expect(elsewhere).toEqual(['reconcile']);
  });

  test('functions that speak Kafka need no AWS service beside DynamoDB and their secrets', () => {
    const others = Object.entries(FUNCTIONS)
      .filter(([, { speaks }]) => speaks === 'kafka')
      .flatMap(([name]) => statementsOf(west, name).flatMap(({ Action }) => list(Action)))
      .filter((action) => !/^(dynamodb|logs|ec2|secretsmanager|kms):/.test(action));
    expect(others).toEqual([]);
  });

  test('with SCRAM, functions that speak Kafka read exactly the two secrets', () => {
    const scram = synthesize(configOf('scram')).get('eu-west-1')!;
    const role = (functionsOf(scram).size > 0 ? scram : west)
      .ofType('AWS::IAM::Policy')
      .filter(({ Properties }) => JSON.stringify(Properties).includes('secretsmanager:GetSecretValue'));
    expect(role).toHaveLength(Object.values(FUNCTIONS).filter(({ speaks }) => speaks === 'kafka').length);
  });

  test('secrets of schema registries are read by probe-replication alone', () => {
    const scram = synthesize(configOf('scram')).get('eu-west-1')!;
    const readers = scram
      .ofType('AWS::IAM::Policy')
      .filter(({ Properties }) => JSON.stringify(Properties).includes('mm2-failover-registry-'));
    expect(readers.map(({ id }) => id.replace(/role.*$/, ''))).toEqual(['probereplication']);
  });

  test('each set that is controlled here has an alarm for what blocks its move and one for what would break by it', () => {
    const alarms = west
      .ofType('AWS::CloudWatch::Alarm')
      .filter(({ Properties }) => Properties['MetricName'] === 'ReadinessFindings')
      .map(({ Properties }) => [
        Properties['AlarmName'],
        Object.fromEntries(
          (Properties['Dimensions'] as { Name: string; Value: string }[]).map(({ Name, Value }) => [Name, Value]),
        ),
      ]);
    const dimensions = { pair: 'orders', clientSet: 'clients-k1' };
    expect(alarms).toEqual([
      ['mm2-failover-orders-set-not-ready-clients-k1', { ...dimensions, severity: 'blocks' }],
      ['mm2-failover-orders-set-unprepared-clients-k1', { ...dimensions, severity: 'warns' }],
    ]);
  });

  test('with MSK IAM, only seed-, pin- and restore-positions may alter application groups', () => {
    const msk = synthesize(configOf('msk-iam')).get('us-west-2')!;
    const alter = msk
      .ofType('AWS::IAM::Policy')
      .filter(({ Properties }) =>
        (Properties['PolicyDocument'] as { Statement: unknown[] }).Statement.map((one) => JSON.stringify(one)).some(
          (one) => one.includes('kafka-cluster:AlterGroup') && one.includes('cart-service'),
        ),
      );
    expect(alter.map(({ id }) => id.replace(/role.*$/, '')).toSorted()).toEqual([
      'pinpositions',
      'restorepositions',
      'seedpositions',
    ]);
  });

  test('clients may read their own set and acknowledge under the source of clients', () => {
    const policy = west
      .ofType('AWS::IAM::ManagedPolicy')
      .find(({ Properties }) => Properties['ManagedPolicyName'] === 'mm2-failover-orders-clients-k1-client')!;
    const statements = (policy.Properties['PolicyDocument'] as { Statement: Statement[] }).Statement;
    expect(statements.flatMap(({ Action }) => list(Action))).toEqual([
      'ssm:GetParameter',
      'ssm:GetParameters',
      'events:PutEvents',
    ]);
    expect(statements[1]?.Condition).toEqual({ StringEquals: { 'events:source': 'mm2-failover.client' } });
  });

  test('nobody but functions that report events can speak for the controller on the bus', () => {
    const bus = west.ofType('AWS::Events::EventBus')[0]!.Properties['Policy'] as {
      Statement: (Statement & { Condition: { ArnNotEquals?: { 'aws:PrincipalArn': unknown[] } } })[];
    };
    const deny = bus.Statement.find(({ Effect }) => Effect === 'Deny')!;
    expect(deny.Condition.ArnNotEquals?.['aws:PrincipalArn']).toHaveLength(
      names.filter((name) => mayDo(west, name, 'events:PutEvents')).length,
    );
  });

  test('the key admits CloudWatch and EventBridge, or alarm messages would vanish', () => {
    const key = JSON.stringify(west.ofType('AWS::KMS::Key')[0]!.Properties['KeyPolicy']);
    expect(key).toContain('cloudwatch.amazonaws.com');
    expect(key).toContain('events.amazonaws.com');
  });
});

interface Target {
  readonly Arn: unknown;
  readonly DeadLetterConfig?: unknown;
  readonly RetryPolicy?: { readonly MaximumEventAgeInSeconds: number; readonly MaximumRetryAttempts: number };
  readonly InputTransformer?: { readonly InputTemplate: string };
}
interface RuleProperties {
  readonly ScheduleExpression?: string;
  readonly EventPattern?: {
    readonly 'detail-type': readonly string[];
    readonly detail?: Readonly<Record<string, unknown>>;
  };
  readonly EventBusName?: unknown;
  readonly Targets: readonly Target[];
}
const rulesOf = (stack: SynthesizedStack) =>
  stack.ofType('AWS::Events::Rule').map(({ Properties }) => Properties as unknown as RuleProperties);
const rule = (stack: SynthesizedStack, type: string) =>
  rulesOf(stack).find(({ EventPattern }) => EventPattern?.['detail-type'][0] === type)!;

describe('rules', () => {
  test.each([...stacks])('in %s every target gives its event up to a queue', (_region, stack) => {
    expect(
      rulesOf(stack)
        .flatMap(({ Targets }) => Targets)
        .filter(({ DeadLetterConfig }) => DeadLetterConfig === undefined),
    ).toEqual([]);
  });

  test('schedules are given up after a minute, everything else after five', () => {
    const ages = rulesOf(west).map(({ ScheduleExpression, Targets }) => [
      ScheduleExpression ?? 'event',
      Targets[0]?.RetryPolicy?.MaximumEventAgeInSeconds,
    ]);
    expect(new Set(ages.map(String))).toEqual(new Set(['rate(1 minute),60', 'event,300']));
  });

  test('all scheduled functions run every minute', () => {
    expect(rulesOf(west).filter(({ ScheduleExpression }) => ScheduleExpression === 'rate(1 minute)')).toHaveLength(
      scheduled.length,
    );
    expect(scheduled).toEqual(['probe-clusters', 'probe-replication', 'seed-positions', 'assess', 'reconcile']);
  });

  test('a confirmed outage asks for the sets controlled here only', () => {
    expect(rule(west, 'OutageConfirmed').EventPattern?.detail).toEqual({ pair: ['orders'], clientSet: ['clients-k1'] });
    expect(rule(east, 'OutageConfirmed').EventPattern?.detail).toEqual({ pair: ['orders'], clientSet: ['clients-k2'] });
  });

  test('a confirmed outage becomes the input of an automatic failover', () => {
    expect(rule(west, 'OutageConfirmed').Targets[0]?.InputTransformer?.InputTemplate).toBe(
      '{"pair":<detail-pair>,"clientSet":<detail-clientSet>,"move":"failover","trigger":"automatic","expectedEpoch":<detail-epoch>,"reason":<detail-sentence>,"requestedBy":"assess","incidentId":<detail-incidentId>}',
    );
  });

  test('a configured alarm going to ALARM becomes a request with constant pair and set', () => {
    const alarm = rule(west, 'CloudWatch Alarm State Change');
    expect(alarm.EventPattern?.detail).toEqual({ alarmName: ['k1-offline-partitions'], state: { value: ['ALARM'] } });
    expect((alarm.Targets[0] as unknown as { Input: string }).Input).toBe(
      '{"pair":"orders","clientSet":"clients-k1","move":"failover","trigger":"alarm","alarm":"k1-offline-partitions","reason":"CloudWatch alarm k1-offline-partitions went to ALARM","requestedBy":"alarm k1-offline-partitions"}',
    );
  });

  test('one alarm may ask for several sets, and a name of 255 characters still makes an input that is accepted', () => {
    const name = 'a'.repeat(255);
    const alarms = ['clients-k1', 'clients-k2'].map((clientSet) => ({ name, clientSet, starts: 'approval' as const }));
    const inputs = [...synthesize({ ...config, alarms }).values()].flatMap((stack) =>
      stack
        .ofType('AWS::Events::Rule')
        .flatMap(({ Properties }) => Properties['Targets'] as readonly { readonly Input?: string }[])
        .flatMap(({ Input }) => (Input?.includes(name) === true ? [WorkflowInput.parse(JSON.parse(Input))] : [])),
    );
    expect(new Set(inputs.map(({ clientSet }) => clientSet))).toEqual(new Set(['clients-k1', 'clients-k2']));
  });

  test('a witness alarm starts nothing, and assess may read it where it lives', () => {
    expect(JSON.stringify(west.ofType('AWS::Events::Rule'))).not.toContain('k1-clients-failing');
    expect(describers(west)).toEqual([
      {
        Action: 'cloudwatch:DescribeAlarms',
        Condition: { StringEquals: { 'aws:RequestedRegion': ['eu-west-1'] } },
        Effect: 'Allow',
        Resource: '*',
      },
    ]);
  });

  test('without witness alarms nobody may describe alarms', () => {
    expect(describers(synthesize({ ...config, alarms: [] }).get('eu-west-1')!)).toEqual([]);
  });
  const describers = (stack: typeof west): readonly unknown[] =>
    stack
      .ofType('AWS::IAM::Policy')
      .flatMap(({ Properties }) => (Properties['PolicyDocument'] as { Statement: unknown[] }).Statement)
      .filter((one) => JSON.stringify(one).includes('cloudwatch:DescribeAlarms'));

  test('an alarm in the other region is forwarded to the bus of the region that controls the set', () => {
    const forwarded = rule(east, 'CloudWatch Alarm State Change').Targets[0]!;
    expect(flat(east, forwarded.Arn)).toBe('arn:aws:events:eu-west-1:000000000000:event-bus/mm2-failover-orders');
  });
});

describe('the bus', () => {
  const busesOf = (changes: object) =>
    synthesize({ ...config, ...changes })
      .get('eu-west-1')!
      .ofType('AWS::Events::EventBus')
      .map(({ Properties }) => Properties['Name']);

  test('is the pair’s own, so that two pairs can live in one account and region', () => {
    expect([busesOf({}), busesOf({ pair: 'payments' })]).toEqual([['mm2-failover-orders'], ['mm2-failover-payments']]);
  });

  test('keeps the name that the configuration gives it', () => {
    expect(busesOf({ bus: 'mm2-failover' })).toEqual(['mm2-failover']);
  });
});
