import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { processStartedAt } from '../../tools/ensure/process-identity.mjs';
import { waitFor } from '../support/world/conditions.ts';
import { freePorts } from '../support/world/ports.ts';
import { ProcessOwner, type OwnedProcess } from '../support/world/processes.ts';
import { killGroup } from '../support/world/watchdog.ts';
import { PATIENT } from './support/patience.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mm2-failover-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const shell = (owner: ProcessOwner, script: string): OwnedProcess =>
  owner.spawn({ name: 'script', command: 'sh', args: ['-c', script], log: join(folder, 'script.log') });
const gone = (pid: number): Promise<true> =>
  waitFor(`${pid} is gone`, async () => (processStartedAt(pid) === undefined ? true : undefined), {
    ...PATIENT,
    everyMs: 20,
  });
const numberIn = (file: string): Promise<number> =>
  waitFor(file, async () => Number(readFileSync(join(folder, file), 'utf8').trim()) || undefined, {
    ...PATIENT,
    everyMs: 20,
  });

describe('the owner of processes', () => {
  test('tells how a process ended, with the end of its log', async () => {
    const owner = new ProcessOwner();
    const process = shell(owner, 'echo a sad story; exit 3');
    expect(process.ended()).toBeUndefined();
    await process.exit;
    expect(process.ended()).toMatch(/^script ended with 3\. The end of .*script\.log:\na sad story$/);
    await owner.stopAll();
  });

  test('kills what does not stop when asked, and what it had started', async () => {
    const owner = new ProcessOwner();
    const stubborn = shell(owner, `trap '' TERM; sleep 600 & echo $! > ${folder}/child; wait; wait`);
    const child = await numberIn('child');
    await stubborn.stop(100);
    await Promise.all([gone(stubborn.pid), gone(child)]);
    await owner.stopAll();
  });

  test('ends the children that an ended process left behind', async () => {
    const owner = new ProcessOwner();
    shell(owner, `sleep 600 & echo $! > ${folder}/child`);
    await gone(await numberIn('child'));
    await owner.stopAll();
  });

  test('stops all, does what is due before, removes its folders, and starts nothing more', async () => {
    const owner = new ProcessOwner();
    const sleeper = shell(owner, 'exec sleep 600');
    const scratch = join(folder, 'scratch');
    mkdirSync(scratch);
    owner.removeAtEnd(scratch);
    let ranBefore: boolean | undefined;
    owner.beforeStop(async () => {
      ranBefore = sleeper.ended() === undefined;
    });
    await owner.stopAll();
    expect([ranBefore, sleeper.ended() !== undefined, existsSync(scratch)]).toEqual([true, true, false]);
    expect(() => shell(owner, 'true')).toThrow('everything is being stopped');
  });

  test('a process that cannot be started says so', async () => {
    const owner = new ProcessOwner();
    const absent = owner.spawn({ name: 'absent', command: '/no/such/file', args: [], log: join(folder, 'x.log') });
    await absent.exit;
    expect(absent.ended()).toContain('absent cannot start /no/such/file');
    await owner.stopAll();
  });
});

describe('when the owner dies without a word', () => {
  const program = (): string => `
    import { ProcessOwner } from ${JSON.stringify(join(import.meta.dirname, '../support/world/processes.ts'))};
    const owner = new ProcessOwner();
    owner.removeAtEnd(${JSON.stringify(join(folder, 'scratch'))});
    const spec = { command: 'sh', log: ${JSON.stringify(join(folder, 'x.log'))} };
    owner.spawn({ ...spec, name: 'sleeper', args: ['-c', 'sleep 600 & echo $! > ${folder}/child; echo $$ > ${folder}/leader; wait'] });
    setInterval(() => undefined, 1000);`;

  test('by SIGKILL, its processes, their children and its folders go too', async () => {
    mkdirSync(join(folder, 'scratch'));
    const file = join(folder, 'parent.mjs');
    writeFileSync(file, program());
    const parent = spawn(process.execPath, [file], { stdio: 'ignore' });
    const pids = [await numberIn('leader'), await numberIn('child')];
    parent.kill('SIGKILL');
    await Promise.all(pids.map(gone));
    await waitFor('scratch is removed', async () => (existsSync(join(folder, 'scratch')) ? undefined : true), {
      ...PATIENT,
    });
  });

  test('a number that another process has by now is left alone', async () => {
    const owner = new ProcessOwner();
    const innocent = shell(owner, 'exec sleep 600');
    killGroup({ pid: innocent.pid, startedAt: 'long ago' }, 'SIGKILL');
    expect(processStartedAt(innocent.pid)).toBeDefined();
    await owner.stopAll();
  });
});

test('free ports differ and lie below those of outgoing connections', async () => {
  const ports = await freePorts(20);
  expect(new Set(ports).size).toBe(20);
  expect(ports.every((port) => port >= 20_000 && port < 32_000)).toBe(true);
});

describe('waiting for a condition', () => {
  test('ends with the value', async () => {
    let asked = 0;
    expect(
      await waitFor('third', async () => ((asked += 1) === 3 ? asked : undefined), { timeoutMs: 1_000, everyMs: 1 }),
    ).toBe(3);
  });
  test('ends in time, with the last answer', async () => {
    const never = async (): Promise<undefined> => {
      throw new Error('refused');
    };
    await expect(waitFor('a port', never, { timeoutMs: 20, everyMs: 1 })).rejects.toThrow(
      'a port: not within 0 s; last answer: refused',
    );
  });
  test('ends at once when there is no hope', async () => {
    const options = { timeoutMs: 60_000, hopeless: () => 'the process ended' };
    await expect(waitFor('a port', async () => undefined, options)).rejects.toThrow('a port: the process ended');
  });
});
