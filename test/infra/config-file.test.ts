import { readdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfigFile } from '../../bin/config-file.ts';
import { describeAutomation } from '../../core/config/automation.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { configOf, inFolder } from '../support/synthesized.ts';

const problemsOf = (yaml: string): readonly string[] =>
  inFolder((folder) => {
    const path = join(folder, 'pair.yaml');
    writeFileSync(path, yaml);
    const reading = readConfigFile(path);
    return reading.kind === 'valid' ? [] : reading.problems;
  });

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

const GOOD = `
schema: 1
pair: orders
clusters:
  K1: { region: eu-central-1, bootstrapServers: ["k1:9092"], auth: k1 }
  K2: { region: eu-west-1, bootstrapServers: ["k2:9092"], auth: k2 }
clientSets:
  a: { home: K1, topics: [orders], groups: [{ id: billing }] }
`;

describe('a network', () => {
  const network = (changes: object) =>
    problemsOf(
      `${GOOD}networks: ${JSON.stringify({
        'eu-west-1': {
          vpcId: 'vpc-0a1b2c3d4e5f60001',
          availabilityZones: ['eu-west-1a'],
          privateSubnetIds: ['subnet-0a1b2c3d'],
          securityGroupIds: ['sg-0a1b2c3d4e5f60001'],
          ...changes,
        },
      })}\n`,
    );

  test('of ids as AWS gives them, old ones too, has no problem', () => {
    expect(network({})).toEqual([]);
  });

  test.each<readonly [string, object, string, string]>([
    ['a VPC by name', { vpcId: 'main' }, 'vpcId', 'vpc'],
    ['a subnet for a VPC', { vpcId: 'subnet-0a1b2c3d4e5f60001' }, 'vpcId', 'vpc'],
    ['a subnet that is a VPC', { privateSubnetIds: ['vpc-0a1b2c3d4e5f60001'] }, 'privateSubnetIds.0', 'subnet'],
    ['an id that is cut short', { securityGroupIds: ['sg-0a1b2c3d4e5f6'] }, 'securityGroupIds.0', 'sg'],
    ['a group by name', { securityGroupIds: ['sg-0a1b2c3d', 'kafka'] }, 'securityGroupIds.1', 'sg'],
  ])('%s is refused', (_story, changes, field, prefix) => {
    const [problem, ...more] = network(changes);
    expect(more).toEqual([expect.stringContaining('are judged when what is listed here is put right')]);
    expect(problem).toContain(`networks.eu-west-1.${field}`);
    expect(problem).toContain(`an id such as "${prefix}-0a1b2c3d4e5f60001"`);
  });
});

