#!/usr/bin/env node
/** Operator's command line: asks the `operate` function of the region that controls a client set. */
import { readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { askController } from './cli/invoke.ts';
import { main } from './cli/main.ts';
import { terminalPaint } from './cli/print.ts';

interface Manifest {
  readonly version: string;
}

process.exitCode = await main(process.argv.slice(2), {
  env: process.env,
  version: () =>
    (JSON.parse(readFileSync(join(import.meta.dirname, '..', 'package.json'), 'utf8')) as Manifest).version,
  user: () => {
    try {
      return userInfo().username;
    } catch {
      return undefined; // a user id without an entry, as in many containers
    }
  },
  ask: askController,
  print: (line) => void process.stdout.write(`${line}\n`),
  complain: (line) => void process.stderr.write(`${line}\n`),
  paint: terminalPaint,
});
