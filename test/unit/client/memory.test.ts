import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createFollower } from '../../../client/follower.ts';
import { silentLogger } from '../../../client/logging.ts';
import { fileMemory } from '../../../client/memory.ts';
import { memorySource } from '../../../client/routing-source.ts';
import { clientRouting } from '../../support/builders/client-routing.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'memory-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('what was saved is there after a restart', async () => {
  const file = join(folder, 'deep', 'routing.json');
  await fileMemory(file).save('one');
  expect(await fileMemory(file).load()).toBe('one');
});

test('nothing saved yet is null', async () => {
  expect(await fileMemory(join(folder, 'routing.json')).load()).toBeNull();
});

test('values saved in quick succession end with the last one, whole, and leave nothing beside it', async () => {
  const file = join(folder, 'routing.json');
  const memory = fileMemory(file);
  const texts = Array.from({ length: 20 }, (_, n) => `${n}`.repeat(5000 - 200 * n));
  await Promise.all(texts.map((text) => memory.save(text)));
  expect(readFileSync(file, 'utf8')).toBe(texts.at(-1));
  expect(readdirSync(folder)).toEqual(['routing.json']);
});

test('two clients of one process may share a file', async () => {
  const file = join(folder, 'routing.json');
  const saves = Array.from({ length: 10 }, () => fileMemory(file).save('the same'));
  await expect(Promise.all(saves)).resolves.toHaveLength(10);
  expect(readFileSync(file, 'utf8')).toBe('the same');
});

test('a save that fails does not stop the next one', async () => {
  writeFileSync(join(folder, 'blocked'), 'a file where a folder should be');
  const memory = fileMemory(join(folder, 'blocked', 'routing.json'));
  await expect(memory.save('one')).rejects.toThrow();
  rmSync(join(folder, 'blocked'));
  await memory.save('two');
  expect(await memory.load()).toBe('two');
});

test('a value is remembered before it is applied, so that a process killed in mid-switch does not step back', async () => {
  const order: string[] = [];
  const source = memorySource();
  const saved = Promise.withResolvers<undefined>();
  const applied = Promise.withResolvers<undefined>();
  const follower = createFollower({
    pair: 'orders',
    clientSet: 'clients-k1',
    role: 'consumer',
    source,
    logger: silentLogger,
    memory: {
      load: async () => null,
      save: async () => {
        await saved.promise;
        order.push('saved');
      },
    },
    apply: async () => {
      order.push('applied');
      applied.resolve(undefined);
    },
  });
  await follower.start();
  source.publish(clientRouting({ revision: 2 }));
  setImmediate(() => saved.resolve(undefined));
  await applied.promise;
  expect(order).toEqual(['saved', 'applied']);
});
