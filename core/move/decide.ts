/** From facts to one decision. Pure: deciding the stored inputs again gives the stored decision. */
import type { NonEmpty } from '../contracts/primitives.ts';
import type { MoveFacts } from './facts.ts';
import { epochOf } from './facts.ts';
import type { Effect, GuardResult } from './guards.ts';
import { evaluateGuards, isInTheWay } from './guards.ts';

/**
 * - `claim`: move now. - `ask`: claim, and wait for a person. - `approves-open`: a person's start of a move that
 * already waits for an approval gives it. - `ends-open`: a rule that needs no person, or a person whose start carries what
 * no approval does, ends the same move that waits for one, and claims its own as soon as that is closed. - `unconfirmed`: look again in a moment, claim nothing more.
 * - `already-handled`, `stale`, `refused`: nothing is done, the sentence says why.
 */
export type MoveDecisionKind =
  'claim' | 'ask' | 'approves-open' | 'ends-open' | 'unconfirmed' | 'already-handled' | 'stale' | 'refused';

export interface MoveDecision {
  readonly kind: MoveDecisionKind;
  readonly sentence: string;
  /** `id: sentence` of the guards that decided; for a move, of all that were looked at. */
  readonly reasons: NonEmpty<string>;
  readonly guards: readonly GuardResult[];
}

/** What stands in the way decides by the gravest of its effects, in this order. */
const GRAVITY: readonly (readonly [Effect, MoveDecisionKind])[] = [
  ['stale', 'stale'],
  ['handled', 'already-handled'],
  ['refuse', 'refused'],
  ['wait', 'unconfirmed'],
  ['ask', 'ask'],
];

export function decideMove(facts: MoveFacts): MoveDecision {
  const guards = evaluateGuards(facts);
  const inTheWay = guards.filter(isInTheWay);
  const [, kind] =
    GRAVITY.find(([effect]) => inTheWay.some((guard) => guard.effect === effect)) ?? (['none', 'claim'] as const);
  const effective = kind === 'already-handled' ? aboutOpen(facts, inTheWay) : kind;
  const deciding = kind === 'claim' ? guards : givesInVain(effective, facts) ? inTheWay : decidingFor(kind, inTheWay);
  const reasons = deciding.map(({ id, sentence }) => `${id}: ${sentence}`);
  const because = deciding.map(({ sentence }) => sentence).join('; ');
  return {
    kind: effective,
    sentence: sentenceOf(effective, facts, because),
    // Some guards look at every start, and whatever is not a claim has one in its way.
    reasons: reasons as unknown as NonEmpty<string>,
    guards,
  };
}

/** A refusal names whatever is in the way; the other kinds name what made them. */
function decidingFor(kind: MoveDecisionKind, inTheWay: readonly GuardResult[]): readonly GuardResult[] {
  if (kind === 'refused') return inTheWay;
  return inTheWay.filter(({ effect }) => GRAVITY.some(([name, of]) => of === kind && name === effect));
}

/** What a person gives with a start and no approval has: an epoch that a rule has claimed is judged by the rule's own input. */
const givenBeyondApproval = ({ request }: MoveFacts): readonly string[] =>
  request.trigger === 'manual'
    ? (['force', 'acceptDataLoss', 'refugeLost', 'rebuiltHome'] as const).filter((name) => request[name])
    : [];

/** Then the start has to say what else is in the way, not only that an epoch is open. */
const givesInVain = (effective: MoveDecisionKind, facts: MoveFacts): boolean =>
  effective === 'already-handled' && isSameWaiting(facts) && givenBeyondApproval(facts).length > 0;

const isSameWaiting = ({ request, state: { open } }: MoveFacts): boolean =>
  open?.approval === 'pending' && open.move === request.move;

/**
 * A start by a person of the very move that waits for a person is that person's approval, unless it says more than an approval
 * can: then it is a move of its own, which takes the place of the waiting one if nothing else is in its way. A start by a rule that nothing else
 * stands in the way of needs nobody: a question that was put on less evidence, or in another mode, must not keep it waiting.
 */
function aboutOpen(
  facts: MoveFacts,
  inTheWay: readonly GuardResult[],
): 'approves-open' | 'ends-open' | 'already-handled' {
  if (!isSameWaiting(facts)) return 'already-handled';
  if (facts.request.trigger === 'manual' && givenBeyondApproval(facts).length === 0) return 'approves-open';
  return inTheWay.every(({ id }) => id === 'G4') ? 'ends-open' : 'already-handled';
}

function sentenceOf(kind: MoveDecisionKind, facts: MoveFacts, because: string): string {
  const { request, place } = facts;
  const [from, to] = request.move === 'failback' ? [place.refuge, place.home] : [place.home, place.refuge];
  const move = `${request.move} of ${place.clientSet} from ${from} to ${to}`;
  switch (kind) {
    case 'claim':
      return `${move} as epoch ${epochOf(facts)}, asked by ${request.requestedBy}: ${request.reason}`;
    case 'ask':
      return `${move} waits for the approval of a person: ${because}`;
    case 'approves-open':
      return `${move} was waiting for an approval, which ${request.requestedBy} gives by asking for it: ${because}`;
    case 'ends-open': {
      const given = givenBeyondApproval(facts);
      return given.length > 0
        ? `${move} was waiting for an approval; ${request.requestedBy} starts it anew with ${given.join(' and ')}: ${because}`
        : `${move} was waiting for an approval, which nobody needs to give any more: ${because}`;
    }
    case 'unconfirmed':
      return `${move} waits a moment: ${because}`;
    case 'already-handled':
      return `${move} ${facts.state.open?.move === request.move ? 'is open already, nothing was done' : 'needs nothing'}: ${because}`;
    case 'stale':
      return `${move} was asked on an old picture: ${because}`;
    case 'refused':
      return `${move} is refused: ${because}`;
  }
}
