/** Samples of the client library's README, as they stand: in a process of their own, on two real clusters and the AWS emulator. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Routing } from '../../client/index.ts';
import { routingParameter } from '../../core/contracts/routing.ts';
import { buildClientPackage, CLIENT_PACKAGE } from '../../tools/client-package.ts';
import { at, clientRouting } from '../support/builders/client-routing.ts';
import { readmeSamples } from '../support/client-readme.ts';
import { waitFor } from '../support/world/conditions.ts';
import { repositoryRoot } from '../support/world/paths.ts';
import type { OwnedProcess } from '../support/world/processes.ts';
import { CONTROL_REGION, emulatorForThisFile, HOME_REGION } from './support/aws.ts';
import {
  commitStart,
  createTopic,
  fill,
  members,
  startTwoClusters,
  type TwoClusters,
  valuesIn,
} from './support/client-world.ts';
import { eventually, PATIENT } from './support/patience.ts';

const emulator = emulatorForThisFile();
const samples = readmeSamples(readFileSync(join(repositoryRoot, 'client', 'README.md'), 'utf8'));
let world: TwoClusters;

beforeAll(async () => {
  world = await startTwoClusters('client-readme');
  for (const [cluster, topic] of [
    [world.k1, 'orders'],
    [world.k2, 'K1.orders'],
    [world.k2, 'orders'],
  ] as const) {
    await createTopic(cluster, topic, 1);
    await commitStart(cluster, 'billing', topic, [0]);
  }
  const modules = join(world.folder, 'node_modules');
  mkdirSync(modules);
  for (const name of ['@aws-sdk', 'kafkajs', 'zod'])
    symlinkSync(join(repositoryRoot, 'node_modules', name), join(modules, name));
  buildClientPackage(join(modules, CLIENT_PACKAGE));
});

afterAll(() => world.stop());

async function publish(value: Routing): Promise<void> {
  for (const region of [HOME_REGION, CONTROL_REGION])
    await new SSMClient(emulator.client(region)).send(
      new PutParameterCommand({
        Name: routingParameter(value.pair, value.clientSet),
        Value: JSON.stringify({ ...value, pollSeconds: 0.2 }),
        Type: 'String',
        Overwrite: true,
      }),
    );
}

/** A sample's process, which has the surroundings of this one, and what it said. */
function run(name: string, text: string): { readonly running: OwnedProcess; readonly said: () => string } {
  const [file, log] = [join(world.folder, `${name}.mts`), join(world.folder, `${name}.log`)];
  writeFileSync(file, text);
  const args = ['--disable-warning=ExperimentalWarning', '--disable-warning=TimeoutNegativeWarning', file];
  const running = world.owner.spawn({ name, command: process.execPath, args, log });
  return { running, said: () => readFileSync(log, 'utf8') };
}

test('the first one writes and reads at home, reads the mirrored topic and then the local one at the refuge, and leaves when it is told to end', async () => {
  await publish(clientRouting(at('K1', world.k1.bootstrapServers)));
  const { running, said } = run('first', samples[0]!);
  await eventually('its record is read at home', () => said().includes('orders one bicycle'));
  await fill(world.k2, 'K1.orders', 0, ['a copy']);
  await fill(world.k2, 'orders', 0, ['of the refuge']);
  await publish(clientRouting({ ...at('K2', world.k2.bootstrapServers, 'remote'), revision: 2, phase: 'draining' }));
  await eventually('it reads the mirrored topic', () => said().includes('K1.orders a copy'));
  expect(said()).not.toContain('of the refuge');
  await publish(clientRouting({ ...at('K2', world.k2.bootstrapServers), revision: 3, phase: 'refuge' }));
  await eventually('it reads the local topic', () => said().includes('orders of the refuge'));
  await running.stop(20_000);
  expect(await members(world.k2, 'billing')).toEqual([]);
  expect(said().trim().split('\n')).toEqual(['orders one bicycle', 'K1.orders a copy', 'orders of the refuge']);
});

test('the one with a transaction commits its record', async () => {
  const before = await valuesIn(world.k2, 'orders');
  await publish(clientRouting({ ...at('K2', world.k2.bootstrapServers), revision: 3, phase: 'refuge' }));
  const { running, said } = run(
    'transaction',
    samples.find((text) => text.includes('transactionalId'))!,
  );
  const added = async () => {
    const now = await valuesIn(world.k2, 'orders');
    return now.length > before.length ? now.slice(before.length) : undefined;
  };
  expect(await waitFor('its record is there', added, PATIENT)).toEqual(['one bicycle']);
  await running.stop(20_000);
  expect(said()).toBe('');
});
