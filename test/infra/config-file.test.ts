import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

const GOOD = `
schema: 1
pair: orders
clusters:
  K1: { region: eu-central-1, bootstrapServers: ["k1:9092"], auth: k1 }
  K2: { region: eu-west-1, bootstrapServers: ["k2:9092"], auth: k2 }
clientSets:
  a: { home: K1, topics: [orders], groups: [{ id: billing }] }
`;

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

  test('that does not exist is named', () => {
    expect(readConfigFile('no/such.yaml')).toEqual({
      kind: 'unusable',
      problems: [expect.stringContaining('no/such.yaml cannot be read')],
    });
  });

  test('that is not YAML says where', () => {
    expect(problemsOf('a: [1')[0]).toMatch(/is not YAML: .*line 1/s);
  });

  test('with several mistakes gets every one with path, value and what is allowed', () => {
    const problems = problemsOf(
      GOOD.replace('pair: orders', 'pair: Orders').replace('home: K1', 'home: K1, mode: autmatic'),
    );
    expect(problems).toEqual([
      expect.stringMatching(/^pair \(now "Orders"\): lower case letters/),
      expect.stringMatching(/^clientSets\.a\.mode \(now "autmatic"\): .*"automatic"/),
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
    expect(problemsOf(GOOD.replace('[orders]', '[__proto__]'))).toEqual([expect.stringContaining('"__proto__"')]);
  });

  test('with the bus that every account has is refused, before a deploy would fail', () => {
    expect(problemsOf(`${GOOD}bus: default\n`)).toEqual([expect.stringContaining('choose another name')]);
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
      expect.stringMatching(/^moves\.approvalSeconds \(now 9000000\): .*604800/),
      expect.stringMatching(/^moves\.holdReminderSeconds \(now 9000000\): .*604800/),
    ]);
  });

  const withSet = (field: string) => GOOD.replace('groups: [{ id: billing }]', `groups: [{ id: billing }], ${field}`);

  test.each([
    ['rpo: { records: 0 }', []],
    // 113 s until an outage is confirmed at worst, and 15 s since the last sample before it.
    ['rpo: { seconds: 128 }', []],
    ['rpo: { seconds: 127 }', [expect.stringMatching(/rpo\.seconds.*takes up to 113 s.*15 s older.*at least 128/)]],
    ['rpo: {}', [expect.stringContaining('say records, seconds or both')]],
    ['hooks: { veto: "arn:aws:lambda:eu-west-1:111122223333:function:ask" }', []],
    ['hooks: { veto: "ask" }', [expect.stringContaining('the ARN of a Lambda function')]],
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
    ['hooks: { restart: { automation: Restart } }', [expect.stringContaining('hooks.restart')]],
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

  test('the vantages are listed', () => {
    expect(describeAutomation(two)[0]).toBe(
      'pair orders is probed from 3 vantages: eu-central-1, eu-west-1, eu-west-3',
    );
  });
});
