/** Switchover: whether a topic's end at home is final. Then it is the fence up to which consumers finish there. */
import type { OffsetText } from '../contracts/primitives.ts';

export interface EndNow {
  readonly highWatermark: bigint;
  /** Below the high watermark while a transaction is open. */
  readonly lastStable: bigint;
}

/** Ends per `<topic>|<partition>`, and since when each look saw the same. */
export interface Standstill {
  readonly ends: Readonly<Record<string, OffsetText>>;
  readonly sinceMs: number;
}

export type StandstillVerdict =
  | { readonly kind: 'still'; readonly standstill: Standstill }
  | { readonly kind: 'moving'; readonly standstill: Standstill; readonly because: string };

/** Still = no partition grew for `stableMs` and none has an open transaction. No partition at all is not still. */
export function judgeStandstill(
  before: Standstill | undefined,
  now: ReadonlyMap<string, EndNow>,
  { nowMs, stableMs }: { readonly nowMs: number; readonly stableMs: number },
): StandstillVerdict {
  const ends = Object.fromEntries([...now].map(([key, { highWatermark }]) => [key, String(highWatermark)]));
  const grown = [...now.keys()].filter((key) => before?.ends[key] !== ends[key]);
  const isSame = before !== undefined && grown.length === 0 && Object.keys(before.ends).length === now.size;
  const standstill = { ends, sinceMs: isSame ? before.sinceMs : nowMs };
  const moving = (because: string): StandstillVerdict => ({ kind: 'moving', standstill, because });
  if (now.size === 0) return moving('no partition could be seen');
  const open = [...now].filter(([, { highWatermark, lastStable }]) => lastStable < highWatermark).map(([key]) => key);
  if (open.length > 0) return moving(`a transaction is open in ${named(open)}`);
  if (before === undefined) return moving('seen for the first time');
  if (!isSame) return moving(`somebody still writes to ${named(grown)}`);
  const stillMs = nowMs - before.sinceMs;
  return stillMs >= stableMs
    ? { kind: 'still', standstill }
    : moving(`unchanged for ${stillMs} ms, asked for ${stableMs} ms`);
}

const named = (keys: readonly string[]): string =>
  keys
    .slice(0, 3)
    .map((key) => key.replace('|', '-'))
    .join(', ');
