import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { tryLock } from '../../../tools/ensure/lock.mjs';
import { agrees, verifyJars } from '../../../tools/ensure/parts.mjs';
import { isStillRunning, ownIdentity, processStartedAt } from '../../../tools/ensure/process-identity.mjs';
import { explainFailure } from '../../../tools/ensure/run.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mm2-failover-test-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('what npm installed agrees with the lock file', () => {
  const lock = {
    '': {},
    'node_modules/a': { version: '1.0.0' },
    'node_modules/os': { version: '2.0.0', optional: true },
  };
  const verdict = (installed: Record<string, { version: string }>): boolean =>
    agrees(JSON.stringify({ packages: lock }), JSON.stringify({ packages: installed }));

  test('all there', () => {
    expect(verdict({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/os': { version: '2.0.0' } })).toBe(true);
  });
  test("another platform's package may be absent", () => {
    expect(verdict({ 'node_modules/a': { version: '1.0.0' } })).toBe(true);
  });
  test('a package is missing', () => {
    expect(verdict({ 'node_modules/os': { version: '2.0.0' } })).toBe(false);
  });
  test('a package has another version', () => {
    expect(verdict({ 'node_modules/a': { version: '1.0.1' } })).toBe(false);
  });
});

describe('a failed installer is explained in one sentence', () => {
  const explained = (output: string): string => explainFailure({ name: 'npm ci', output, code: 1, log: 'x.log' });
  test.each([
    ['npm', 'npm error code EAI_AGAIN'],
    ['Maven', 'Could not transfer artifact org.apache.kafka:kafka_2.13'],
    [
      'pip that found no index',
      'ERROR: Could not find a version that satisfies the requirement six==1.17.0 (from versions: none)',
    ],
    ['pip', 'Failed to establish a new connection: [Errno -2] Name or service not known'],
  ])('%s without a network', (_tool, output) => {
    expect(explained(output)).toMatch(/^npm ci: the package registry was not reached\. Check the network/);
  });
  test('a full disk', () => {
    expect(explained('write ENOSPC: no space left on device')).toMatch(/^npm ci: the disk is full/);
  });
  test('anything else shows the end of its output', () => {
    expect(explained('one\ntwo')).toBe('npm ci ended with 1. The last lines of x.log:\none\ntwo');
  });
});

describe('the jars are those the project was tested with', () => {
  const hello = '2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824  a.jar\n';
  test('the same', () => {
    writeFileSync(join(folder, 'a.jar'), 'hello');
    expect(() => verifyJars(folder, hello)).not.toThrow();
  });
  test('one byte differs', () => {
    writeFileSync(join(folder, 'a.jar'), 'hellp');
    expect(() => verifyJars(folder, hello)).toThrow('a.jar differs from tools/kafka/jars.sha256');
  });
  test('one is missing', () => {
    expect(() => verifyJars(folder, hello)).toThrow('a.jar is missing among the Kafka jars');
  });
});

describe('a lock', () => {
  test('is taken once, and free again after its release', () => {
    const first = tryLock(join(folder, 'lock'), 'first');
    expect(tryLock(join(folder, 'lock'), 'second')).toMatchObject({
      kind: 'busy',
      owner: { purpose: 'first', pid: process.pid },
    });
    if (first.kind === 'taken') first.release();
    expect(tryLock(join(folder, 'lock'), 'third').kind).toBe('taken');
  });
  test.each([
    ['a process that is gone', { pid: 4_000_000_000, startedAt: '1' }],
    ['a process whose number somebody else has now', { pid: process.pid, startedAt: '1' }],
  ])('of %s is taken over', (_story, owner) => {
    mkdirSync(join(folder, 'lock'));
    writeFileSync(join(folder, 'lock', 'owner.json'), JSON.stringify(owner));
    expect(tryLock(join(folder, 'lock'), 'heir').kind).toBe('taken');
  });
  test('that is being made has no owner yet and is respected', () => {
    mkdirSync(join(folder, 'lock'));
    expect(tryLock(join(folder, 'lock'), 'second')).toEqual({ kind: 'busy', owner: undefined });
  });
});

describe('a process is known by its number and its start time', () => {
  test('this one runs', () => {
    expect(isStillRunning(ownIdentity())).toBe(true);
  });
  test('the same number with another start time is another process', () => {
    expect(isStillRunning({ pid: process.pid, startedAt: 'never' })).toBe(false);
  });
  test('no such process', () => {
    expect(processStartedAt(4_000_000_000)).toBeUndefined();
  });
});

describe('a fresh clone needs no command before the one that somebody wants', () => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };
  const onStage = Object.entries(scripts).filter(([, script]) => script.startsWith('sh tools/on-stage.sh '));
  const staged = onStage.map(([name]) => name);
  const wanted = Object.keys(scripts).filter(
    (name) => !staged.includes(name) && (scripts[`pre${name}`] !== undefined || !name.startsWith('pre')),
  );

  /** A build makes sure itself, and the shell that did not find a Node yet must not be asked for one twice. */
  test.each(wanted)('npm run %s makes sure first', (name) => {
    expect(scripts[`pre${name}`]).toMatch(/^(node tools\/ensure\.mjs (node|world)|npm run -s build)$/);
  });

  test('what plays on real parts makes sure itself, behind its help', () => {
    expect(staged).toEqual(['drill', 'drill:matrix', 'drill:repeat', 'lab']);
    expect(readFileSync('tools/on-stage.sh', 'utf8')).toContain('\nnode tools/ensure.mjs world\n');
  });

  /** The script does not exist, and nothing is made sure of: the help is all that is run. */
  test.each(onStage)('npm run %s -- --help answers at once, whatever else is asked', (name, script) => {
    const [, , command] = script.split(' ');
    for (const help of ['--help', '-h']) {
      const args = ['tools/on-stage.sh', command!, 'no/such/script.ts', '--keep', help];
      const { status, stdout } = spawnSync('/bin/sh', args, { encoding: 'utf8', env: { PATH: '/bin:/usr/bin' } });
      expect([status, stdout.split(' -- ')[0]]).toEqual([0, `npm run ${name}`]);
    }
  });

  test('what is there already costs no word, so that the output of the command stays its own', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['tools/ensure.mjs', 'node'], { encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});
