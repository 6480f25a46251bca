// Which process a pid means. A pid alone is reused by the system, so everything that kills or trusts a recorded pid
// compares the start time too.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/**
 * The start time of a living process as an opaque string, or undefined when no such process runs (a zombie counts as
 * ended). Linux: field 22 of /proc/<pid>/stat, in clock ticks since boot. Elsewhere: what `ps` prints.
 * @param {number} pid
 * @returns {string | undefined}
 */
export function processStartedAt(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
      const afterName = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name may hold blanks and brackets
      return afterName[0] === 'Z' ? undefined : afterName[19];
    }
    const line = execFileSync('ps', ['-o', 'stat=,lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
    return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '');
  } catch {
    return undefined;
  }
}

/** @param {{ pid: number, startedAt: string }} identity */
export function isStillRunning(identity) {
  return processStartedAt(identity.pid) === identity.startedAt;
}

/** This process as `{ pid, startedAt }`. */
export function ownIdentity() {
  return { pid: process.pid, startedAt: processStartedAt(process.pid) ?? 'unknown' };
}
