/** Decides a stored decision again. What comes out must be what was stored, or the record does not tell why we acted. */
import type { Decision } from '../contracts/tables.ts';
import { decideRefresh, type RefreshFacts } from '../routing/refresh.ts';
import { decideMove } from './decide.ts';
import type { MoveFacts } from './facts.ts';

/** `not-judged`: a command of a person, or the end of a move: it says what was done, and was made of no guards. */
export type Replay =
  { readonly kind: 'same' } | { readonly kind: 'differs'; readonly because: string } | { readonly kind: 'not-judged' };

/** Which decisions of the guards may stand under a record of this kind. */
const MADE_OF: Readonly<Record<string, (kind: string) => boolean>> = {
  confirmed: (kind) => kind === 'claim',
  approved: (kind) => kind === 'claim',
  aborted: (kind) => kind !== 'claim',
  'dry-run': () => true,
};

export function replay(decision: Decision): Replay {
  const refresh = refreshOf(decision.inputs);
  if (refresh) return replayRefresh(decision, refresh);
  const facts = factsOf(decision.inputs);
  if (!facts) return { kind: 'not-judged' };
  const again = decideMove(facts);
  const fits = MADE_OF[decision.kind] ?? ((kind: string) => kind === decision.kind);
  if (!fits(again.kind))
    return { kind: 'differs', because: `stored as "${decision.kind}", decided again it is "${again.kind}"` };
  if (again.sentence !== decision.sentence)
    return { kind: 'differs', because: `stored: ${decision.sentence}; decided again: ${again.sentence}` };
  const wording = (guards: readonly { readonly id: string; readonly sentence: string }[]) =>
    guards.map(({ id, sentence }) => `${id}: ${sentence}`).join('; ');
  if (wording(again.guards) !== wording(decision.guards))
    return {
      kind: 'differs',
      because: `guards stored: ${wording(decision.guards)}; decided again: ${wording(again.guards)}`,
    };
  return { kind: 'same' };
}

function replayRefresh(decision: Decision, facts: RefreshFacts): Replay {
  const again = decideRefresh(facts);
  const kind = again.kind === 'refused' ? 'refresh-refused' : again.kind;
  if (kind !== decision.kind)
    return { kind: 'differs', because: `stored as "${decision.kind}", decided again it is "${kind}"` };
  return again.sentence === decision.sentence
    ? { kind: 'same' }
    : { kind: 'differs', because: `stored: ${decision.sentence}; decided again: ${again.sentence}` };
}

function refreshOf(inputs: unknown): RefreshFacts | undefined {
  return typeof inputs === 'object' && inputs !== null && 'refresh' in inputs
    ? (inputs.refresh as RefreshFacts)
    : undefined;
}

/** A record of the release before knew less: what it did not look at stands as not looked at. */
function factsOf(inputs: unknown): MoveFacts | undefined {
  if (typeof inputs !== 'object' || inputs === null || !('stance' in inputs)) return undefined;
  const stored = inputs as MoveFacts;
  return {
    ...NOT_LOOKED_AT,
    ...stored,
    request: { ...NOTHING_ACCEPTED, ...stored.request },
    place: { ...NO_LIMIT, ...stored.place },
    rules: { ...NO_RULE, ...stored.rules },
  };
}

const NOT_LOOKED_AT = { loss: null, pauses: [], moving: [], rehearsedAtMs: null, scratch: null, veto: null } as const;
const NOTHING_ACCEPTED = { acceptDataLoss: false } as const;
const NO_LIMIT = { rpo: null } as const;
const NO_RULE = { setsAtOnce: null, rehearsalMs: null } as const;
