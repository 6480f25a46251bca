/** A person has an open epoch taken up of which nobody knows whether its execution still runs. */
import type { CommandNamed, OperateAnswer } from '../../core/contracts/operate.ts';
import { isBeingTakenUp, startTakeUp } from '../shared/take-up.ts';
import type { Desk } from './desk.ts';
import { recordCommand } from './settings.ts';

export async function takeUp(desk: Desk, { by, reason, epoch }: CommandNamed<'take-up'>): Promise<OperateAnswer> {
  const { ports, sets } = desk;
  const name = sets[0]!.name;
  const state = await ports.control.readSet(name);
  const claim = state?.open;
  if (state === null || claim === undefined)
    return { kind: 'nothing', sentence: `"${name}" has no open epoch; nothing was done` };
  if (epoch !== undefined && epoch !== claim.epoch)
    return {
      kind: 'nothing',
      sentence: `the open epoch of "${name}" is ${claim.epoch}, not ${epoch}; nothing was done`,
    };
  const orphan = { state, claim };
  if ((await ports.workflows.status(claim.execution)) === 'running')
    return refused(
      `epoch ${claim.epoch} of "${name}" is owned by ${claim.execution}, which still runs; let it go on, or stop it first`,
    );
  if (await isBeingTakenUp(ports, orphan))
    return refused(`epoch ${claim.epoch} of "${name}" is being taken up already; look at its status in half a minute`);
  await recordCommand(desk, name, { command: 'take-up', by, because: reason, epoch: claim.epoch });
  const started = await startTakeUp(ports, orphan, { by, reason, inPlaceOf: claim.execution });
  if (started.kind === 'conflict')
    return refused(`the state of "${name}" has just changed; look at its status, then ask again`);
  return {
    kind: 'done',
    sentence: `epoch ${claim.epoch} of "${name}" is taken up by ${started.execution}, in place of ${claim.execution}, by ${by}`,
    executions: [started.execution],
  };
}

const refused = (sentence: string): OperateAnswer => ({ kind: 'refused', sentence });
