/** A decision as it is stored: what was decided, on which facts, so that it can be decided again. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { Decision } from '../../core/contracts/tables.ts';
import type { MoveDecision } from '../../core/move/decide.ts';
import type { MoveFacts } from '../../core/move/facts.ts';

/** One per kind, execution, instant and version of the state it was decided on; the claim refers to it. */
export const decisionId = ({ place, request, nowMs, state }: MoveFacts, kind: string): string =>
  `${place.clientSet}-${nowMs}-v${state.version}-${kind}-${request.execution.split(':').at(-1) ?? request.execution}`;

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
  const kind = outcome ?? decision.kind;
  return {
    id: decisionId(facts, kind),
    pair: state.pair,
    clientSet: placed.name,
    atMs: nowMs,
    epochSeen: state.epoch,
    move: request.move,
    trigger: request.trigger,
    requestedBy: request.requestedBy,
    kind,
    sentence: decision.sentence,
    reasons: [...decision.reasons],
    guards: decision.guards.map((guard) => ({
      id: guard.id,
      holds: guard.holds || guard.skipped,
      ...(guard.skipped ? { skipped: true } : {}),
      sentence: guard.sentence,
    })),
    inputs: facts,
    configVersion,
  };
}

/** Kinds after which everything is as before. Only these come again and again while an outage stands. */
export const WITHOUT_EFFECT: readonly string[] = ['refused', 'unconfirmed', 'already-handled', 'stale', 'dry-run'];

/** How many records are looked back at; more reasons than this take turns nowhere. */
export const RECENT_DECISIONS = 50;

/**
 * What comes again is stored once per reason: same incident, kind, move, asker and guards in the way. Reasons may take turns, so
 * it is compared with every record since the newest one that had an effect, and with that one.
 *
 * @param recent newest first
 */
export function isNews(next: Decision, recent: readonly Decision[]): boolean {
  if (next.kind === 'claim' || next.kind === 'ask' || next.kind === 'approved') return true;
  const effect = recent.findIndex(({ kind }) => !WITHOUT_EFFECT.includes(kind));
  const comparable = effect === -1 ? recent : recent.slice(0, effect + 1);
  return comparable.every((stored) => signature(stored) !== signature(next));
}

const signature = ({ kind, move, trigger, requestedBy, epochSeen, guards, inputs }: Decision): string =>
  JSON.stringify([
    kind,
    move,
    trigger,
    requestedBy,
    epochSeen,
    incidentOf(inputs),
    guards.filter(({ holds }) => !holds).map(({ id }) => id),
  ]);

/** The next outage is news, also where it is refused like the last one. Commands of people carry other inputs: none. */
const incidentOf = (inputs: unknown): string | undefined => {
  const { request, verdicts } = (inputs ?? {}) as Partial<MoveFacts>;
  return request?.incidentId ?? verdicts?.home.incidentId;
};
