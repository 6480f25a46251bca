/** An open epoch gets a new owner, because the execution that owned it no longer runs. */
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import type { ClaimMoveResult, WorkflowInput } from '../../core/contracts/workflow.ts';
import { takeUpClaim } from '../../core/move/claim.ts';
import { answer } from './desk.ts';
import type { Desk } from './desk.ts';
import { goOn } from './own-claim.ts';

/** An open epoch whose execution has ended without closing it changes hands; where nobody knows, on a person's word. Never while the old one is known to run. */
export async function takeUp(desk: Desk, state: SetState, epoch: number): Promise<ClaimMoveResult | 'conflict'> {
  const { open } = state;
  if (open?.epoch !== epoch)
    return answer(desk, 'already-handled', state.epoch, [
      `epoch ${epoch} needs nobody to take it up: ${open ? `epoch ${open.epoch} is open` : 'it is closed'}`,
    ]);
  if (open.input.refugeLost !== desk.asked.input.refugeLost)
    return answer(desk, 'refused', epoch, [
      `epoch ${epoch} is ${open.input.refugeLost ? `led from ${desk.asked.placed.homeRegion}` : 'no way home without the refuge'}; reconcile of the region that leads it takes it up`,
    ]);
  // Another machine walks other steps: it would publish, under this epoch, what the epoch is not about.
  if (open.move !== desk.asked.request.move)
    return answer(desk, 'refused', epoch, [
      `epoch ${epoch} is a ${open.move}, which this ${desk.asked.request.move} cannot take up; reconcile starts the right one`,
    ]);
  const status = await desk.ports.workflows.status(open.execution);
  const { takeUpBy } = desk.asked.input;
  const isVouchedFor = status === 'unknown' && takeUpBy?.inPlaceOf === open.execution;
  if (status !== 'ended' && !isVouchedFor) {
    const doubt = status === 'running' ? 'still runs' : 'may still run';
    return answer(desk, 'already-handled', epoch, [`epoch ${epoch} is owned by ${open.execution}, which ${doubt}`]);
  }
  if (takeUpBy !== undefined) await recordTakeUp(desk, state, { open, takeUpBy });
  const next = takeUpClaim(state, desk.payload.execution);
  if ((await desk.ports.control.writeSet(next)) === 'conflict') return 'conflict';
  desk.ports.log.info('epoch taken up', { clientSet: state.clientSet, epoch, from: open.execution });
  return goOn(desk, next, { ...open, execution: desk.payload.execution });
}

/** Who had it taken up and why, before the claim changes hands. */
async function recordTakeUp(
  { ports, here, payload, asked }: Desk,
  { pair, clientSet }: SetState,
  { open, takeUpBy }: { readonly open: Claim; readonly takeUpBy: NonNullable<WorkflowInput['takeUpBy']> },
): Promise<void> {
  const { by, reason } = takeUpBy;
  await ports.control.putDecision({
    id: `${clientSet}-${open.epoch}-taken-up-${payload.execution.split(':').at(-1) ?? payload.execution}`,
    pair,
    clientSet,
    atMs: ports.clock.nowMs(),
    epochSeen: open.epoch,
    move: open.move,
    trigger: 'manual',
    requestedBy: by,
    kind: 'taken-up',
    sentence: `epoch ${open.epoch} goes from ${open.execution} to ${payload.execution}, on the word of ${by}: ${reason}`,
    reasons: [reason],
    guards: [],
    inputs: asked.input,
    configVersion: here.configVersion,
  });
}
