/** How many may move at once, and what the outside world says right before a move. */
import type { MoveFacts } from './facts.ts';
import { isUnattendedStart } from './facts.ts';
import type { Check, Effect, Guard } from './guard.ts';
import { fails, holds, refuse } from './guard.ts';

export const AT_ONCE_GUARD: Guard = {
  id: 'G9',
  title: 'not too many sets move at once',
  uses: 'open epochs of the other sets that are controlled from the same region, those held for a person too; only starts that no person made, only where moves.setsAtOnce is configured',
  liftedBy: 'the end of another move (an automatic start comes again by itself), or a start by a person',
  skippableByForce: false,
  appliesTo: (facts) => facts.rules.setsAtOnce !== null && isUnattendedStart(facts),
  check: checkAtOnce,
  otherwise: waitForOthers,
};

/** Asked when nothing else is in the way. */
export const LAST_GUARDS: readonly Guard[] = [
  {
    id: 'G13',
    title: 'the move could be finished: parameters can be put in the region of the refuge',
    uses: 'a parameter of no meaning, put right before the claim and after an approval',
    liftedBy: 'Parameter Store in the region named, and the permission to write there',
    skippableByForce: false,
    appliesTo: ({ scratch }) => scratch !== null,
    check: checkScratch,
    otherwise: refuse,
  },
  {
    id: 'G12',
    title: 'nobody objects',
    uses: 'answer of the configured veto hook, asked right before the claim and after an approval',
    liftedBy: 'the hook itself, or a configuration without it: "force" does not pass over it',
    skippableByForce: false,
    appliesTo: ({ veto }) => veto !== null,
    check: ({ veto }) => ({ holds: veto!.kind === 'allowed', sentence: veto!.sentence }),
    otherwise: refuse,
  },
];

/** The first region is that of the refuge, which clients obey; the others may be written later by reconcile. */
function checkScratch({ scratch }: MoveFacts): Check {
  const [own, ...others] = scratch!;
  if (!own) return fails('no region was tried');
  if (own.because !== undefined && own.busy !== true)
    return fails(`a routing value could not be put in ${own.region} now: ${own.because}`);
  const missing = others.flatMap(({ region, because, busy }) =>
    because !== undefined && busy !== true ? [`${region} could not be reached (${because})`] : [],
  );
  return holds(
    missing.length === 0
      ? `parameters can be put in ${[own, ...others].map(({ region }) => region).join(', ')}`
      : `parameters can be put in ${own.region}; ${missing.join(', ')}, reconcile would write there later`,
  );
}

function checkAtOnce({ moving, rules }: MoveFacts): Check {
  const limit = rules.setsAtOnce ?? Number.POSITIVE_INFINITY;
  const named = moving.map(({ clientSet, epoch }) => `${clientSet} (epoch ${epoch})`).join(', ') || 'none';
  const sentence = `other sets that are moving: ${named}; at most ${limit} at once`;
  return moving.length < limit ? holds(sentence) : fails(sentence);
}

/**
 * Two that claimed at the same time see each other. The one whose name comes first keeps its claim and looks again; the
 * other gives way, or has published and is waited for: so the limit holds and somebody moves.
 */
function waitForOthers({ request, stance, moving, place, rules, state, nowMs }: MoveFacts): Effect {
  const sinceMs = stance === 'after-claim' ? (state.open?.claimedAtMs ?? 0) : request.startedAtMs;
  if (nowMs - sinceMs >= rules.confirmWithinMs) return 'refuse';
  if (stance === 'before-claim') return request.trigger === 'alarm' ? 'wait' : 'refuse';
  const before = moving.filter(({ published, clientSet }) => published || clientSet < place.clientSet);
  return before.length < (rules.setsAtOnce ?? 0) ? 'wait' : 'refuse';
}
