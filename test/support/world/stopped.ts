/** A process is told to stop (SIGSTOP) at once and stops a moment later, thread by thread; one of them may still answer. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { waitFor } from './conditions.ts';
import type { OwnedProcess } from './processes.ts';

/** Sends SIGSTOP; resolves when no thread of the process runs any more. */
export async function stopAnswering(process: OwnedProcess): Promise<void> {
  process.signal('SIGSTOP');
  const isStill = async () => (isStopped(process.pid) ? true : undefined);
  await waitFor(`${process.name} stands still`, isStill, { timeoutMs: 5_000, everyMs: 10 });
}

function isStopped(pid: number): boolean {
  try {
    return statesOf(pid).every((state) => state === 'T');
  } catch {
    return false; // a thread has ended between the list and the look
  }
}

/** As the kernel names them, one for each thread where it tells them apart. */
function statesOf(pid: number): readonly string[] {
  if (process.platform !== 'linux')
    return [
      execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' })
        .trim()
        .slice(0, 1),
    ];
  return readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2); // the name may hold blanks and brackets
  });
}
