/** Figures of a finished move, from what its steps stored. Pure. A figure that is not known is left out, never zero. */
import { tailOf } from '../../core/move/tail.ts';
import type { PositionRecord, SetState, StageRecord, StoredVerdict } from '../../core/contracts/tables.ts';

export interface Evidence {
  readonly secondsSinceClaim: number;
  /** How long home has been down by our own verdict, where it is. */
  readonly outageSeconds?: number;
  /** Stages in the order they began, each with the seconds between its first and last look. */
  readonly stages: readonly {
    readonly stage: string;
    readonly kind: string;
    readonly startedAfterSeconds: number;
    readonly seconds: number;
    readonly revision?: number;
  }[];
  /** Records the refuge may process again: end of the remote topics less where the groups started in them. */
  readonly duplicatesAtMost: string;
  /** Records known to be acknowledged at home and not copied; partitions where that is not known are counted. */
  readonly tailKnown: string;
  readonly tailByPartition: Readonly<Record<string, string>>;
  readonly tailUnknownPartitions: number;
}

export interface EvidenceInput {
  readonly state: SetState;
  readonly claimedAtMs: number;
  readonly stages: readonly StageRecord[];
  readonly positions: readonly PositionRecord[];
  readonly homeVerdict: StoredVerdict | null;
  readonly nowMs: number;
}

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

export function evidenceOf({ claimedAtMs, stages, positions, homeVerdict, nowMs }: EvidenceInput): Evidence {
  const isDown = homeVerdict?.kind.startsWith('CONFIRMED_DOWN') === true || homeVerdict?.kind === 'BOTH_DOWN';
  return {
    secondsSinceClaim: seconds(nowMs - claimedAtMs),
    ...(isDown ? { outageSeconds: seconds(nowMs - homeVerdict.sinceMs) } : {}),
    stages: [...stages]
      .sort((a, b) => a.firstAtMs - b.firstAtMs)
      .map((record) => ({
        stage: record.stage,
        kind: record.kind ?? 'not finished',
        startedAfterSeconds: seconds(record.firstAtMs - claimedAtMs),
        seconds: seconds(record.lastAtMs - record.firstAtMs),
        ...(record.revision === undefined ? {} : { revision: record.revision }),
      })),
    ...figuresOf(positions),
  };
}

type Figures = Pick<Evidence, 'duplicatesAtMost' | 'tailKnown' | 'tailByPartition' | 'tailUnknownPartitions'>;

function figuresOf(positions: readonly PositionRecord[]): Figures {
  let duplicates = 0n;
  for (const { partitions } of positions)
    for (const { seed, remoteEnd } of Object.values(partitions))
      if (seed !== null && BigInt(remoteEnd) > BigInt(seed)) duplicates += BigInt(remoteEnd) - BigInt(seed);
  const tail = tailOf(positions);
  return {
    duplicatesAtMost: String(duplicates),
    tailKnown: String(tail.records),
    tailByPartition: Object.fromEntries([...tail.byPartition].map(([name, records]) => [name, String(records)])),
    tailUnknownPartitions: tail.unknownPartitions,
  };
}

/** The same figures for people, one fact per line. */
export const evidenceLines = (evidence: Evidence): readonly string[] => [
  `Time since the claim: ${evidence.secondsSinceClaim} s`,
  ...(evidence.outageSeconds === undefined ? [] : [`Home is down for: ${evidence.outageSeconds} s`]),
  `Processed again at most: ${evidence.duplicatesAtMost} record(s)`,
  `Tail left at home: ${evidence.tailKnown} record(s)${evidence.tailUnknownPartitions === 0 ? '' : `, unknown for ${evidence.tailUnknownPartitions} partition(s)`}`,
  ...evidence.stages.map(
    (stage) =>
      `  +${stage.startedAfterSeconds} s ${stage.stage}: ${stage.kind}${stage.revision === undefined ? '' : ` (revision ${stage.revision})`}, ${stage.seconds} s`,
  ),
];
