/** A person takes a switchover back: kept in its claim first; then whatever it waits for is answered, so that it looks at once. */
import type { CommandNamed, OperateAnswer } from '../../core/contracts/operate.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import { undoClaim } from '../../core/move/claim.ts';
import { decideUndo, type UndoDecision } from '../../core/move/undo.ts';
import { changeSet, type SetChange } from '../shared/set-state.ts';
import type { Desk } from './desk.ts';
import { recordCommand } from './settings.ts';

export async function undo(desk: Desk, { by, reason, epoch }: CommandNamed<'undo'>): Promise<OperateAnswer> {
  const { control, clock } = desk.ports;
  const placed = desk.sets[0]!;
  const { name } = placed;
  const state = await control.readSet(name);
  if (state === null) return { kind: 'nothing', sentence: `"${name}" has no state yet; nothing was done` };
  if (epoch !== undefined && epoch !== state.open?.epoch)
    return {
      kind: 'nothing',
      sentence: `the open epoch of "${name}" is ${state.open?.epoch ?? 'none'}, not ${epoch}; nothing was done`,
    };
  const first = decideUndo(state, placed);
  if (first.kind === 'refused') return first;
  if (first.kind === 'undo')
    await recordCommand(desk, name, { command: 'undo', by, because: reason, epoch: state.epoch });
  const asked = { by, reason, atMs: clock.nowMs() };
  const decided = await changeSet(control, name, (present) => take(present, state.epoch, { placed, asked }));
  if (decided.kind === 'refused') return decided;
  await wake(desk, name, by);
  return decided.kind === 'already'
    ? { kind: 'nothing', sentence: decided.sentence }
    : {
        kind: 'done',
        sentence: `the switchover of "${name}" (epoch ${state.epoch}) is taken back; its next step leads home`,
      };
}

interface Asking {
  readonly placed: Desk['sets'][number];
  readonly asked: { readonly by: string; readonly reason: string; readonly atMs: number };
}

/** Judged on the very state that is written: a publish that tells consumers to go either sees this or has won. */
function take(present: SetState | null, epoch: number, { placed, asked }: Asking): SetChange<UndoDecision> {
  if (present?.epoch !== epoch)
    return {
      kind: 'leave',
      result: { kind: 'refused', sentence: `"${placed.name}" has just changed; look at its status, then ask again` },
    };
  const decided = decideUndo(present, placed);
  return decided.kind === 'undo'
    ? { kind: 'write', next: undoClaim(present, asked), result: decided }
    : { kind: 'leave', result: decided };
}

/** Held, it would wait for a person; the step that looks again sees that it is taken back. */
async function wake({ ports }: Desk, name: string, by: string): Promise<void> {
  const [question, state] = await Promise.all([ports.control.question(name), ports.control.readSet(name)]);
  const open = state?.open;
  if (question === null || open === undefined || question.epoch !== open.epoch || question.question !== 'hold') return;
  await ports.workflows.answer(question.taskToken, { kind: 'resume', by });
  await ports.control.clearQuestion(name, question.taskToken);
}
