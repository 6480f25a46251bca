/** What retention or truncation took while a group was on its way: counted as it happens, since a commit may jump over it. */
import type { Taken } from '../contracts/tail.ts';
import { firstOf } from '../contracts/text.ts';
import { larger, smaller } from '../replication/offsets.ts';

export interface Passed {
  readonly logStart: bigint;
  /** null: the group has no commit, so nobody knows what it was owed. */
  readonly committed: bigint | null | 'unknown';
  /** What lies behind it is owed to nobody. */
  readonly fence?: bigint | undefined;
}

/** @returns what was taken so far; undefined while nothing was */
export function takenSoFar(before: Taken | undefined, { logStart, committed, fence }: Passed): Taken | undefined {
  if (typeof committed !== 'bigint' || committed < 0n) return before;
  const start = smaller(logStart, fence ?? logStart);
  const [offsets, below] = before === undefined ? [0n, 0n] : [BigInt(before.offsets), BigInt(before.below)];
  const from = larger(below, committed);
  return start <= from ? before : { offsets: String(offsets + start - from), below: String(start) };
}

/** `<group> <topic>-<partition>: <offsets>` of each spot key `<group>|<topic>|<partition>`. */
export const takenLines = (taken: Readonly<Record<string, Taken>>): readonly string[] =>
  Object.entries(taken).map(([key, { offsets }]) => {
    const [group, topic, partition] = key.split('|');
    return `${group} ${topic}-${partition}: ${offsets}`;
  });

/** Ends a step's sentence; empty while nothing was taken. */
export function takenSentence(lines: readonly string[]): string {
  if (lines.length === 0) return '';
  return `; retention or truncation took offsets before they were read: ${firstOf(lines, 3, ', ')}`;
}
