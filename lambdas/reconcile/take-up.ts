/** An open epoch whose execution no longer runs is taken up by a new one. Never two at once. */
import type { PlacedSet } from '../../core/config/pair.ts';
import { remembered, UnknownMemory } from '../../core/contracts/stage-data.ts';
import { takeUpLine } from '../../core/move/answers.ts';
import { noteStage } from '../shared/stage-record.ts';
import { isBeingTakenUp, startTakeUp, type Orphan } from '../shared/take-up.ts';
import { tellPeople } from '../shared/tell.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

export async function takeUpOrphan(ports: ReconcilePorts, placed: PlacedSet): Promise<readonly Finding[]> {
  const state = await ports.control.readSet(placed.name);
  const claim = state?.open;
  if (state === null || claim === undefined) return [];
  const orphan = { state, claim };
  const status = await ports.workflows.status(claim.execution);
  if (status === 'running') return [];
  if (await isBeingTakenUp(ports, orphan)) return [];
  if (status === 'unknown') return nameUnknown(ports, orphan);
  const started = await startTakeUp(ports, orphan);
  return started.kind === 'conflict'
    ? []
    : [
        {
          kind: 'done',
          sentence: `epoch ${claim.epoch} of "${placed.name}" is taken up by ${started.execution}; ${claim.execution} ended without closing it`,
        },
      ];
}

const STAGE = 'Unknown execution';

/** Step Functions promises no read-after-write: an execution that has just begun may be unknown for a moment. */
const TELL_AFTER_MS = 60_000;

/**
 * Its machine was deleted, or it is older than the 90 days for which Step Functions remembers. It may as well run
 * under a machine of another name, so a person decides; people are told once.
 */
async function nameUnknown(ports: ReconcilePorts, { state, claim }: Orphan): Promise<readonly Finding[]> {
  const { pair, clientSet } = state;
  const line = takeUpLine({ pair, clientSet, epoch: claim.epoch });
  const sentence = `epoch ${claim.epoch} of "${clientSet}": nobody knows whether ${claim.execution} still runs; it is left alone until a person says: ${line}`;
  const key = { clientSet, epoch: claim.epoch, stage: STAGE };
  const before = remembered(UnknownMemory, (await ports.control.stage(clientSet, claim.epoch, STAGE))?.data);
  const nowMs = ports.clock.nowMs();
  const memory =
    before?.execution === claim.execution ? before : { execution: claim.execution, sinceMs: nowMs, told: false };
  const told =
    memory.told ||
    (nowMs - memory.sinceMs >= TELL_AFTER_MS &&
      (await tellPeople(ports, pair, messageOf({ state, claim }, sentence))) === 'told');
  if (memory !== before || told !== memory.told)
    await noteStage(ports, key, { kind: 'unknown', sentence, data: { ...memory, told } satisfies UnknownMemory });
  return [{ kind: 'problem', sentence }];
}

const messageOf = ({ state, claim }: Orphan, sentence: string) => ({
  subject: `[mm2-failover] ${state.clientSet}: nobody runs the ${claim.move} of epoch ${claim.epoch}`,
  body: [
    sentence,
    '',
    `The ${claim.move} was asked for by ${claim.requestedBy} (${claim.trigger}): ${claim.reason}`,
    `Clients stay where phase "${state.phase}" has them until somebody takes it up.`,
  ].join('\n'),
});
