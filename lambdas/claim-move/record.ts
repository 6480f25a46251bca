/** A decision as it is stored: what was decided, on which facts, so that it can be decided again. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { Decision } from '../../core/contracts/tables.ts';
import type { MoveDecision } from '../../core/move/decide.ts';
import type { MoveFacts } from '../../core/move/facts.ts';

/** One per execution, instant and version of the state it was decided on; the claim refers to it. */
export const decisionId = ({ place, request, nowMs, state }: MoveFacts): string =>
  `${place.clientSet}-${nowMs}-v${state.version}-${request.execution.split(':').at(-1) ?? request.execution}`;

/** `confirmed`: judged again after the claim, right before anything is written; nothing was in the way. */
export type Outcome = 'aborted' | 'approved' | 'confirmed' | 'dry-run';

interface RecordOptions {
  readonly configVersion: string;
  /** What became of it, where that is not the decision itself. */
  readonly outcome?: Outcome | undefined;
}

export function recordOf(
  placed: PlacedSet,
  facts: MoveFacts,
  decision: MoveDecision,
  { configVersion, outcome }: RecordOptions,
): Decision {
  const { request, state, nowMs } = facts;
  return {
    id: decisionId(facts),
    pair: state.pair,
    clientSet: placed.name,
    atMs: nowMs,
    epochSeen: state.epoch,
    move: request.move,
    trigger: request.trigger,
    requestedBy: request.requestedBy,
    kind: outcome ?? decision.kind,
    sentence: decision.sentence,
    reasons: [...decision.reasons],
    guards: decision.guards.map((guard) => ({
      id: guard.id,
      holds: guard.holds || guard.skipped,
      sentence: guard.sentence,
    })),
    inputs: facts,
    configVersion,
  };
}

/** A refusal that repeats the newest decision is stored once: same kind, move, asker and guards in the way. */
export function isNews(next: Decision, newest: Decision | undefined): boolean {
  if (next.kind === 'claim' || next.kind === 'ask' || next.kind === 'approved' || !newest) return true;
  return signature(next) !== signature(newest);
}

const signature = ({ kind, move, trigger, requestedBy, epochSeen, guards }: Decision): string =>
  JSON.stringify([
    kind,
    move,
    trigger,
    requestedBy,
    epochSeen,
    guards.filter(({ holds }) => !holds).map(({ id }) => id),
  ]);
