/**
 * Outlives the process that started it by one moment: when the pipe on its standard input closes, for whatever reason,
 * it kills the process groups that are still registered and removes the registered folders.
 * Protocol: one JSON object a line, see `WatchdogOrder`. It is started in a session of its own, so Ctrl-C passes by.
 */
import { rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { processStartedAt, type ProcessIdentity } from '../../../tools/ensure/process-identity.mjs';

export type WatchdogOrder =
  | { readonly order: 'watch'; readonly leader: ProcessIdentity }
  | { readonly order: 'forget'; readonly pid: number }
  | { readonly order: 'remove-at-end'; readonly folder: string };

/**
 * Kills a process group by its leader's identity. A leader whose start time differs is somebody else's process that got
 * the number, and is left alone; no leader at all leaves the rest of its group, whose number cannot be given out again.
 */
export function killGroup(leader: ProcessIdentity, signal: NodeJS.Signals): void {
  const startedAt = processStartedAt(leader.pid);
  if (startedAt !== undefined && startedAt !== leader.startedAt) return;
  try {
    process.kill(-leader.pid, signal);
  } catch {
    // nobody is left in that group
  }
}

function watch(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);
  const leaders = new Map<number, ProcessIdentity>();
  const folders: string[] = [];
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const order = JSON.parse(line) as WatchdogOrder;
    if (order.order === 'watch') leaders.set(order.leader.pid, order.leader);
    else if (order.order === 'forget') leaders.delete(order.pid);
    else folders.push(order.folder);
  });
  lines.on('close', () => {
    for (const leader of leaders.values()) killGroup(leader, 'SIGKILL');
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    process.exit(0);
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) watch();
