/** What docs/following.md tells people to copy: it parses, and the loop beside an application does what is said of it. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { parseAllDocuments } from 'yaml';
import { plainParameters, routingParameter } from '../../core/contracts/routing.ts';
import { clientRouting } from '../support/builders/client-routing.ts';

const blocks = [...readFileSync('docs/following.md', 'utf8').matchAll(/```(\w+)\n([^]*?)```/g)].map(
  ([, language, text]) => ({ language: language!, text: text! }),
);
const allOf = (language: string) => blocks.filter((block) => block.language === language).map(({ text }) => text);

test('every block is of a kind that is checked here', () => {
  expect([...new Set(blocks.map(({ language }) => language))].toSorted()).toEqual(['json', 'sh', 'yaml']);
});

test.each(allOf('yaml'))('a yaml block parses (%#)', (text) => {
  expect(parseAllDocuments(text).flatMap(({ errors }) => errors)).toEqual([]);
});

interface Container {
  readonly name: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly { readonly name: string; readonly value: string }[];
  readonly environment?: readonly { readonly name: string; readonly value: string }[];
}
interface Task {
  readonly containerDefinitions: readonly Container[];
}
interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly template: {
      readonly spec: { readonly serviceAccountName: string; readonly containers: readonly Container[] };
    };
  };
}
const task = () => allOf('json').map((text) => JSON.parse(text) as Task)[0]!;
const manifests = () =>
  parseAllDocuments(allOf('yaml').find((text) => text.includes('containers:'))!).map((one) => one.toJS() as Manifest);
const pod = () => manifests().find(({ kind }) => kind === 'Deployment')!.spec.template.spec;
const routing = (containers: readonly Container[]) => containers.find(({ name }) => name === 'routing')!;
const inEcs = () => routing(task().containerDefinitions).command![0]!;
const inKubernetes = () => routing(pod().containers).args![0]!;

const VALUE = routingParameter('orders', 'clients-k1');

test.each([
  ['ECS', () => routing(task().containerDefinitions).environment!],
  ['Kubernetes', () => routing(pod().containers).env!],
])('the container of %s reads the parameter that reconcile writes', (_where, environment) => {
  expect(environment().find(({ name }) => name === 'PARAMETER')?.value).toBe(VALUE);
});

test('the deployment runs as the service account that carries the role', () => {
  expect(pod().serviceAccountName).toBe(manifests().find(({ kind }) => kind === 'ServiceAccount')!.metadata.name);
});

interface Configured {
  readonly secrets: readonly { readonly name: string; readonly valueFrom: string }[];
}
const secrets = () => (JSON.parse(allOf('json')[1]!) as Configured).secrets;

test('what an ECS service reads at its start are the plain parameters, all of them, each by a name of its own', () => {
  const named = secrets().map(({ name, valueFrom }) => [name, valueFrom.replace(/^arn:aws:ssm:[^/]*/, '')]);
  const plain = Object.keys(plainParameters(clientRouting())).toSorted();
  expect(named.map(([, parameter]) => parameter).toSorted()).toEqual(plain);
  expect(named.map(([name]) => name)).toEqual(
    named.map(([, parameter]) => parameter!.split('/').slice(4).join('_').replaceAll('-', '_').toUpperCase()),
  );
});

test('Spring Boot takes what the ECS service is given, and begins at no end of the log', () => {
  const text = allOf('yaml').find((one) => one.startsWith('spring:'))!;
  const asked = [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
  expect(asked.toSorted()).toEqual(
    secrets()
      .map(({ name }) => name)
      .toSorted(),
  );
  expect(parseAllDocuments(text)[0]!.toJS()).toMatchObject({
    spring: { kafka: { consumer: { 'auto-offset-reset': 'none', 'enable-auto-commit': false } } },
  });
});

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'following-'));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const program = (name: string, lines: readonly string[]) => {
  writeFileSync(join(folder, name), ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(join(folder, name), 0o755);
};

/** One turn of a loop: `aws` answers what each region holds, or fails; `sleep` ends it. */
const turn = (loop: string, regions: Readonly<Record<string, string | null>>) => {
  for (const [region, value] of Object.entries(regions)) {
    if (value === null) rmSync(join(folder, region), { force: true });
    else writeFileSync(join(folder, region), `${value}\n`);
  }
  program('aws', [
    'while [ "$1" != --region ]; do shift; done',
    `[ -f ${folder}/"$2" ] || { printf '{"revision":99,"cut' ; exit 254; }`,
    `cat ${folder}/"$2"`,
  ]);
  program('sleep', ['kill $PPID']);
  const env = {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    PARAMETER: '/mm2-failover/orders/clients-k1/routing',
    REGIONS: Object.keys(regions).join(' '),
  };
  const { signal } = spawnSync('sh', ['-c', loop.replaceAll('/routing/', `${folder}/mounted-`)], { env });
  expect(signal).toBe('SIGTERM');
};
const mounted = () => {
  const file = join(folder, 'mounted-value');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
};
const revision = (number: number) => `{"schema":1,"pair":"orders","revision":${number},"phase":"home"}`;

describe.each([
  ['the shell loop', () => allOf('sh')[0]!],
  ['the ECS task', inEcs],
  ['the Kubernetes pod', inKubernetes],
])('%s', (_where, loop) => {
  test.each([
    ['both regions hold the same', null, { west: revision(3), central: revision(3) }, revision(3)],
    ['the second region is ahead', null, { west: revision(3), central: revision(4) }, revision(4)],
    ['the first region is ahead', null, { west: revision(10), central: revision(9) }, revision(10)],
    ['one region cannot be read', null, { west: null, central: revision(4) }, revision(4)],
    ['a newer value replaces the old one', revision(3), { west: revision(4), central: null }, revision(4)],
    ['an older value does not', revision(5), { west: revision(4), central: null }, revision(5)],
    ['no region can be read: the old one stays', revision(5), { west: null, central: null }, revision(5)],
    ['there has never been one', null, { west: null, central: null }, null],
  ])('%s', (_story, before, regions, after) => {
    if (before !== null) writeFileSync(join(folder, 'mounted-value'), before);
    turn(loop(), regions);
    expect(mounted()).toBe(after);
  });

  test('an answer that was cut short never gets to the application, and nothing is written in place', () => {
    expect(loop()).not.toMatch(/> \/routing\/value(?!\.new)/);
    turn(loop(), { west: null });
    expect(readdirSync(folder)).not.toContain('mounted-value');
  });
});
