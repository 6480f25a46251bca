/** The tail of one partition at the moment that home is left: a range, since home cannot be asked. */
import type { EpochMs } from '../contracts/primitives.ts';
import type { HomeSample } from '../contracts/tables.ts';
import type { TailFields } from '../contracts/tail.ts';
import { instant } from '../health/words.ts';
import { larger } from '../replication/offsets.ts';
import { peakRate } from './loss.ts';

export interface LeftBasis {
  /** Home's end when it was last sampled; undefined = it never was. */
  readonly homeEnd: bigint | undefined;
  /** Offset of the last record that the flow says it has copied; undefined = it says nothing of this partition. */
  readonly copied: string | undefined;
  readonly sample: HomeSample | undefined;
  readonly nowMs: EpochMs;
}

/**
 * Lower: what the last sample held and the flow has not acknowledged. Upper: that, and what producers may have written since
 * at the highest rate seen of the whole topic, since all of it may have gone into this partition.
 */
export function tailLeft({ homeEnd, copied, sample, nowMs }: LeftBasis): NonNullable<TailFields['left']> {
  if (homeEnd === undefined || sample === undefined)
    return { lower: null, upper: null, because: "home's log end was never sampled" };
  if (copied === undefined)
    return { lower: null, upper: null, because: 'no recent look at the flow tells what it has copied' };
  const lower = larger(0n, homeEnd - (BigInt(copied) + 1n));
  const ageMs = Math.max(0, nowMs - sample.atMs);
  const age = `by home's log end of ${instant(sample.atMs)}`;
  const rate = peakRate(sample);
  if (rate === null) return { lower: String(lower), upper: null, because: `${age}; the produce rate is not known` };
  const upper = lower + BigInt(Math.ceil((rate * ageMs) / 1000));
  return { lower: String(lower), upper: String(upper), because: `${age}, at up to ${Math.ceil(rate)} records/s` };
}
