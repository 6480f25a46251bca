/** The client library as others get it: built, packed, installed into an empty folder. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { buildClientPackage, CLIENT_PACKAGE } from '../../tools/client-package.ts';
import { readmeSamples } from '../support/client-readme.ts';

const folder = mkdtempSync(join(tmpdir(), 'client-package-'));
const built = join(folder, 'built');
const user = join(folder, 'user');
let tarball: string;
let manifest: { readonly version: string; readonly dependencies: Readonly<Record<string, string>> };

const run = (program: string, args: readonly string[], cwd: string): string => {
  try {
    return execFileSync(program, args, { cwd, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout: string; readonly stderr: string };
    throw new Error(`${program} ${args.join(' ')} failed:\n${stdout}${stderr}`, { cause: error });
  }
};
const inModules = (...names: string[]): string => resolve('node_modules', ...names);
const tool = (name: string) => inModules('.bin', name);

const samples = () => readmeSamples(readFileSync(join(built, 'README.md'), 'utf8'));
const example = () => samples()[0] ?? '';

beforeAll(() => {
  buildClientPackage(built);
  manifest = JSON.parse(readFileSync(join(built, 'package.json'), 'utf8')) as typeof manifest;
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', folder], built)) as [
    { filename: string },
  ];
  tarball = join(folder, packed.filename);
  mkdirSync(user);
  // What it depends on is linked, so that the test needs no registry; each link must satisfy the version asked for.
  const ours = Object.keys(manifest.dependencies).map((name): [string, string] => [name, `file:${inModules(name)}`]);
  const signer = 'aws-msk-iam-sasl-signer-js';
  const theirs = { [signer]: `file:${inModules(signer)}` };
  const dependencies = { ...Object.fromEntries(ours), ...theirs, [CLIENT_PACKAGE]: `file:${tarball}` };
  writeFileSync(join(user, 'package.json'), JSON.stringify({ name: 'user', type: 'module', dependencies }));
  run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--strict-peer-deps'], user);
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('it depends on what it imports and on nothing else', () => {
  expect(Object.keys(manifest.dependencies)).toEqual([
    '@aws-sdk/client-eventbridge',
    '@aws-sdk/client-ssm',
    'kafkajs',
    'zod',
  ]);
  const installed = run('npm', ['ls', '--json'], user);
  expect(JSON.parse(installed)).not.toHaveProperty('problems');
});

test('it carries code, types, README, licence and contract, and no source', () => {
  const files = run('tar', ['-tzf', tarball], folder).trim().split('\n');
  expect(files).toEqual(expect.arrayContaining(['package/README.md', 'package/LICENSE', 'package/client-contract.md']));
  expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([]);
  expect(files.every((file) => /^package\/(client|core\/contracts|[^/]+$)/.test(file))).toBe(true);
});

test('publint and attw find nothing to say', () => {
  expect(run(tool('publint'), ['--strict', built], folder)).toContain('All good!');
  expect(run(tool('attw'), [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-emoji'], folder)).toContain(
    CLIENT_PACKAGE,
  );
}, 60_000);

test('the samples of its README type-check where it is installed', () => {
  const files = samples().map((text, index) => [`sample-${index}.ts`, text] as const);
  expect(files).toHaveLength(4);
  for (const [name, text] of files) writeFileSync(join(user, name), text);
  const options = { module: 'nodenext', target: 'es2022', strict: true, noEmit: true, skipLibCheck: true };
  const types = { types: ['node'], typeRoots: [inModules('@types')] };
  writeFileSync(
    join(user, 'tsconfig.json'),
    JSON.stringify({ compilerOptions: { ...options, ...types }, files: files.map(([name]) => name) }),
  );
  run(tool('tsc'), ['-p', '.'], user);
}, 60_000);

test('the example of its README has at most ten lines, and imports', () => {
  const lines = example().split('\n');
  expect(lines.filter((line) => line.trim() !== '').length).toBeGreaterThan(5);
  expect(lines.filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10);
  const names = /import \{ (.*) \} from/.exec(example())?.[1]?.split(', ') ?? [];
  const ask = `const all = await import('${CLIENT_PACKAGE}'); console.log(${JSON.stringify(names)}.map((name) => typeof all[name]).join());`;
  expect(run(process.execPath, ['--input-type=module', '-e', ask], user).trim()).toBe(
    names.map(() => 'function').join(),
  );
}, 60_000);

test('the sample of its README that reads credentials from files finds them by the name that the routing gives', () => {
  const secrets = join(folder, 'secrets');
  mkdirSync(secrets);
  for (const name of ['k1-ca.pem', 'k1-password', 'k2-ca.pem', 'k2-cert.pem', 'k2-key.pem'])
    writeFileSync(join(secrets, name), `text of ${name}`);
  const sample = samples()
    .find((text) => text.includes('/etc/kafka/'))!
    .replace('/etc/kafka/', `${secrets}/`);
  const ask = (auth: string) => `await kafka({ cluster: 'K1', bootstrapServers: [], auth: '${auth}' })`;
  const tell = `console.log(JSON.stringify([${ask('k1-clients')}, ${ask('k2-clients')}]));`;
  writeFileSync(join(user, 'credentials.ts'), `${sample}\n${tell}\n`);
  const answer = run(process.execPath, ['--disable-warning=ExperimentalWarning', 'credentials.ts'], user);
  expect(JSON.parse(answer)).toEqual([
    {
      ssl: { ca: ['text of k1-ca.pem'] },
      sasl: { mechanism: 'scram-sha-512', username: 'orders', password: 'text of k1-password' },
    },
    { ssl: { ca: ['text of k2-ca.pem'], cert: 'text of k2-cert.pem', key: 'text of k2-key.pem' } },
  ]);
});

test.each(['README.md', 'client-contract.md'])('links in its %s lead to what the package holds', (document) => {
  const links = [...readFileSync(join(built, document), 'utf8').matchAll(/\]\(([^)#]+)/g)].map(([, to]) => to!);
  expect(links.filter((to) => !to.startsWith('https:') && !readdirSync(built).includes(to))).toEqual([]);
});
