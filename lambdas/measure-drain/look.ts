/** What the two kinds of looks, at the remote topics and at the fence, have in common. */
import type { DrainMemory } from '../../core/contracts/drain.ts';
import type { StepResult } from '../../core/contracts/workflow.ts';
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
