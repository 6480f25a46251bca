/** Starts a new execution for an open epoch. claim-move judges whether it may take the claim over; here one is started at a time. */
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import { remembered, TakeUpMemory } from '../../core/contracts/stage-data.ts';
import type { WorkflowInput } from '../../core/contracts/workflow.ts';
import type { Ports } from '../ports.ts';
import { noteStage } from './stage-record.ts';

export const TAKE_UP_STAGE = 'Take up';

/** A start whose answer was lost may still have begun an execution; so long it is given to take the claim over. */
const PATIENCE_MS = 30_000;

export type TakeUpPorts = Pick<Ports, 'control' | 'workflows' | 'clock'>;

export interface Orphan {
  readonly state: SetState;
  readonly claim: Claim;
}

export async function isBeingTakenUp(ports: TakeUpPorts, { state, claim }: Orphan): Promise<boolean> {
  const record = await ports.control.stage(state.clientSet, claim.epoch, TAKE_UP_STAGE);
  const memory = remembered(TakeUpMemory, record?.data);
  if (memory?.inPlaceOf !== claim.execution) return false;
  if (memory.execution === undefined) return ports.clock.nowMs() - memory.startedAtMs < PATIENCE_MS;
  return (await ports.workflows.status(memory.execution)) === 'running';
}

/** Answers the new execution; `conflict`: somebody wrote the set meanwhile, nothing was started. */
export async function startTakeUp(
  ports: TakeUpPorts,
  { state, claim }: Orphan,
  takeUpBy?: WorkflowInput['takeUpBy'],
): Promise<{ readonly kind: 'started'; readonly execution: string } | { readonly kind: 'conflict' }> {
  // A write without a change: of two that saw the same orphan, the lock lets one pass.
  if ((await ports.control.writeSet({ ...state, version: state.version + 1 })) === 'conflict')
    return { kind: 'conflict' };
  const key = { clientSet: state.clientSet, epoch: claim.epoch, stage: TAKE_UP_STAGE };
  const memory: TakeUpMemory = { inPlaceOf: claim.execution, startedAtMs: ports.clock.nowMs() };
  await noteStage(ports, key, { kind: 'starting', data: memory });
  const { execution } = await ports.workflows.start(claim.move, {
    ...claim.input,
    takeUp: claim.epoch,
    ...(takeUpBy === undefined ? {} : { takeUpBy }),
  });
  const sentence = `epoch ${claim.epoch} of "${state.clientSet}" is taken up by ${execution}, in place of ${claim.execution}`;
  await noteStage(ports, key, { kind: 'started', sentence, data: { ...memory, execution } satisfies TakeUpMemory });
  return { kind: 'started', execution };
}
