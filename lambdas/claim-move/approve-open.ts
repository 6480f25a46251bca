/** The very move that waits for a person is started again: by a person, which is the approval unless it says more than that; or by a rule that needs none. */
import type { SetState } from '../../core/contracts/tables.ts';
import type { ClaimMoveResult } from '../../core/contracts/workflow.ts';
import type { MoveDecision } from '../../core/move/decide.ts';
import { answer } from './desk.ts';
import type { Desk } from './desk.ts';

export async function approveOpen(desk: Desk, state: SetState, decision: MoveDecision): Promise<ClaimMoveResult> {
  const { ports, asked } = desk;
  const epoch = state.epoch;
  const question = await ports.control.question(asked.placed.name);
  if (question?.question !== 'approval' || question.epoch !== epoch) {
    // The claim is made before the question is put: a start that falls in between comes again instead of being lost.
    const sentence = `epoch ${epoch} will wait for an approval, but its question is not there yet`;
    return hasTime(desk)
      ? answer(desk, 'unconfirmed', epoch, decision.reasons, `${sentence}; trying again`)
      : answer(desk, 'already-handled', epoch, decision.reasons, `${sentence}; approve it by operate or start again`);
  }
  const { requestedBy, reason } = asked.input;
  const answered = await ports.workflows.answer(question.taskToken, { kind: 'approve', by: requestedBy, note: reason });
  if (answered === 'gone')
    return answer(
      desk,
      'already-handled',
      epoch,
      decision.reasons,
      `epoch ${epoch} waits for no approval any more: it was answered, or its time was over`,
    );
  await ports.control.clearQuestion(asked.placed.name, question.taskToken);
  return { ...answer(desk, 'already-handled', epoch, decision.reasons, decision.sentence), approvalGiven: true };
}

/**
 * The waiting epoch is led to its end like one that a person rejects, but nobody's "no" is remembered; this start looks again
 * until it is closed and claims an epoch of its own, so that every guard on automatic moves sees it as one.
 */
export async function endOpen(desk: Desk, state: SetState, decision: MoveDecision): Promise<ClaimMoveResult> {
  const { ports, asked } = desk;
  const epoch = state.epoch;
  if (!hasTime(desk))
    return answer(
      desk,
      'already-handled',
      epoch,
      decision.reasons,
      `epoch ${epoch} is not closed yet; ${asked.input.trigger === 'manual' ? 'start again' : 'asked again soon'}`,
    );
  const question = await ports.control.question(asked.placed.name);
  if (question?.question === 'approval' && question.epoch === epoch) {
    const { trigger, requestedBy, reason } = asked.input;
    const answerOf =
      trigger === 'manual'
        ? { by: requestedBy, note: `started anew: ${reason}` }
        : { by: 'mm2-failover', note: `nobody needs to approve any more: ${reason}` };
    await ports.workflows.answer(question.taskToken, { kind: 'reject', ...answerOf });
    await ports.control.clearQuestion(asked.placed.name, question.taskToken);
  }
  return answer(desk, 'unconfirmed', epoch, decision.reasons, decision.sentence);
}

const hasTime = ({ ports, asked, config }: Desk): boolean =>
  ports.clock.nowMs() - asked.request.startedAtMs < config.moves.confirmWithinSeconds * 1000;
