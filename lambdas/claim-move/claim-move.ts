/** The one door to a move: reads the request, judges the guards, makes one execution the owner of an epoch, judges again. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import type { ClaimMoveInput, ClaimMoveResult, WorkflowInput } from '../../core/contracts/workflow.ts';
import { approveClaim, openClaim, takeUpClaim } from '../../core/move/claim.ts';
import { REFUSED_FAILOVERS_METRIC } from '../../core/contracts/environment.ts';
import { isInTheWay } from '../../core/move/guards.ts';
import type { MoveDecision } from '../../core/move/decide.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { answer, judge, record } from './desk.ts';
import type { ClaimPorts, Desk, Here } from './desk.ts';
import { dryRun } from './dry-run.ts';
import { gatherFacts } from './gather.ts';
import type { LastChecks } from './last-checks.ts';
import { decisionId } from './record.ts';
import { readRequest, requestOf } from './request.ts';
import type { Asked } from './request.ts';

/** Ten starts at once meet here; each conflict means that one of them got further, so this bounds a broken table only. */
const ATTEMPTS = 12;

/**
 * Throws only when tables or workflow service fail; whatever people or rules ask wrongly is a returned kind.
 * Safe to run twice and to die after any line: an own claim that is found is judged again and goes on.
 */
export const claimMove =
  (ports: ClaimPorts, config: PairConfig, here: Here) =>
  async (payload: ClaimMoveInput): Promise<ClaimMoveResult> => {
    const reading = readRequest(payload, config, here.region);
    if (reading.kind === 'invalid')
      return {
        ...NOTHING,
        kind: 'invalid',
        sentence: reading.sentence,
        reasons: [reading.sentence],
        move: payload.machine,
      };
    const desk: Desk = { ports, config, here, payload, asked: reading.asked };
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const result = await attemptAt(desk);
      if (result !== 'conflict') return result;
    }
    throw new Error(
      `the state of ${reading.asked.placed.name} changed under ${ATTEMPTS} attempts to claim it; find out who writes it all the time`,
    );
  };

const NOTHING = { pair: '', clientSet: '', epoch: 0, waitSeconds: 1 } as const;

/** One read of the state, one decision on it, at most one conditional write of it. */
async function attemptAt(desk: Desk): Promise<ClaimMoveResult | 'conflict'> {
  const { ports, asked, payload } = desk;
  const state = await ports.control.readSet(asked.placed.name);
  if (!state)
    return answer(desk, refusalFor(asked), 0, [
      `${asked.placed.name} has no state in ${desk.here.region} yet; reconcile creates it within a minute`,
    ]);
  if (state.open?.execution === payload.execution) return goOn(desk, state, state.open);
  if (asked.input.takeUp !== undefined) return takeUp(desk, state, asked.input.takeUp);
  return start(desk, state);
}

async function start(desk: Desk, state: SetState): Promise<ClaimMoveResult | 'conflict'> {
  const { ports, config, asked } = desk;
  const { facts, decision } = await judge(
    desk,
    await gatherFacts(ports, config, { asked, state, stance: 'before-claim' }),
  );
  if (asked.input.dryRun) return dryRun(desk, facts, decision);
  await record(desk, facts, decision);
  switch (decision.kind) {
    case 'claim':
    case 'ask':
      return claim(desk, facts, decision);
    case 'approves-open':
      return approveOpen(desk, state, decision);
    case 'refused':
      countRefusal(desk, decision);
      return answer(desk, refusalFor(asked), state.epoch, decision.reasons, decision.sentence);
    case 'unconfirmed':
    case 'already-handled':
    case 'stale':
      return answer(desk, decision.kind, state.epoch, decision.reasons, decision.sentence);
  }
}

/** A person waits for what they asked for, and its refusal is a failure; a rule's start that is refused is an answer. */
const refusalFor = ({ input }: Asked): 'refused' | 'declined' =>
  input.trigger === 'manual' || input.takeUp !== undefined ? 'refused' : 'declined';

/** What a person has chosen for a while: nobody needs to be woken because it holds. */
const CHOSEN: readonly string[] = ['G7', 'G10', 'G10-rejected'];

/** An outage stands, and what would move its clients refuses: the alarm `failover-refused` looks at this. */
function countRefusal({ ports, config, asked }: Desk, { guards }: MoveDecision): void {
  const chosen = guards.some((guard) => CHOSEN.includes(guard.id) && isInTheWay(guard));
  if (refusalFor(asked) === 'declined' && asked.request.move === 'failover' && !chosen)
    ports.metrics.put(REFUSED_FAILOVERS_METRIC, 1, 'Count', { pair: config.pair });
}

async function claim(desk: Desk, facts: MoveFacts, decision: MoveDecision): Promise<ClaimMoveResult | 'conflict'> {
  const { ports, config, asked, payload } = desk;
  const { state, request, nowMs } = facts;
  const opened: Claim = {
    epoch: state.epoch + 1,
    move: request.move,
    trigger: request.trigger,
    requestedBy: request.requestedBy,
    reason: request.reason,
    execution: payload.execution,
    claimedAtMs: nowMs,
    from: state.phase,
    input: { ...asked.input, move: request.move },
    decisionId: decisionId(facts),
    approval: decision.kind === 'ask' ? 'pending' : 'not-needed',
    published: false,
  };
  const next = openClaim(state, opened);
  if ((await ports.control.writeSet(next)) === 'conflict') return 'conflict';
  const again = await gatherFacts(ports, config, { asked, state: next, stance: 'after-claim' });
  return judgeOwn(desk, again, opened, facts);
}

/** Our own claim: a repeated call, an approval that came, or a move taken up. Once published there is only forward. */
async function goOn(desk: Desk, state: SetState, open: Claim): Promise<ClaimMoveResult | 'conflict'> {
  const { ports, config, asked, payload } = desk;
  if (open.published)
    return answer(desk, 'claimed', open.epoch, [
      `epoch ${open.epoch} has published revision ${state.revision}; it goes on`,
    ]);
  const approvedBy = payload.approvedBy ?? open.approvedBy;
  const request = { ...requestOf(payload, open.input, config), ...(approvedBy === undefined ? {} : { approvedBy }) };
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
async function judgeOwn(
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
  if (waits)
    return answer(desk, 'approval-needed', open.epoch, decision.reasons, `epoch ${open.epoch}: ${decision.sentence}`);
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

/** An open epoch whose execution has ended without closing it changes hands; where nobody knows, on a person's word. Never while the old one is known to run. */
async function takeUp(desk: Desk, state: SetState, epoch: number): Promise<ClaimMoveResult | 'conflict'> {
  const { open } = state;
  if (open?.epoch !== epoch)
    return answer(desk, 'already-handled', state.epoch, [
      `epoch ${epoch} needs nobody to take it up: ${open ? `epoch ${open.epoch} is open` : 'it is closed'}`,
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

async function approveOpen(desk: Desk, state: SetState, decision: MoveDecision): Promise<ClaimMoveResult> {
  const { ports, asked } = desk;
  const epoch = state.epoch;
  const question = await ports.control.question(asked.placed.name);
  if (question?.question !== 'approval' || question.epoch !== epoch) {
    // The claim is made before the question is put: a start that falls in between comes again instead of being lost.
    const waits = ports.clock.nowMs() - asked.request.startedAtMs < desk.config.moves.confirmWithinSeconds * 1000;
    const sentence = `epoch ${epoch} will wait for an approval, but its question is not there yet`;
    return waits
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
  return answer(desk, 'already-handled', epoch, decision.reasons, decision.sentence);
}
