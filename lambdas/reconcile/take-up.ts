/** An open epoch whose execution no longer runs is taken up by a new one. Never two at once. */
import type { PlacedSet } from '../../core/config/pair.ts';
import { remembered, TakeUpMemory } from '../../core/contracts/stage-data.ts';
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import { noteStage } from '../shared/stage-record.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

export const TAKE_UP_STAGE = 'Take up';

/** A start whose answer was lost may still have begun an execution; so long it is given to take the claim over. */
const PATIENCE_MS = 30_000;

export async function takeUpOrphan(ports: ReconcilePorts, placed: PlacedSet): Promise<readonly Finding[]> {
  const state = await ports.control.readSet(placed.name);
  const claim = state?.open;
  if (state === null || claim === undefined) return [];
  const status = await ports.workflows.status(claim.execution);
  if (status === 'running') return [];
  if (status === 'unknown')
    return [
      {
        kind: 'problem',
        sentence: `epoch ${claim.epoch}: nobody knows whether ${claim.execution} still runs; it is left alone`,
      },
    ];
  if (await isBeingTakenUp(ports, placed, claim)) return [];
  return start(ports, placed, { state, claim });
}

async function isBeingTakenUp(ports: ReconcilePorts, placed: PlacedSet, claim: Claim): Promise<boolean> {
  const record = await ports.control.stage(placed.name, claim.epoch, TAKE_UP_STAGE);
  const memory = remembered(TakeUpMemory, record?.data);
  if (memory?.inPlaceOf !== claim.execution) return false;
  if (memory.execution === undefined) return ports.clock.nowMs() - memory.startedAtMs < PATIENCE_MS;
  return (await ports.workflows.status(memory.execution)) === 'running';
}

async function start(
  ports: ReconcilePorts,
  placed: PlacedSet,
  { state, claim }: { state: SetState; claim: Claim },
): Promise<readonly Finding[]> {
  // A write without a change: of two reconciles that saw the same orphan, the lock lets one pass.
  if ((await ports.control.writeSet({ ...state, version: state.version + 1 })) === 'conflict') return [];
  const key = { clientSet: placed.name, epoch: claim.epoch, stage: TAKE_UP_STAGE };
  const memory: TakeUpMemory = { inPlaceOf: claim.execution, startedAtMs: ports.clock.nowMs() };
  await noteStage(ports, key, { kind: 'starting', data: memory });
  const { execution } = await ports.workflows.start(claim.move === 'failback' ? 'failback' : 'failover', {
    ...claim.input,
    takeUp: claim.epoch,
  });
  const sentence = `epoch ${claim.epoch} of "${placed.name}" is taken up by ${execution}; ${claim.execution} ended without closing it`;
  await noteStage(ports, key, { kind: 'started', sentence, data: { ...memory, execution } satisfies TakeUpMemory });
  return [{ kind: 'done', sentence }];
}
