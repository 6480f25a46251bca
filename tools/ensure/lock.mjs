// A lock between processes of one clone: a folder, because making one is atomic everywhere, with its owner's identity.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isStillRunning, ownIdentity } from './process-identity.mjs';

/** A lock without an owner file is being made right now, unless it stays so for this long. */
const unfinishedAfterMs = 5_000;

/**
 * @param {string} folder
 * @param {string} purpose what people read when they meet the lock
 * @returns {{ kind: 'taken', release: () => void } | { kind: 'busy', owner: import('./lock.d.mts').LockOwner | undefined }}
 */
export function tryLock(folder, purpose) {
  for (;;) {
    try {
      mkdirSync(folder);
      const owner = { ...ownIdentity(), purpose, since: new Date().toISOString() };
      writeFileSync(join(folder, 'owner.json'), JSON.stringify(owner));
      return { kind: 'taken', release: () => rmSync(folder, { recursive: true, force: true }) };
    } catch (problem) {
      if (problem.code !== 'EEXIST') throw problem;
    }
    const owner = readOwner(folder);
    if (owner !== undefined && isStillRunning(owner)) return { kind: 'busy', owner };
    if (owner === undefined && ageMs(folder) < unfinishedAfterMs) return { kind: 'busy', owner };
    removeStale(folder);
  }
}

/** The rename lets exactly one of several contenders remove the dead owner's lock; what it moved is checked again. */
function removeStale(folder) {
  const aside = `${folder}.stale-${String(process.pid)}`;
  try {
    renameSync(folder, aside);
  } catch {
    return; // somebody else was faster
  }
  const moved = readOwner(aside);
  if (moved !== undefined && isStillRunning(moved))
    renameSync(aside, folder); // a faster one's new lock: put it back
  else rmSync(aside, { recursive: true, force: true });
}

function readOwner(folder) {
  try {
    return JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8'));
  } catch {
    return undefined;
  }
}

function ageMs(folder) {
  try {
    return Date.now() - statSync(folder).mtimeMs;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