describe('a config file', () => {
  test('that is right has no problem', () => {
    expect(problemsOf(GOOD)).toEqual([]);
  });

  test('that was not named tells how to name it', () => {
    expect(readConfigFile(undefined)).toEqual({
      kind: 'unusable',
      problems: [expect.stringContaining('--context config=<file>')],
    });
  });

  test('that does not exist is named, with the place where it was looked for', () => {
    expect(readConfigFile('no/such.yaml')).toEqual({
      kind: 'unusable',
      problems: [
        `no/such.yaml does not exist (looked for ${resolve('no/such.yaml')}); name the YAML file of the pair, for example a copy of examples/one-region.yaml`,
      ],
    });
  });

  test('that is a folder is told so', () => {
    expect(readConfigFile('examples')).toEqual({
      kind: 'unusable',
      problems: ['examples is a folder; name the YAML file of the pair in it'],
    });
  });

  test('that is not YAML says where', () => {
    expect(problemsOf('a: [1')[0]).toMatch(/is not YAML: .*line 1/s);
  });

  test.each([
    ['nothing in it', '', 'pair.yaml is empty; it must be a mapping (key: value)'],
    ['a comment only', '# later', 'pair.yaml is empty; it must be a mapping (key: value)'],
    ['plain text', 'hello world', 'pair.yaml must be a mapping (key: value)'],
    ['a list', '- 1', 'pair.yaml must be a mapping (key: value)'],
    [
      'two documents',
      'a: 1\n---\nb: 2',
      'pair.yaml holds several YAML documents; one file holds one pair: remove the lines "---"',
    ],
  ])('with %s says what it must be', (_case, yaml, sentence) => {
    expect(problemsOf(yaml)).toEqual([expect.stringMatching(new RegExp(`${escaped(sentence)}$`))]);
  });

  test.each([
    ['a key that is missing', GOOD.replace('pair: orders', ''), 'pair: is missing'],
    ['a missing list', GOOD.replace('topics: [orders], ', ''), 'clientSets.a.topics: is missing; must be a list'],
    [
      'a text for a number',
      `${GOOD}probe: { intervalSeconds: ten }`,
      'probe.intervalSeconds: is "ten"; must be a number',
    ],
    ['a number for a text', GOOD.replace('pair: orders', 'pair: 17'), 'pair: is 17; must be a string'],
    ['nothing after the colon', GOOD.replace('pair: orders', 'pair:'), 'pair: is empty; must be a string'],
    ['a text for a list', GOOD.replace('[orders]', 'orders'), 'clientSets.a.topics: is "orders"; must be a list'],
    ['a list for a mapping', `${GOOD}probe: [10]`, 'probe: is a list; must be a mapping (key: value)'],
    ['a text for a mapping', `${GOOD}probe: fast`, 'probe: is "fast"; must be a mapping (key: value)'],
    ['a mapping for a number', `${GOOD}logRetentionDays: { a: 1 }`, 'logRetentionDays: is a mapping; must be a number'],
    [
      'a word for a boolean',
      `${GOOD}replication: { exactlyOnce: "on" }`,
      'replication.exactlyOnce: is "on"; must be true or false',
    ],
    ['a broken number', `${GOOD}logRetentionDays: 1.5`, 'logRetentionDays: is 1.5; must be a whole number'],
    ['too small a number', `${GOOD}probe: { windowSamples: 1 }`, 'probe.windowSamples: is 1; must be at least 2'],
    [
      'a number that must be above another',
      `${GOOD}probe: { confirmSeconds: 0 }`,
      'probe.confirmSeconds: is 0; must be above 0',
    ],
    [
      'too large a number',
      `${GOOD}probe: { partialLimitShare: 50 }`,
      'probe.partialLimitShare: is 50; must be at most 1',
    ],
    ['an empty list', GOOD.replace('[orders]', '[]'), 'clientSets.a.topics: is a list; must have at least 1 entry'],
    ['an empty text', GOOD.replace('auth: k1', 'auth: ""'), 'clusters.K1.auth: is ""; must not be empty'],
    ['another schema', GOOD.replace('schema: 1', 'schema: 2'), 'schema: is 2; allowed: 1'],
    [
      'brokers of one cluster under the name of the other',
      GOOD.replace('k2:9092', 'k1:9092'),
      'clusters.K2.bootstrapServers.0: is k1:9092, a broker of K1; a pair is two clusters',
    ],
    [
      'a broker twice',
      GOOD.replace('["k1:9092"]', '["k1:9092", "k1:9092"]'),
      'clusters.K1.bootstrapServers.1: is k1:9092, which stands there before',
    ],
    [
      'a port that is none',
      GOOD.replace('k1:9092', 'k1:99999'),
      'clusters.K1.bootstrapServers.0: is "k1:99999"; allowed: host:port',
    ],
    ['no host and port', GOOD.replace('k1:9092', 'k1'), 'clusters.K1.bootstrapServers.0: is "k1"; allowed: host:port'],
    ['no address', `${GOOD}notifyEmails: [me]`, 'notifyEmails.0: is "me"; allowed: an e-mail address'],
    [
      'a bus that no bus can be called',
      `${GOOD}bus: "a b"`,
      'bus: is "a b"; allowed: letters, digits, ".", "_" and "-", 1 to 64',
    ],
    [
      'a name that no set can have',
      GOOD.replace('a: { home', 'A_1: { home'),
      'clientSets.A_1: is no possible name; allowed: lower case letters, digits and "-", 1 to 32 characters',
    ],
    [
      'no kind of security',
      GOOD.replace('auth: k1', 'auth: k1, security: { }'),
      'clusters.K1.security.kind: is missing; allowed: "plaintext", "tls", "scram", "mtls", "msk-iam"',
    ],
    [
      'an unknown kind of security',
      GOOD.replace('auth: k1', 'auth: k1, security: { kind: scrum }'),
      'clusters.K1.security.kind: is "scrum"; allowed: "plaintext", "tls", "scram", "mtls", "msk-iam" (did you mean "scram"?)',
    ],
    [
      'a misspelt choice',
      GOOD.replace('home: K1', 'home: K1, mode: autmatic'),
      'clientSets.a.mode: is "autmatic"; allowed: "off", "observe", "approve", "automatic" (did you mean "automatic"?)',
    ],
    [
      'a misspelt field',
      `${GOOD}probe: { intervalSecond: 10 }`,
      /^probe: has no field "intervalSecond" \(did you mean "intervalSeconds"\?\); allowed: intervalSeconds, rungTimeoutSeconds, /,
    ],
    [
      'a misspelt section',
      `${GOOD}probes: { }`,
      /pair\.yaml has no field "probes" \(did you mean "probe"\?\); allowed: schema, pair, clusters, /,
    ],
    [
      'a field like no other',
      GOOD.replace('id: billing', 'id: billing, colour: red'),
      'clientSets.a.groups.0: has no field "colour"; allowed: id, mode, offsetReset, isolation',
    ],
    [
      'a hook that lacks its role',
      GOOD.replace('groups:', 'hooks: { restart: { automation: Restart } }, groups:'),
      'clientSets.a.hooks.restart.role: is missing',
    ],
    [
      'a hook that is no hook',
      GOOD.replace('groups:', 'hooks: { restart: now }, groups:'),
      'clientSets.a.hooks.restart: is "now"; must be a mapping (key: value)',
    ],
  ])('with %s says what is there and what is allowed', (_case, yaml, sentence) => {
    const told = typeof sentence === 'string' ? sentence : expect.stringMatching(sentence);
    expect(problemsOf(yaml)[0]).toEqual(told);
  });

  test('with several mistakes gets every one with path, value and what is allowed', () => {
    const problems = problemsOf(
      GOOD.replace('pair: orders', 'pair: Orders').replace('home: K1', 'home: K1, mode: autmatic'),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^pair: is "Orders"; allowed: lower case letters/),
      expect.stringMatching(/^clientSets\.a\.mode: is "autmatic"; .*"automatic"/),
      'rules between fields that look at pair, clientSets are judged when what is listed here is put right',
    ]);
  });

  test('with a mistake in one section gets what is wrong between the others too', () => {
    expect(
      problemsOf(
        `${GOOD.replace('home: K1', 'home: K3')}probe: { confirmSeconds: 10, windowSamples: 1 }\nlogRetentionDays: 45`,
      ),
    ).toEqual([
      'probe.windowSamples: is 1; must be at least 2',
      expect.stringMatching(/^clientSets\.a\.home: is "K3", which is no cluster/),
      expect.stringMatching(/^logRetentionDays: is 45; CloudWatch/),
      'rules between fields that look at probe are judged when what is listed here is put right',
    ]);
  });

  test('with windows that do not fit gets told of a hook in the wrong region at once', () => {
    const hook = 'hooks: { veto: "arn:aws:lambda:eu-central-1:111122223333:function:ask" }';
    expect(problemsOf(`${GOOD}${hook}\nlogRetentionDays: 45`)).toEqual([
      expect.stringContaining('logRetentionDays: is 45'),
      expect.stringContaining(
        'hooks.veto (now "arn:aws:lambda:eu-central-1:111122223333:function:ask"): lies in eu-central-1',
      ),
    ]);
  });

  test('that copies exactly once what it reads uncommitted is refused', () => {
    const flows = 'replication: { exactlyOnce: true, isolationLevel: read_uncommitted }';
    expect(problemsOf(`${GOOD}${flows}`)).toEqual([
      expect.stringContaining('replication.isolationLevel: is read_uncommitted and exactlyOnce is true'),
    ]);
  });

  test.each([
    ['its own table', 'mm2-failover-orders-control'],
    ['the beginning of its own stacks', 'mm2-failover-orders'],
  ])('whose shared table has the name of %s is refused', (_story, table) => {
    expect(problemsOf(`${GOOD}shared: { table: ${table} }`)).toEqual([
      expect.stringContaining(`is "${table}", a name of this pair's own; take "mm2-failover-shared"`),
    ]);
  });

  test('may name a shared table', () => {
    expect(problemsOf(`${GOOD}shared: { table: mm2-failover-shared }`)).toEqual([]);
  });

  test('whose rungs could outlive the function that climbs them says what fits', () => {
    expect(problemsOf(`${GOOD}probe: { rungTimeoutSeconds: 10 }\n`)).toEqual([
      expect.stringContaining(
        'probe.rungTimeoutSeconds (now 10): a climb of 9 rungs may take 90 s, and the function that climbs has 65 s; allowed: at most 7.2',
      ),
    ]);
  });

  test('with the slowest rungs that fit has no problem', () => {
    expect(problemsOf(`${GOOD}probe: { rungTimeoutSeconds: 7.2 }\n`)).toEqual([]);
  });

  test('with a topic whose name no record of ours can hold is refused', () => {
    expect(problemsOf(GOOD.replace('[orders]', '[__proto__]'))[0]).toContain('"__proto__"');
  });

  test('with the bus that every account has is refused, before a deploy would fail', () => {
    expect(problemsOf(`${GOOD}bus: default\n`)[0]).toContain('choose another name');
  });

  test('with an unknown field is refused: a misspelt threshold must not silently stay at its default', () => {
    expect(problemsOf(`${GOOD}\nprobes: { intervalSeconds: 5 }`)[0]).toContain('probes');
  });

  test('with a home that is no cluster says which there are', () => {
    expect(problemsOf(GOOD.replace('home: K1', 'home: K3'))[0]).toContain('allowed: K1, K2');
  });

  test.each([
    ['home', GOOD.replace('home: K1', 'home: constructor'), 'allowed: K1, K2'],
    ['set', `${GOOD}\nalarms: [{ name: down, clientSet: constructor }]`, 'which is no client set; allowed: a'],
  ])('with a %s named like what every object answers to says which there are', (_what, yaml, sentence) => {
    expect(problemsOf(yaml)[0]).toContain(sentence);
  });

  test('with the same alarm twice for one set names the second', () => {
    const alarm = '{ name: down, clientSet: a }';
    expect(problemsOf(`${GOOD}\nalarms: [${alarm}, ${alarm}]`)).toEqual([
      expect.stringContaining('alarms.1: repeats alarm "down" for "a"'),
    ]);
  });

  test('with an approval that outlives every execution is refused', () => {
    expect(problemsOf(`${GOOD}\nmoves: { approvalSeconds: 9000000, holdReminderSeconds: 9000000 }`)).toEqual([
      'moves.approvalSeconds: is 9000000; must be at most 604800',
      'moves.holdReminderSeconds: is 9000000; must be at most 604800',
      expect.stringContaining('rules between fields that look at moves'),
    ]);
  });

  const LATER = expect.stringContaining('rules between fields that look at clientSets are judged when');
  const withSet = (field: string) => GOOD.replace('groups: [{ id: billing }]', `groups: [{ id: billing }], ${field}`);

  test.each([
    ['rpo: { records: 0 }', []],
    // 113 s until an outage is confirmed at worst, and 15 s since the last sample before it.
    ['rpo: { seconds: 128 }', []],
    ['rpo: { seconds: 127 }', [expect.stringMatching(/rpo\.seconds.*takes up to 113 s.*15 s older.*at least 128/)]],
    ['rpo: {}', [expect.stringContaining('say records, seconds or both'), LATER]],
    ['hooks: { veto: "arn:aws:lambda:eu-west-1:111122223333:function:ask" }', []],
    ['hooks: { veto: "ask" }', [expect.stringContaining('the ARN of a Lambda function'), LATER]],
    [
      'hooks: { veto: "arn:aws:lambda:eu-central-1:111122223333:function:ask" }',
      [expect.stringMatching(/lies in eu-central-1, the region of K1.*into eu-west-1/)],
    ],
    ['hooks: { restart: { function: "arn:aws:lambda:eu-west-1:111122223333:function:restart" } }', []],
    ['hooks: { restart: { automation: Restart, role: "arn:aws:iam::111122223333:role/restart" } }', []],
    [
      'hooks: { restart: { function: "arn:aws:lambda:eu-central-1:111122223333:function:restart" } }',
      [expect.stringMatching(/restart\.function.*lies in eu-central-1; allowed: eu-west-1, which controls "a"/)],
    ],
    ['hooks: { restart: { automation: Restart } }', [expect.stringContaining('hooks.restart.role: is missing'), LATER]],
  ])('with %s has these problems: %j', (field, problems) => {
    expect(problemsOf(withSet(field))).toEqual(problems);
  });

  test('with a log retention that CloudWatch does not know lists those it knows', () => {
    expect(problemsOf(`${GOOD}\nlogRetentionDays: 45`)[0]).toContain('30, 60, 90');
  });
});

