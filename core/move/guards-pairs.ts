/** Limits above the pairs (G9): how many of them move at once, and how many may look down together. */
import { isUnattendedStart, runsAlone } from './facts.ts';
import type { MoveFacts } from './facts.ts';
import { fails, holds } from './guard.ts';
import type { Check, Effect, Guard } from './guard.ts';
import { aheadOf } from './turns.ts';
import { countPairs, judgeTogether, namedMoves, othersMoving, standingMoves } from './pairs.ts';

/** While the table cannot be read, G7-known refuses and neither guard here applies. */
const read = ({ abovePairs }: MoveFacts) => (abovePairs?.kind === 'read' ? abovePairs : undefined);

export const PAIRS_AT_ONCE_GUARD: Guard = {
  id: 'G9-pairs',
  title: 'not too many pairs move at once',
  uses: 'moves that pairs have entered in the table above them, and pairs that have asked before and wait for a place; after the claim, whether this one is among them; only starts that run alone, only where shared.pairsAtOnce is configured',
  liftedBy:
    'the end of the move of another pair, once those that asked before have had their turn (an automatic start comes again by itself), or a start by a person',
  skippableByForce: false,
  appliesTo: (facts) =>
    facts.rules.pairsAtOnce !== undefined && read(facts) !== undefined && runsAlone(facts) && !isForAPerson(facts),
  check: checkPairs,
  otherwise: waitForPlace,
};

export const TOGETHER_GUARD: Guard = {
  id: 'G9-together',
  title: 'not so many pairs look down together that the observer must be suspected',
  uses: 'what pairs have reported to the table above them; only starts that no person made, only where shared.downTogether is configured',
  liftedBy: 'fewer pairs that see a cluster confirmed down, or the approval of a person',
  skippableByForce: false,
  appliesTo: (facts) => facts.rules.together !== undefined && read(facts) !== undefined && isUnattendedStart(facts),
  check: (facts) => {
    const { kind, sentence } = togetherIn(facts);
    return kind === 'apart' ? holds(sentence) : fails(sentence);
  },
  otherwise: (facts) => (togetherIn(facts).kind === 'together' ? 'ask' : 'refuse'),
};

const togetherIn = (facts: MoveFacts) =>
  // Stryker disable next-line ArrayDeclaration: a text in place of a report has no time, so nobody is heard of by it
  judgeTogether(read(facts)!.reports ?? [], {
    pair: facts.state.pair,
    nowMs: facts.nowMs,
    rules: facts.rules.together!,
  });

/** A person is asked about it, whose approval no limit holds up: so it takes no place while it waits. */
const isForAPerson = (facts: MoveFacts): boolean =>
  (facts.stance === 'after-claim' && facts.state.open?.approval === 'pending') ||
  (facts.rules.together !== undefined && togetherIn(facts).kind === 'together');

function checkPairs(facts: MoveFacts): Check {
  const { state, place, nowMs, rules, stance } = facts;
  // Stryker disable next-line ArrayDeclaration: a text in place of a move has no time, so its time is over
  const moves = read(facts)!.moves ?? [];
  const others = othersMoving(moves, { pair: state.pair, nowMs });
  const own = standingMoves(moves, nowMs).filter(({ pair }) => pair === state.pair);
  const sentence = `other pairs that are moving: ${namedMoves(others)}; at most ${rules.pairsAtOnce} at once`;
  if (stance === 'after-claim')
    return own.some(({ clientSet, epoch }) => clientSet === place.clientSet && epoch === state.epoch)
      ? holds(sentence)
      : fails(`${sentence}; this move is not entered among them`);
  if (own.length > 0) return holds(sentence);
  // Stryker disable next-line ArrayDeclaration: a text in place of one that waits has no time, so its time is over
  const ahead = aheadOf(read(facts)!.waiting ?? [], { pair: state.pair, nowMs });
  const told =
    ahead.length === 0 ? sentence : `${sentence}; before it waits ${ahead.map(({ pair }) => pair).join(', ')}`;
  return countPairs(others) + ahead.length < (rules.pairsAtOnce ?? 0) ? holds(told) : fails(told);
}

/** An event comes again by itself, an alarm does not. */
function waitForPlace({ request, stance, rules, nowMs }: MoveFacts): Effect {
  const inTime = nowMs - request.startedAtMs < rules.confirmWithinMs;
  return stance === 'before-claim' && request.trigger === 'alarm' && inTime ? 'wait' : 'refuse';
}
