/**
 * One look at how far consumers have come. Phase `draining`: the remote topics, to their ends. Phase `returning`: the
 * refuge's own topics, up to the fence taken when the last producer had gone home. Phase `leaving`: home's topics, up to
 * the fence taken when the last producer had left. Phase `recovering`: what was written at the lost refuge, in the remote
 * topics at home.
 */
import type { PairConfig } from '../../core/config/schema.ts';
import { DrainMemory, EMPTY_DRAIN_MEMORY } from '../../core/contracts/drain.ts';
import { remembered } from '../../core/contracts/stage-data.ts';
import type { Phase } from '../../core/contracts/primitives.ts';
import type { StageRecord } from '../../core/contracts/tables.ts';
import type { StepInput } from '../../core/contracts/workflow.ts';
import { undoSentence } from '../../core/move/undo.ts';
import { stand } from '../gather/step.ts';
import { noteStage } from '../shared/stage-record.ts';
import { lookAtFence } from './fence.ts';
import { lookAtHome } from './home.ts';
import { tellTaken, type DrainPorts, type DrainResult } from './look.ts';
import { lookAtRecovery } from './recovery.ts';
import { lookAtRemote } from './remote.ts';

export const measureDrain =
  (ports: DrainPorts, config: PairConfig) =>
  async (input: StepInput): Promise<DrainResult> => {
    const footing = await stand(ports.control, config, input);
    if (footing.kind === 'superseded')
      return { kind: 'superseded', sentence: footing.sentence, reasons: [], waitSeconds: 1 };
    const { undo } = footing.claim;
    if (undo !== undefined) return { kind: 'undone', sentence: undoSentence(undo, input), reasons: [], waitSeconds: 1 };
    const nowMs = ports.clock.nowMs();
    const before = await ports.control.stage(input.clientSet, input.epoch, input.stage);
    const memory = memoryOf(before);
    // Whoever resumes after a hold grants the same time again.
    const startedAtMs = before?.kind === 'held' ? nowMs : (memory.windowStartMs ?? nowMs);
    const frame = { nowMs, startedAtMs, memory };
    const look = tellTaken(await LOOKS[input.phase](ports, config, footing, frame));
    const { kind, sentence } = look.result;
    await noteStage(ports, input, { kind, sentence, data: { ...look.memory, windowStartMs: startedAtMs } });
    return { ...look.result, waitSeconds: config.moves.pollSeconds };
  };

const LOOKS: Readonly<Record<Phase, typeof lookAtRemote>> = {
  draining: lookAtRemote,
  returning: lookAtFence,
  leaving: lookAtHome,
  home: lookAtRemote,
  refuge: lookAtRemote,
  recovering: lookAtRecovery,
};

/** What an older release remembered counts as nothing: the look begins anew. */
const memoryOf = (stage: StageRecord | null): DrainMemory => remembered(DrainMemory, stage?.data) ?? EMPTY_DRAIN_MEMORY;
