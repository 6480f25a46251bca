/** Our own claim: judged again before anything is written, then confirmed, approved or given up. */
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import type { ClaimMoveResult } from '../../core/contracts/workflow.ts';
import { approveClaim } from '../../core/move/claim.ts';
import type { MoveDecision } from '../../core/move/decide.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { answer, judge, record } from './desk.ts';
import type { Desk } from './desk.ts';
import { gatherFacts } from './gather.ts';
import type { LastChecks } from './last-checks.ts';
import { keepPlace } from './place.ts';
import { costs } from './preview.ts';
import { requestOf } from './request.ts';
import { endSuperseded } from './superseded.ts';

/** Our own claim: a repeated call, an approval that came, or a move taken up. Once published there is only forward. */
export async function goOn(desk: Desk, state: SetState, open: Claim): Promise<ClaimMoveResult | 'conflict'> {
  const { ports, config, asked, payload } = desk;
  if (open.published)
    return answer(desk, 'claimed', open.epoch, [
      `epoch ${open.epoch} has published revision ${state.revision}; it goes on`,
    ]);
  // The run that claimed may have died before it said so.
  if (payload.approvedBy === undefined) await endSuperseded(desk, open);
  const approvedBy = payload.approvedBy ?? open.approvedBy;
  const request = { ...requestOf(payload, open.input, config), ...(approvedBy === undefined ? {} : { approvedBy }) };
  await keepPlace(desk, open, request);
  const facts = await gatherFacts(ports, config, {
    asked: { placed: asked.placed, request },
    state,
    stance: 'after-claim',
  });
  return judgeOwn(desk, facts, open);
}

/**
 * All guards again, right after the claim and after every wait before the first publish.
 * @param checks the outside world's answers of a moment ago; without them it is asked
 */
export async function judgeOwn(
  desk: Desk,
  again: MoveFacts,
  open: Claim,
  checks?: LastChecks,
): Promise<ClaimMoveResult | 'conflict'> {
  const known = checks?.scratch ? { scratch: checks.scratch, veto: checks.veto } : undefined;
  const { facts, decision } = await judge(desk, again, known);
  const waits = open.approval === 'pending' && facts.request.approvedBy === undefined;
  // Another set moves: the claim is kept, and the workflow comes again.
  if (decision.kind === 'unconfirmed')
    return answer(desk, 'unconfirmed', open.epoch, decision.reasons, decision.sentence);
  if (decision.kind !== 'claim' && !(waits && decision.kind === 'ask')) return abort(desk, facts, decision);
  if (waits) {
    const told = [...decision.reasons, ...(await costs(desk.ports, desk.asked.placed, facts))];
    return answer(desk, 'approval-needed', open.epoch, told, `epoch ${open.epoch}: ${decision.sentence}`);
  }
  if (open.approval === 'pending') return approve(desk, facts, decision);
  await record(desk, facts, decision, 'confirmed');
  return answer(desk, 'claimed', open.epoch, decision.reasons, decision.sentence);
}

/** The claim stays ours until conclude-move has withdrawn it, so that nobody starts between. */
async function abort(desk: Desk, facts: MoveFacts, decision: MoveDecision): Promise<ClaimMoveResult> {
  await record(desk, facts, decision, 'aborted');
  const { epoch } = facts.state;
  return answer(
    desk,
    'aborted',
    epoch,
    decision.reasons,
    `epoch ${epoch} is given up before anything was published: ${decision.sentence}`,
  );
}

async function approve(desk: Desk, facts: MoveFacts, decision: MoveDecision): Promise<ClaimMoveResult | 'conflict'> {
  const by = facts.request.approvedBy ?? 'unnamed';
  await record(desk, facts, decision, 'approved');
  if ((await desk.ports.control.writeSet(approveClaim(facts.state, by))) === 'conflict') return 'conflict';
  return answer(desk, 'claimed', facts.state.epoch, decision.reasons, `${decision.sentence} (approved by ${by})`);
}