describe('what may happen without a person is said at synth', () => {
  const two = configOf('two-regions-witness');
  const ofSet = (config: PairConfig): string => describeAutomation(config)[1] ?? '';

  test.each([
    ['a witness beside two regions', two, 'also when the whole home region is lost'],
    ['two regions alone', { ...two, witnessRegions: [] }, 'while both vantages answer'],
    ['one region', configOf('one-region'), 'every automatic move asks for approval first'],
    [
      'one region that accepts a single vantage',
      { ...configOf('one-region'), probe: { ...two.probe, acceptSingleVantage: true } },
      'because acceptSingleVantage is true',
    ],
  ])('%s', (_case, config, sentence) => {
    expect(ofSet(config)).toContain(sentence);
  });

  test.each([
    ['off', 'rules judge and move nobody; in mode automatic: automatic moves are possible'],
    ['observe', 'rules judge and move nobody; in mode automatic: automatic moves are possible'],
    ['approve', 'every move that a rule starts asks for approval; in mode automatic: automatic moves are possible'],
    ['automatic', 'mode automatic): automatic moves are possible'],
  ] as const)('in mode %s', (mode, sentence) => {
    const set = two.clientSets['clients-k1']!;
    expect(ofSet({ ...two, clientSets: { 'clients-k1': { ...set, mode } } })).toContain(sentence);
  });

  test('every example begins by watching: its sets are to be raised by a person', () => {
    const modes = readdirSync('examples')
      .filter((file) => file.endsWith('.yaml'))
      .flatMap((file) => Object.values(configOf(file.replace('.yaml', '')).clientSets).map(({ mode }) => mode));
    expect(new Set(modes)).toEqual(new Set(['observe']));
  });

  test('the vantages are listed', () => {
    expect(describeAutomation(two)[0]).toBe(
      'pair orders is probed from 3 vantages: eu-central-1, eu-west-1, eu-west-3',
    );
  });
});
