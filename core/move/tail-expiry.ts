/**
 * How long the tail is safe: what a lost home had acknowledged and nobody had copied lies in home's log alone, and retention
 * goes on counting while home is away. It deletes when home's brokers start again.
 */
import type { TailAge } from '../contracts/observations.ts';
import type { EpochMs } from '../contracts/primitives.ts';
import type { SetState } from '../contracts/tables.ts';
import { instant, seconds } from '../health/words.ts';

/** In order: the first that holds is the verdict. */
export const TAIL_VERDICTS = {
  NOTHING_LEFT: { needs: 'the set is at home, or left it by a switchover: it left no tail behind', liftedBy: '' },
  EXPIRED: {
    needs: "the oldest record that may be in the tail is older than its topic's retention.ms at home",
    liftedBy: 'going home; what is lost by then is lost',
  },
  EXPIRING: {
    needs: 'the same will be so within a day',
    liftedBy: 'a longer retention.ms at home before its brokers serve again, or going home',
  },
  UNKNOWN: {
    needs: 'the age of the tail or the retention cannot be told for a topic',
    liftedBy: "a look at the topic's copy at the refuge",
  },
  KEPT: { needs: 'retention leaves the tail alone for more than a day, or for ever', liftedBy: '' },
} as const;
export type TailKind = keyof typeof TAIL_VERDICTS;

export interface TailVerdict {
  readonly kind: TailKind;
  readonly sentence: string;
  /** First moment at which retention may take a record of the tail. */
  readonly expiresAtMs?: EpochMs;
}

/** People need that long to bring home back, or to have it keep what it holds. */
export const TAIL_WARNING_MS = 86_400_000;

/** One partition when the set left home. */
export interface LeftBehind {
  /** Records known not to be copied; null = nobody knows. */
  readonly tail: bigint | null;
  /** Timestamp of the newest copied record: what was not copied is not older. null = no copy is left. */
  readonly copiedMs: EpochMs | null;
  /** When home's log end was seen last: where all of it was copied, what came later is not older. */
  readonly sampledMs: EpochMs | null;
}

/** The oldest that an uncopied record of these partitions can be; null = that cannot be told for one of them. */
export function oldestLeftBehind(partitions: readonly LeftBehind[]): EpochMs | null {
  const oldest = partitions.map(({ tail, copiedMs, sampledMs }) => (tail === 0n ? (sampledMs ?? copiedMs) : copiedMs));
  return oldest.includes(null) || oldest.length === 0 ? null : Math.min(...oldest.map(Number));
}

export interface TailFacts {
  readonly clientSet: string;
  readonly home: string;
  readonly state: Pick<SetState, 'phase' | 'leftHomeAtMs' | 'leftHomeBy'>;
  readonly seen: TailAge | undefined;
  readonly nowMs: EpochMs;
}

export function judgeTailExpiry({ clientSet, home, state, seen, nowMs }: TailFacts): TailVerdict {
  if (!leavesTail(state)) return { kind: 'NOTHING_LEFT', sentence: `${clientSet} has left no tail at ${home}` };
  if (seen === undefined || seen.leftHomeAtMs !== state.leftHomeAtMs)
    return { kind: 'UNKNOWN', sentence: `how old the tail of ${clientSet} is has not been looked at yet` };
  const topics = Object.entries(seen.topics);
  const unknown = topics.flatMap(([topic, of]) => ('unknown' in of ? [`"${topic}": ${of.unknown}`] : []));
  const ends = topics.flatMap(([topic, of]) =>
    'unknown' in of || of.retentionMs === null ? [] : [{ topic, ...of, atMs: of.oldestMs + of.retentionMs }],
  );
  const first = ends.toSorted((a, b) => a.atMs - b.atMs)[0];
  const unread = unknown.length === 0 ? '' : `; not known for ${unknown.join(', ')}`;
  if (first === undefined)
    return unknown.length > 0
      ? { kind: 'UNKNOWN', sentence: `how long the tail at ${home} is kept cannot be told: ${unknown.join(', ')}` }
      : { kind: 'KEPT', sentence: `no topic of ${clientSet} loses records by age at ${home}` };
  const leftMs = first.atMs - nowMs;
  const sentence = `the tail of "${first.topic}" at ${home} may be as old as ${instant(first.oldestMs)}; its retention.ms is ${first.retentionMs}, so ${home} may delete of it ${leftMs > 0 ? `from ${instant(first.atMs)}, in ${seconds(leftMs)}` : `since ${instant(first.atMs)}`}${unread}`;
  const kind =
    leftMs <= 0 ? 'EXPIRED' : leftMs <= TAIL_WARNING_MS ? 'EXPIRING' : unknown.length > 0 ? 'UNKNOWN' : 'KEPT';
  return { kind, sentence, expiresAtMs: first.atMs };
}

/** Until it is home again; a planned move leaves home when all is processed there. */
export const leavesTail = ({ phase, leftHomeAtMs, leftHomeBy }: TailFacts['state']): boolean =>
  phase !== 'home' && leftHomeAtMs !== undefined && leftHomeBy !== 'switchover';
