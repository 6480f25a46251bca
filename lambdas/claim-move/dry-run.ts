/** A start that is only tried out: shown, recorded, remembered as a rehearsal; nothing is written to clients. */
import type { ClaimMoveResult } from '../../core/contracts/workflow.ts';
import type { MoveDecision } from '../../core/move/decide.ts';
import { liftedBy } from '../../core/move/guards.ts';
import type { MoveFacts } from '../../core/move/facts.ts';
import { isRehearsed } from '../../core/move/readiness.ts';
import { answer, record } from './desk.ts';
import type { Desk } from './desk.ts';
import { preview } from './preview.ts';

export async function dryRun(desk: Desk, facts: MoveFacts, decision: MoveDecision): Promise<ClaimMoveResult> {
  const { ports, config, asked } = desk;
  await record(desk, facts, decision, 'dry-run');
  const { move, requestedBy } = facts.request;
  // What the next automatic failover may rest on: whatever it needs was there, but for the outage itself.
  if (move === 'failover' && facts.scratch !== null && isRehearsed(decision.guards))
    await ports.control.putRehearsal(asked.placed.name, { atMs: facts.nowMs, by: requestedBy, kind: 'dry-run' });
  const shown = await preview(ports, config, asked.placed, facts);
  const guards = decision.guards.map(
    ({ id, holds, skipped, sentence }) =>
      `${id} ${holds ? 'holds' : skipped ? 'is skipped' : 'is in the way'}: ${sentence}${holds || skipped ? '' : ` (lifted by: ${liftedBy(id)})`}`,
  );
  const would = decision.kind === 'claim' || decision.kind === 'ask' ? 'would move' : 'would not move';
  return answer(
    desk,
    'dry-run',
    facts.state.epoch,
    [...shown, ...guards],
    `dry run, nothing is written to clients: ${would}. ${decision.sentence}`,
  );
}
