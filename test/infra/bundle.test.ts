/** The code asset: what each function loads, and that it loads in plain Node. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FUNCTIONS, type FunctionName } from '../../core/contracts/environment.ts';
import { bundleFunctions, type BundleResult } from '../../tools/bundle.ts';

const folder = mkdtempSync(join(tmpdir(), 'mm2-failover-bundle-'));
let result: BundleResult;
beforeAll(async () => {
  result = await bundleFunctions(folder);
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const all = Object.keys(FUNCTIONS) as FunctionName[];
const packagesOf = (name: FunctionName): ReadonlySet<string> =>
  new Set(result.sizes[name]!.inputs.flatMap((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []));

test('every function of the contract has a handler', () => {
  expect(result.missing).toEqual([]);
  expect(result.functions).toEqual(all);
});

describe('a function loads only what it uses', () => {
  test.each(all.filter((name) => FUNCTIONS[name].speaks === 'aws'))(
    '%s, which never speaks Kafka, carries no kafkajs',
    (name) => {
      expect(packagesOf(name)).not.toContain('kafkajs');
    },
  );

  test.each(all.filter((name) => FUNCTIONS[name].speaks === 'kafka'))(
    '%s, which may sit in a closed network, carries no client of a service it cannot reach',
    (name) => {
      const clients = [...packagesOf(name)].filter((each) => each.startsWith('@aws-sdk/client-'));
      expect(new Set(clients)).toEqual(new Set(['@aws-sdk/client-dynamodb', '@aws-sdk/client-secrets-manager']));
    },
  );

  test.each(all)('%s carries no CDK, no test and no other function', (name) => {
    const foreign = result.sizes[name]!.inputs.filter(
      (path) => /^(test|infra|tools|client|bin)\/|aws-cdk-lib/.test(path) || isOtherFunction(path, name),
    );
    expect(foreign).toEqual([]);
  });
});

const isOtherFunction = (path: string, name: string): boolean => {
  const owner = /^lambdas\/([^/]+)\//.exec(path)?.[1];
  return owner !== undefined && owner !== name && owner in FUNCTIONS;
};

describe('in plain Node', () => {
  const config = {
    schema: 1,
    pair: 'orders',
    clusters: {
      K1: { region: 'eu-west-1', bootstrapServers: ['k1:9092'], auth: 'k1' },
      K2: { region: 'eu-central-1', bootstrapServers: ['k2:9092'], auth: 'k2' },
    },
    clientSets: { 'clients-k1': { home: 'K1', topics: ['orders'], groups: [{ id: 'billing' }] } },
  };
  const env = {
    AWS_REGION: 'eu-central-1',
    MM2F_CONFIG_VERSION: 'a1',
    MM2F_TOPIC_ARN: 'arn:aws:sns:eu-central-1:000000000000:orders',
    MM2F_FAILOVER_MACHINE_ARN: 'arn:aws:states:eu-central-1:000000000000:stateMachine:failover',
    MM2F_SWITCHOVER_MACHINE_ARN: 'arn:aws:states:eu-central-1:000000000000:stateMachine:switchover',
    MM2F_FAILBACK_MACHINE_ARN: 'arn:aws:states:eu-central-1:000000000000:stateMachine:failback',
  };
  const load = async (name: string, environment: Record<string, string>) => {
    const script = `const { handler } = await import(${JSON.stringify(join(folder, `${name}.mjs`))}); console.log(typeof handler);`;
    return promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: folder,
      env: environment,
    });
  };

  test.each(all)('%s loads and exports its handler', async (name) => {
    writeFileSync(join(folder, 'pair-config.json'), JSON.stringify(config));
    const { stdout, stderr } = await load(name, env);
    expect([stdout.trim(), stderr]).toEqual(['function', '']);
  });

  test('without its configuration a function says which file is missing and what to do', async () => {
    rmSync(join(folder, 'pair-config.json'), { force: true });
    await expect(load('assess', env)).rejects.toThrow(
      /ConfigUnusable: pair-config.json is neither in .* nor above it; synthesize with/,
    );
  });

  test('a configuration that this release does not accept is named with every problem', async () => {
    writeFileSync(join(folder, 'pair-config.json'), JSON.stringify({ ...config, pair: 'ORDERS', clientSets: {} }));
    await expect(load('assess', env)).rejects.toThrow(
      /ConfigUnusable: .*pair-config.json is no valid pair configuration: pair is "ORDERS"; allowed: lower case/,
    );
  });

  test('an environment without what the function needs is named with every variable', async () => {
    writeFileSync(join(folder, 'pair-config.json'), JSON.stringify(config));
    await expect(load('reconcile', { AWS_REGION: 'eu-central-1' })).rejects.toThrow(
      /EnvironmentUnusable: .*MM2F_CONFIG_VERSION is missing; .*MM2F_FAILOVER_MACHINE_ARN is missing; .*MM2F_SWITCHOVER_MACHINE_ARN is missing; .*MM2F_FAILBACK_MACHINE_ARN is missing/,
    );
  });
});
