/** What people set: mode, acknowledged cooldown (pauses: pauses.ts). Each is recorded with who and why before it is written. */
import type { CommandNamed, OperateAnswer } from '../../core/contracts/operate.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import { changeSet, type SetChange } from '../shared/set-state.ts';
import type { Desk } from './desk.ts';

export interface RecordedCommand {
  readonly command: string;
  readonly by: string;
  readonly because: string;
  readonly epoch: number;
}

/** Stores that a person asked for something, before it is done. */
export async function recordCommand(
  { ports, config, here }: Desk,
  clientSet: string,
  { command, by, because, epoch }: RecordedCommand,
): Promise<void> {
  const atMs = ports.clock.nowMs();
  const open = (await ports.control.readSet(clientSet))?.open;
  await ports.control.putDecision({
    id: `${clientSet}-${atMs}-${command}`,
    pair: config.pair,
    clientSet,
    atMs,
    epochSeen: epoch,
    // Of a setting it says nothing (`aboutOf`).
    move: open?.move ?? 'failover',
    trigger: 'manual',
    requestedBy: by,
    kind: command,
    sentence: `${by} asked for "${command}": ${because}`,
    reasons: [because],
    guards: [],
    inputs: { command, by, because },
    configVersion: here.configVersion,
  });
}

/** The next state, or why it stays as it is. */
type Setting = (
  state: SetState,
) => { readonly next: SetState; readonly sentence: string } | { readonly nothing: string };

export async function apply(
  desk: Desk,
  recorded: Omit<RecordedCommand, 'epoch'>,
  setting: Setting,
): Promise<OperateAnswer> {
  const answers: OperateAnswer[] = [];
  for (const { name } of desk.sets) {
    const state = await desk.ports.control.readSet(name);
    if (state !== null) await recordCommand(desk, name, { ...recorded, epoch: state.epoch });
    answers.push(await changeSet(desk.ports.control, name, (present) => change(name, present, setting)));
  }
  const kind = (['refused', 'done'] as const).find((one) => answers.some((answer) => answer.kind === one)) ?? 'nothing';
  return { kind, sentence: answers.map(({ sentence }) => sentence).join('; ') };
}

function change(name: string, present: SetState | null, setting: Setting): SetChange<OperateAnswer> {
  if (present === null)
    return {
      kind: 'leave',
      result: {
        kind: 'refused',
        sentence: `"${name}" has no state yet; reconcile creates it within its first minute, try again then`,
      },
    };
  const outcome = setting(present);
  if ('nothing' in outcome) return { kind: 'leave', result: { kind: 'nothing', sentence: outcome.nothing } };
  return {
    kind: 'write',
    next: { ...outcome.next, version: present.version + 1 },
    result: { kind: 'done', sentence: outcome.sentence },
  };
}

export function setMode(desk: Desk, { mode, by, reason }: CommandNamed<'mode'>): Promise<OperateAnswer> {
  return apply(desk, { command: 'mode', by, because: `${mode}: ${reason}` }, (state) =>
    state.mode === mode
      ? { nothing: `"${state.clientSet}" is in mode ${mode} already, set by ${state.modeSetBy}` }
      : {
          next: { ...state, mode, modeSetBy: by },
          sentence: `"${state.clientSet}" goes from mode ${state.mode} to ${mode}`,
        },
  );
}

export function acknowledgeCooldown(
  desk: Desk,
  { by, note }: CommandNamed<'acknowledge-cooldown'>,
): Promise<OperateAnswer> {
  return apply(desk, { command: 'acknowledge-cooldown', by, because: note ?? 'acknowledged' }, (state) => {
    const last = state.lastAutomatic;
    if (last === undefined)
      return { nothing: `"${state.clientSet}" is in no cooldown: no automatic failover has ended yet` };
    if (last.acknowledgedBy !== undefined)
      return {
        nothing: `the automatic failover of epoch ${last.epoch} was acknowledged already by ${last.acknowledgedBy}`,
      };
    return {
      next: { ...state, lastAutomatic: { ...last, acknowledgedBy: by } },
      sentence: `the automatic failover of epoch ${last.epoch} of "${state.clientSet}" is acknowledged; cooldown is lifted`,
    };
  });
}
