/** Gives a person's answer to the workflow that waits for it. Late, double and mistaken answers do nothing and say so. */
import type { CommandNamed, OperateAnswer } from '../../core/contracts/operate.ts';
import type { SetState } from '../../core/contracts/tables.ts';
import type { OpenQuestion } from '../../core/contracts/workflow.ts';
import { allowedAnswers, whyNot, whyNotRebuilt, type Answer } from '../../core/move/answers.ts';
import { rebuiltClaim } from '../../core/move/claim.ts';
import { changeSet, type SetChange } from '../shared/set-state.ts';
import type { Desk } from './desk.ts';
import { recordCommand } from './settings.ts';

type Command = CommandNamed<Answer>;

export async function answerQuestion(desk: Desk, command: Command): Promise<OperateAnswer> {
  const name = desk.sets[0]!.name;
  const [state, question] = await Promise.all([desk.ports.control.readSet(name), desk.ports.control.question(name)]);
  const verdict = judgeAnswer(command, { name, state, question, nowMs: desk.ports.clock.nowMs() });
  if (verdict.kind !== 'answer') return verdict;
  return give(desk, command, { name, question: verdict.question, incidentId: state?.open?.input.incidentId });
}

interface Situation {
  readonly name: string;
  readonly state: SetState | null;
  readonly question: OpenQuestion | null;
  readonly nowMs: number;
}

type AnswerVerdict =
  | { readonly kind: 'answer'; readonly question: OpenQuestion }
  | { readonly kind: 'nothing' | 'refused'; readonly sentence: string };

/** An answer counts for one epoch and one question, and only while that question stands. */
function judgeAnswer(command: Command, { name, state, question, nowMs }: Situation): AnswerVerdict {
  const nothing = (sentence: string): AnswerVerdict => ({ kind: 'nothing', sentence: `${sentence}; nothing was done` });
  const claim = state?.open;
  if (question === null) return nothing(`"${name}" waits for no answer: ${whereItStands(state)}`);
  if (command.epoch !== undefined && command.epoch !== question.epoch)
    return nothing(
      `epoch ${command.epoch} of "${name}" waits for no answer any more; the open question is of epoch ${question.epoch}`,
    );
  if (claim?.epoch !== question.epoch)
    return nothing(`the question of epoch ${question.epoch} is over: ${whereItStands(state)}`);
  const reason = whyNot(command.command, question, claim);
  if (reason !== undefined)
    return {
      kind: 'refused',
      sentence: `"${name}" cannot take "${command.command}": ${reason}; allowed now: ${allowedAnswers(question, claim).join(', ')}`,
    };
  const notRebuilt = saysRebuilt(command) ? whyNotRebuilt(question) : undefined;
  if (notRebuilt !== undefined)
    return { kind: 'refused', sentence: `"${name}" cannot take "resume" with rebuiltHome: ${notRebuilt}` };
  if (question.question === 'approval' && claim.approval !== 'pending')
    return nothing(`epoch ${claim.epoch} of "${name}" is approved already by ${claim.approvedBy ?? 'somebody'}`);
  if (question.question === 'approval' && question.expiresAtMs !== undefined && question.expiresAtMs <= nowMs)
    return nothing(`the approval of epoch ${claim.epoch} expired at ${new Date(question.expiresAtMs).toISOString()}`);
  return { kind: 'answer', question };
}

function whereItStands(state: SetState | null): string {
  if (state === null) return 'it has no state yet';
  if (state.open === undefined) return `phase ${state.phase}, newest epoch ${state.epoch}, nothing is open`;
  return `phase ${state.phase}, the ${state.open.move} of epoch ${state.open.epoch} is running`;
}

async function give(
  desk: Desk,
  command: Command,
  at: { readonly name: string; readonly question: OpenQuestion; readonly incidentId: string | undefined },
): Promise<OperateAnswer> {
  const { name, question, incidentId } = at;
  const { control, workflows } = desk.ports;
  await recordCommand(desk, name, {
    command: command.command,
    by: command.by,
    because: command.note ?? question.sentence,
    epoch: question.epoch,
  });
  const output = {
    kind: command.command,
    by: command.by,
    ...(command.note === undefined ? {} : { note: command.note }),
  };
  const no =
    (command.command === 'reject' || command.command === 'abort') && incidentId !== undefined
      ? { incidentId, by: command.by, atMs: desk.ports.clock.nowMs() }
      : undefined;
  // Before it is given: a no that is given and not remembered would be overruled by the next report of the outage.
  if (no !== undefined) await rememberNo(desk, name, no);
  if (saysRebuilt(command)) await noteRebuilt(desk, name, question.epoch);
  const answered = await workflows.answer(question.taskToken, output);
  if (no !== undefined && answered === 'gone') await forgetNo(desk, name, no);
  await control.clearQuestion(name, question.taskToken);
  return answered === 'answered'
    ? {
        kind: 'done',
        sentence: `"${command.command}" is given to epoch ${question.epoch} of "${name}" at "${question.stage}", by ${command.by}`,
      }
    : {
        kind: 'nothing',
        sentence: `the question of epoch ${question.epoch} of "${name}" was answered already, or its time was over; nothing was done`,
      };
}

const saysRebuilt = (command: Command): boolean => command.command === 'resume' && command.rebuiltHome;

const noteRebuilt = ({ ports }: Desk, name: string, epoch: number): Promise<void> =>
  changeSet(ports.control, name, (state): SetChange<void> =>
    state?.open?.epoch === epoch
      ? { kind: 'write', next: rebuiltClaim(state), result: undefined }
      : { kind: 'leave', result: undefined },
  );

/** The outage goes on being reported; a person who said no is not overruled by the next report of it. */
const rememberNo = ({ ports }: Desk, name: string, rejected: NonNullable<SetState['rejected']>): Promise<void> =>
  changeSet(ports.control, name, (state): SetChange<void> =>
    state === null
      ? { kind: 'leave', result: undefined }
      : { kind: 'write', next: { ...state, rejected, version: state.version + 1 }, result: undefined },
  );

/** It came too late, and what came too late does nothing. */
const forgetNo = ({ ports }: Desk, name: string, no: NonNullable<SetState['rejected']>): Promise<void> =>
  changeSet(ports.control, name, (state): SetChange<void> => {
    if (state?.rejected?.atMs !== no.atMs || state.rejected.by !== no.by) return { kind: 'leave', result: undefined };
    const { rejected: _late, ...rest } = state;
    return { kind: 'write', next: { ...rest, version: state.version + 1 }, result: undefined };
  });
