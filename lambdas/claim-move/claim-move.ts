/** The one door to a move: reads the request, judges the guards, makes one execution the owner of an epoch, judges again. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { Claim, SetState } from '../../core/contracts/tables.ts';
import type { ClaimMoveInput, ClaimMoveResult } from '../../core/contracts/workflow.ts';
import { openClaim } from '../../core/move/claim.ts';
import { REFUSED_FAILOVERS_METRIC } from '../../core/contracts/environment.ts';
import { isChosen, isInTheWay } from '../../core/move/guards.ts';
import type { MoveDecision } from '../../core/move/decide.ts';
import { epochOf } from '../../core/move/facts.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { supersededBy } from '../../core/move/supersede.ts';
import { approveOpen, endOpen } from './approve-open.ts';
import { answer, judge, record } from './desk.ts';
import type { ClaimPorts, Desk, Here } from './desk.ts';
import { dryRun } from './dry-run.ts';
import { gatherFacts } from './gather.ts';
import { goOn, judgeOwn } from './own-claim.ts';
import { waitForTurn, withPlace } from './place.ts';
import { decisionId } from './record.ts';
import { readRequest } from './request.ts';
import type { Asked } from './request.ts';
import { endSuperseded } from './superseded.ts';
import { takeUp } from './take-up.ts';

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
  const judged = await judge(desk, await gatherFacts(ports, config, { asked, state, stance: 'before-claim' }));
  if (asked.input.dryRun) return dryRun(desk, judged.facts, judged.decision);
  const { facts, decision } = await withPlace(desk, judged);
  await record(desk, facts, decision);
  await waitForTurn(desk, { facts, decision });
  switch (decision.kind) {
    case 'claim':
    case 'ask':
      return claim(desk, facts, decision);
    case 'approves-open':
      return approveOpen(desk, state, decision);
    case 'ends-open':
      return endOpen(desk, state, decision);
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

/** An outage stands, and what would move its clients refuses: the alarm `failover-refused` looks at this. */
function countRefusal({ ports, config, asked }: Desk, { guards }: MoveDecision): void {
  const chosen = guards.some((guard) => isChosen(guard) && isInTheWay(guard));
  if (refusalFor(asked) === 'declined' && asked.request.move === 'failover' && !chosen)
    ports.metrics.put(REFUSED_FAILOVERS_METRIC, 1, 'Count', { pair: config.pair });
}

async function claim(desk: Desk, facts: MoveFacts, decision: MoveDecision): Promise<ClaimMoveResult | 'conflict'> {
  const { ports, config, asked, payload } = desk;
  const { state, request, nowMs } = facts;
  const ended = supersededBy(facts);
  const opened: Claim = {
    epoch: epochOf(facts),
    move: request.move,
    trigger: request.trigger,
    requestedBy: request.requestedBy,
    reason: request.reason,
    execution: payload.execution,
    claimedAtMs: nowMs,
    from: state.phase,
    input: { ...asked.input, move: request.move },
    decisionId: decisionId(facts, decision.kind),
    approval: decision.kind === 'ask' ? 'pending' : 'not-needed',
    published: false,
    ...(ended ? { supersedes: { epoch: ended.epoch, execution: ended.execution, move: ended.move } } : {}),
  };
  const next = openClaim(state, opened);
  if ((await ports.control.writeSet(next)) === 'conflict') return 'conflict';
  await endSuperseded(desk, opened);
  const again = await gatherFacts(ports, config, { asked, state: next, stance: 'after-claim' });
  return judgeOwn(desk, again, opened, facts);
}
