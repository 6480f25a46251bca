import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Emulator } from '../support/world/emulator.ts';
import { ProcessOwner } from '../support/world/processes.ts';
import './support/patience.ts';

let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'mm2-failover-test-'));
});
afterEach(() => rmSync(temporary, { recursive: true, force: true }));

test('a package.json that somebody left in the folder for temporary files does not change what functions are', async () => {
  writeFileSync(join(temporary, 'package.json'), '{"type":"module"}');
  const owner = new ProcessOwner();
  try {
    await Emulator.start({ owner, folder: join(temporary, 'logs'), temporary });
    const scratch = readdirSync(temporary).find((name) => name.startsWith('mm2-failover-'))!;
    const functionFolder = join(temporary, scratch, 'tmp', 'ministack-lambda-any');
    mkdirSync(functionFolder, { recursive: true });
    // What the emulator runs for a function is CommonJS.
    writeFileSync(join(functionFolder, '_worker.js'), "process.stdout.write(typeof require('node:fs').readFileSync)");
    expect(execFileSync(process.execPath, [join(functionFolder, '_worker.js')], { encoding: 'utf8' })).toBe('function');
  } finally {
    await owner.stopAll();
  }
});
