// Runs one installer with its output kept, and turns its end into one sentence for people.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { delimiter } from 'node:path';
import { pathFolders } from './prerequisites.mjs';

/** What npm, Maven and pip print when nothing answers (pip: that it knows no version at all). */
const noNetwork =
  /ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|Could not transfer|Temporary failure in name resolution|Name or service not known|Unknown host|UnknownHostException|Connect(ion)? timed out|Connection refused|NewConnectionError|ConnectTimeoutError|Network is unreachable|from versions: none|cannot be accessed in offline mode/i;
const noSpace = /ENOSPC|No space left on device/i;

/** @param {{ name: string, output: string, code: number | null, log: string }} ended */
export function explainFailure({ name, output, code, log }) {
  if (noSpace.test(output)) return `${name}: the disk is full. Free some space and run the command again.`;
  if (noNetwork.test(output))
    return `${name}: the package registry was not reached. Check the network (or the proxy settings of that tool) and run the command again. Details: ${log}`;
  const tail = output.trimEnd().split('\n').slice(-12).join('\n');
  return `${name} ended with ${String(code)}. The last lines of ${log}:\n${tail}`;
}

/**
 * @param {{ name: string, command: string, args: string[], cwd: string, log: string }} step
 * @returns {Promise<string>} its output; rejects with a sentence
 */
export function run({ name, command, args, cwd, log }) {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PATH: pathFolders().join(delimiter) };
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const file = createWriteStream(log);
    let output = '';
    const keep = (chunk) => {
      output = (output + String(chunk)).slice(-200_000);
      file.write(chunk);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const stop = () => child.kill('SIGTERM');
    process.once('exit', stop);
    child.once('error', (problem) => reject(new Error(`${name}: cannot start ${command}: ${problem.message}`)));
    child.once('close', (code) => {
      process.removeListener('exit', stop);
      file.end();
      if (code === 0) resolve(output);
      else reject(new Error(explainFailure({ name, output, code, log })));
    });
  });
}
