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
  if (status === 'unknown') return nameUnknown(ports, orphan, placed.controlRegion);
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
 * under a machine of another name, so a person decides. Only noted here: people are told among the news.
 */
async function nameUnknown(ports: ReconcilePorts, orphan: Orphan, region: string): Promise<readonly Finding[]> {
  const { state, claim } = orphan;
  const sentence = sentenceOf(orphan, region);
  if ((await unknownSince(ports, orphan)) === undefined) {
    const data: UnknownMemory = { execution: claim.execution, sinceMs: ports.clock.nowMs(), told: false };
    await noteStage(ports, keyOf({ state, claim }), { kind: 'unknown', sentence, data });
  }
  return [{ kind: 'problem', sentence }];
}

/** People are told once, when it has stayed unknown. */
export async function tellUnknown(ports: ReconcilePorts, placed: PlacedSet): Promise<readonly Finding[]> {
  const state = await ports.control.readSet(placed.name);
  const claim = state?.open;
  if (state === null || claim === undefined) return [];
  const orphan = { state, claim };
  const memory = await unknownSince(ports, orphan);
  if (memory === undefined || memory.told || ports.clock.nowMs() - memory.sinceMs < TELL_AFTER_MS) return [];
  if ((await ports.workflows.status(claim.execution)) !== 'unknown') return [];
  const sentence = sentenceOf(orphan, placed.controlRegion);
  if ((await tellPeople(ports, state.pair, messageOf(orphan, sentence))) !== 'told') return [];
  await noteStage(ports, keyOf(orphan), { kind: 'unknown', sentence, data: { ...memory, told: true } });
  return [];
}

const keyOf = ({ state, claim }: Orphan) => ({ clientSet: state.clientSet, epoch: claim.epoch, stage: STAGE });

async function unknownSince({ control }: ReconcilePorts, { state, claim }: Orphan): Promise<UnknownMemory | undefined> {
  const memory = remembered(UnknownMemory, (await control.stage(state.clientSet, claim.epoch, STAGE))?.data);
  return memory?.execution === claim.execution ? memory : undefined;
}

const sentenceOf = ({ state: { pair, clientSet }, claim: { epoch, execution } }: Orphan, region: string): string =>
  `epoch ${epoch} of "${clientSet}": nobody knows whether ${execution} still runs; it is left alone until a person says: ${takeUpLine({ pair, clientSet, region, epoch })}`;

const messageOf = ({ state, claim }: Orphan, sentence: string) => ({
  subject: `[mm2-failover] ${state.clientSet}: nobody runs the ${claim.move} of epoch ${claim.epoch}`,
  body: [
    sentence,
    '',
    `The ${claim.move} was asked for by ${claim.requestedBy} (${claim.trigger}): ${claim.reason}`,
    `Clients stay where phase "${state.phase}" has them until somebody takes it up.`,
  ].join('\n'),
});
