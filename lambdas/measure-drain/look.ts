/** What the two kinds of looks, at the remote topics and at the fence, have in common. */
import type { DrainMemory } from '../../core/contracts/drain.ts';
import type { DrainReason } from '../../core/drain/progress.ts';
import type { PositionRecord } from '../../core/contracts/tables.ts';
import type { Taken, TailFields } from '../../core/contracts/tail.ts';
import { rateText, timeLeftText, type PartitionProgress } from '../../core/drain/summary.ts';
import type { StepResult } from '../../core/contracts/workflow.ts';
import { takenLines, takenSentence } from '../../core/drain/taken.ts';
import type { Footing } from '../gather/step.ts';
import type { Ports } from '../ports.ts';

export type DrainPorts = Pick<Ports, 'kafka' | 'control' | 'observations' | 'clock' | 'log' | 'metrics'>;
export type DrainResult = StepResult<'measure-drain'>;
export type Owned = Extract<Footing, { kind: 'owned' }>;

/** What a look came to, and what the stage is to remember. */
export interface Look {
  readonly result: Omit<DrainResult, 'waitSeconds'>;
  readonly memory: DrainMemory;
}

export interface Frame {
  readonly nowMs: number;
  /** Since when the deadline runs. */
  readonly startedAtMs: number;
  readonly memory: DrainMemory;
}

/** One line for people about a partition that is not finished: what is left, how fast, how long, and why. */
export function progressLine(
  group: string,
  { topic, partition, remaining, reasons, ...pace }: Extract<PartitionProgress, { kind: 'draining' }>,
  what: 'left' | 'before the fence',
): string {
  const because = reasons.map((reason) => MEANS[reason] ?? reason);
  const told = remaining === 0n ? '' : `, ${rateText(pace)}, ${timeLeftText(pace)}`;
  return `${group} ${topic}-${partition}: ${remaining} ${what}${told}${because.length > 0 ? ` (${because.join(', ')})` : ''}`;
}

const MEANS: Readonly<Partial<Record<DrainReason, string>>> = {
  ABORTED_ONLY:
    'ABORTED_ONLY: consumers that read committed never pass aborted records; say groups[].isolation, or proceed',
};

/** Whatever a look comes to, what was taken meanwhile is told with it: a loss must not end as "drained" alone. */
export function tellTaken({ memory, result }: Look): Look {
  const lines = takenLines(memory.taken ?? {});
  if (lines.length === 0) return { memory, result };
  const { kind, sentence, reasons } = result;
  const told = [...lines.map((line) => `taken by retention or truncation, in offsets: ${line}`), ...reasons];
  return { memory, result: { kind, sentence: `${sentence}${takenSentence(lines)}`, reasons: told.slice(0, 50) } };
}

type Kept = PositionRecord['partitions'][string];

/** Kept with the positions, for the report of the whole move. */
export const withTaken = (
  stored: Kept,
  where: keyof NonNullable<TailFields['taken']>,
  taken: Taken | undefined,
): Kept => (taken === undefined ? stored : { ...stored, taken: { ...stored.taken, [where]: taken } });
