/** Figures of a finished move, from what its steps stored. Pure. A figure that is not known is left out, never zero. */
import type { Move } from '../../core/contracts/primitives.ts';
import type { ConcludeMemory } from '../../core/contracts/stage-data.ts';
import type { Repeats } from '../../core/move/repeats.ts';
import { repetitionOf, repetitionSentence } from '../../core/move/reprocess.ts';
import { tailReport, type Places } from '../../core/move/tail-report.ts';
import type { TailReport } from '../../core/contracts/tail.ts';
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
    /** Where the move went on all the same: who had not followed, what was left unread. */
    readonly leftUndone?: string;
  }[];
  /**
   * Records that may be processed again, where that is known. Away: end of the remote topics less where the groups started
   * in them, at the refuge. Back: what restored positions have before them of what was processed at the refuge, at home.
   * Without the refuge: what was stated before a person approved it.
   */
  readonly duplicatesAtMost: string;
  /** Partitions of which it is not known, with the reason, or why there is no bound at all; at most 50. */
  readonly duplicatesUnknown: readonly string[];
  /** The same in words. */
  readonly duplicates: string;
  /** What home held when it was left, what was found there, what was taken; absent = no positions are stored. */
  readonly tail?: TailReport;
}

export interface EvidenceInput {
  readonly state: SetState;
  readonly claimedAtMs: number;
  readonly stages: readonly StageRecord[];
  readonly move: Move;
  readonly outcome: ConcludeMemory['outcome'];
  readonly places: Places;
  /** Of the epoch; of a way home that stored none of its own, those of the move that led away. */
  readonly positions: readonly PositionRecord[];
  readonly homeVerdict: StoredVerdict | null;
  /** Of a way home without the refuge, as a person was asked on it. */
  readonly repeats?: Repeats | undefined;
  readonly nowMs: number;
}

/** Kinds after which a move goes on although its step has not reached what it is for: by itself, or because a person said so. */
const UNDONE: readonly (string | undefined)[] = ['stragglers', 'cut-over', 'keep-both', 'held'];

const seconds = (ms: number): number => Math.round(ms / 100) / 10;

export function evidenceOf(input: EvidenceInput): Evidence {
  const { claimedAtMs, stages, homeVerdict, nowMs } = input;
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
        ...(UNDONE.includes(record.kind) && record.sentence !== undefined ? { leftUndone: record.sentence } : {}),
      })),
    ...duplicatesOf(input),
    ...tailPart(input),
  };
}

type Duplicates = Pick<Evidence, 'duplicatesAtMost' | 'duplicatesUnknown' | 'duplicates'>;

const STATED = 'as was stated before it was approved';

function duplicatesOf({ move, outcome, positions, repeats }: EvidenceInput): Duplicates {
  if (outcome === 'aborted')
    return { duplicatesAtMost: '0', duplicatesUnknown: [], duplicates: '0 record(s), nobody was moved' };
  if (repeats?.kind === 'bounded') {
    const duplicates = `${repeats.records} record(s), ${STATED}`;
    return { duplicatesAtMost: repeats.records, duplicatesUnknown: [], duplicates };
  }
  if (repeats !== undefined) {
    const duplicatesUnknown = repeats.because.slice(0, 50);
    return {
      duplicatesAtMost: '0',
      duplicatesUnknown,
      duplicates: `unknown, ${STATED}: ${repeats.because.join('; ')}`,
    };
  }
  if (move === 'failback') {
    const { atMost, unknown } = repetitionOf(positions);
    const duplicates = repetitionSentence(positions);
    return { duplicatesAtMost: String(atMost), duplicatesUnknown: unknown.slice(0, 50), duplicates };
  }
  const atMost = String(fromSeeds(positions));
  const duplicates = positions.length === 0 ? 'unknown, no positions were pinned' : `${atMost} record(s)`;
  return { duplicatesAtMost: atMost, duplicatesUnknown: [], duplicates };
}

function fromSeeds(positions: readonly PositionRecord[]): bigint {
  let records = 0n;
  for (const { partitions } of positions)
    for (const { seed, remoteEnd } of Object.values(partitions))
      if (seed !== null && BigInt(remoteEnd) > BigInt(seed)) records += BigInt(remoteEnd) - BigInt(seed);
  return records;
}

function tailPart({ outcome, positions, places }: EvidenceInput): Pick<Evidence, 'tail'> {
  const tail = outcome === 'aborted' ? null : tailReport(positions, places);
  return tail === null ? {} : { tail };
}

const NO_TAIL = 'Tail: unknown, no positions are stored';

const tailLines = ({ tail }: Evidence): readonly string[] =>
  tail === undefined
    ? [NO_TAIL]
    : [
        `T${tail.sentence.slice(1)}`,
        ...tail.partitions.map((line) => `  ${line}`),
        ...(tail.leftOut === 0 ? [] : [`  and ${tail.leftOut} partition(s) more`]),
      ];

/** The same figures for people, one fact per line. */
export const evidenceLines = (evidence: Evidence): readonly string[] => [
  `Time since the claim: ${evidence.secondsSinceClaim} s`,
  ...(evidence.outageSeconds === undefined ? [] : [`Home is down for: ${evidence.outageSeconds} s`]),
  `Processed again at most: ${evidence.duplicates}`,
  ...tailLines(evidence),
  ...evidence.stages.map(
    (stage) =>
      `  +${stage.startedAfterSeconds} s ${stage.stage}: ${stage.kind}${stage.revision === undefined ? '' : ` (revision ${stage.revision})`}, ${stage.seconds} s${stage.leftUndone === undefined ? '' : `: ${stage.leftUndone}`}`,
  ),
];

/** What the move left undone, to follow the sentence of its end; empty where it left nothing. */
export const leftUndoneBy = ({ stages }: Evidence): string =>
  stages.map(({ stage, leftUndone }) => (leftUndone === undefined ? '' : `; ${stage}: ${leftUndone}`)).join('');
