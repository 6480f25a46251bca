/**
 * What home processes again after a way back: records that the group had processed at the refuge and that lie behind its
 * position at home. Told before anybody goes home, by what the end of the drain had found, and after it by what was restored.
 */
import type { PositionRecord } from '../contracts/tables.ts';
import { firstOf } from '../health/words.ts';
import type { DownstreamOffset, UpstreamOffset } from '../replication/offsets.ts';
import { larger } from '../replication/offsets.ts';
import { tailName } from './tail.ts';

type Stored = PositionRecord['partitions'][string];

/** As it is stored; `atMost` null = not known, for the reason given. */
export type Reprocess = NonNullable<Stored['reprocess']>;

export interface Repetition {
  /** Over all groups, of the partitions of which it is known. */
  readonly atMost: bigint;
  /** `<group> <topic>-<partition>: <why>`. */
  readonly unknown: readonly string[];
}

/** What a translation says, in the form that is kept. */
export const reprocessOf = (
  bound: bigint | 'unknown',
  { by, unless }: { readonly by: string; readonly unless: string },
): Reprocess =>
  bound === 'unknown' ? { atMost: null, because: unless } : { atMost: String(bound), because: `by ${by}` };

export interface Restored {
  readonly choice: {
    readonly position: UpstreamOffset;
    readonly reprocessAtMost: bigint | 'unknown';
    /** 'content' = told by the records of both logs. */
    readonly from?: string;
  };
  /** What was stored before, of the same log at home; undefined = nothing. */
  readonly stored: Pick<Stored, 'drained' | 'reprocess'> | undefined;
  /** d that the choice was made for. */
  readonly drained: DownstreamOffset | null;
  /** Home's end at that moment. */
  readonly end: UpstreamOffset;
}

/**
 * The least of what is known: the translation; what the end of the drain had found, and what was processed since; and home's
 * log, in which no more can lie behind the position than there is.
 */
export function reprocessRestored({ choice, stored, drained, end }: Restored): Reprocess {
  const bounds: { readonly atMost: bigint; readonly by: string }[] = [];
  if (choice.reprocessAtMost !== 'unknown')
    bounds.push({
      atMost: choice.reprocessAtMost,
      by: choice.from === 'content' ? 'the records of both logs' : 'the offset syncs',
    });
  bounds.push({ atMost: larger(0n, end - choice.position), by: "the end of home's log" });
  // Last, so that a run after this one, which finds what this one stored, says the same.
  if (stored?.reprocess?.atMost != null) {
    const since = drained === null || stored.drained === null ? 0n : larger(0n, drained - BigInt(stored.drained));
    bounds.push({ atMost: BigInt(stored.reprocess.atMost) + since, by: 'what the end of the drain had found' });
  }
  const { atMost, by } = bounds.reduce((best, bound) => (bound.atMost < best.atMost ? bound : best));
  return { atMost: String(atMost), because: `by ${by}` };
}

export function repetitionOf(positions: readonly PositionRecord[]): Repetition {
  const found = positions.flatMap((record) =>
    Object.entries(record.partitions).map(([partition, stored]) => ({ record, partition, stored })),
  );
  return {
    atMost: found.reduce((sum, { stored }) => sum + BigInt(stored.reprocess?.atMost ?? 0), 0n),
    unknown: found.flatMap(({ record, partition, stored: { reprocess } }) =>
      reprocess?.atMost != null
        ? []
        : [`${record.group} ${tailName(record.topic, partition)}: ${reprocess?.because ?? notTold(record)}`],
    ),
  };
}

const notTold = ({ groupMode }: PositionRecord): string =>
  groupMode === 'reads-remote'
    ? 'it reads both topics at the refuge at all times, so it is told when its position at home is set'
    : 'no drain of it has ended';

/** Without positions nobody knows where a group stood. */
export function repetitionSentence(positions: readonly PositionRecord[]): string {
  if (positions.length === 0) return 'unknown, no positions of an earlier move are stored';
  const { atMost, unknown } = repetitionOf(positions);
  if (unknown.length === 0) return `${atMost} record(s)`;
  return `${atMost} record(s) where it is known, unknown for ${unknown.length} partition(s): ${firstOf(unknown, 3, '; ')}`;
}
