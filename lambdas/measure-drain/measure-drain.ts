/**
 * One look at how far the moved consumers have come. Phase `draining`: the remote topics, to their ends. Phase
 * `returning`: the refuge's own topics, up to the fence taken when the last producer had gone home.
 */
import type { PairConfig } from '../../core/config/schema.ts';
import { DrainMemory, EMPTY_DRAIN_MEMORY } from '../../core/contracts/drain.ts';
import type { StageRecord } from '../../core/contracts/tables.ts';
import type { StepInput, StepResult } from '../../core/contracts/workflow.ts';
import { stand } from '../gather/step.ts';
import type { Footing } from '../gather/step.ts';
import type { Ports } from '../ports.ts';
import { lookAtFence } from './fence.ts';
import { lookAtRemote } from './remote.ts';

export type DrainPorts = Pick<Ports, 'kafka' | 'control' | 'observations' | 'clock' | 'log' | 'metrics'>;
export type DrainResult = StepResult<'measure-drain'>;
export type Owned = Extract<Footing, { kind: 'owned' }>;

/** What a look came to, and what the stage is to remember. */
export interface Look {
  readonly result: Omit<DrainResult, 'waitSeconds'>;
  readonly memory: DrainMemory;
}

export const measureDrain = (ports: DrainPorts, config: PairConfig) => async (input: StepInput): Promise<DrainResult> => {
  const footing = await stand(ports.control, config, input);
  if (footing.kind === 'superseded') return { kind: 'superseded', sentence: footing.sentence, reasons: [], waitSeconds: 1 };
  const nowMs = ports.clock.nowMs();
  const before = await ports.control.stage(input.clientSet, input.epoch, input.stage);
  const memory = memoryOf(before);
  const frame = { nowMs, startedAtMs: before?.firstAtMs ?? nowMs, memory };
  const look = input.phase === 'returning' ? await lookAtFence(ports, config, footing, frame) : await lookAtRemote(ports, config, footing, frame);
  await ports.control.putStage(input.clientSet, {
    epoch: input.epoch,
    stage: input.stage,
    firstAtMs: frame.startedAtMs,
    lastAtMs: nowMs,
    kind: look.result.kind,
    sentence: look.result.sentence,
    data: look.memory,
  });
  return { ...look.result, waitSeconds: config.moves.pollSeconds };
};

export interface Frame {
  readonly nowMs: number;
  readonly startedAtMs: number;
  readonly memory: DrainMemory;
}

function memoryOf(stage: StageRecord | null): DrainMemory {
  if (stage?.data === undefined) return EMPTY_DRAIN_MEMORY;
  return DrainMemory.parse(stage.data);
}
