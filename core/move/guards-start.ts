/** Guards on who may start what, and when: they look at the request, the set's state and its mode. */
import { instant } from '../health/words.ts';
import type { MoveFacts } from './facts.ts';
import { isUnattendedStart, startPhase } from './facts.ts';
import type { Check, Effect, Guard } from './guard.ts';
import { always, ask, fails, holds, refuse, unless } from './guard.ts';
import { AT_ONCE_GUARD, LAST_GUARDS } from './guards-limits.ts';
import { PAIRS_AT_ONCE_GUARD, TOGETHER_GUARD } from './guards-pairs.ts';
import { pauseSentence, standingPauses, unknownPauseSentence } from './pause.ts';
import { supersededBy } from './supersede.ts';
import { startsFrom, transitionFor } from './transitions.ts';

const unattended = isUnattendedStart;

export const START_GUARDS: readonly Guard[] = [
  {
    id: 'EPOCH',
    title: 'the asker knows the newest epoch',
    uses: 'expectedEpoch of the input; epoch of the set',
    liftedBy: 'looking at the status again and asking with the present epoch',
    skippableByForce: false,
    appliesTo: ({ request, stance }) => request.expectedEpoch !== undefined && stance === 'before-claim',
    check: ({ request, state, place }) => {
      const expected = request.expectedEpoch ?? state.epoch;
      return expected === state.epoch
        ? holds(`epoch ${expected} is the newest one`)
        : fails(
            `asked with epoch ${expected} in mind, but ${place.clientSet} is at epoch ${state.epoch} (${state.phase})`,
          );
    },
    otherwise: (facts) =>
      // Stryker disable next-line EqualityOperator: who expects the newest epoch is let pass, so what would follow is not asked
      unattended(facts) && (facts.request.expectedEpoch ?? 0) < facts.state.epoch ? 'handled' : 'stale',
  },
  {
    id: 'G4',
    title:
      'no other epoch is open, or home is lost while the open one leads there or has not left it, or the refuge is lost',
    uses: 'open claim and phase of the set, verdict about home',
    liftedBy: 'the end of the open epoch: resume, proceed, abort, reject or undo it',
    skippableByForce: false,
    appliesTo: always,
    check: checkOpenEpoch,
    otherwise: (facts): Effect => (facts.stance === 'before-claim' && !wantsAnother(facts) ? 'handled' : 'refuse'),
  },
  {
    id: 'PHASE',
    title: 'the move starts from where the set is',
    uses: 'phase of the set',
    liftedBy: 'a move that starts from the present phase',
    skippableByForce: false,
    appliesTo: always,
    check: (facts) => {
      const { request, place } = facts;
      const phase = startPhase(facts);
      // Whether it may go without the refuge at all is another guard's to say.
      const alone = request.refugeLost && request.move === 'failback';
      return transitionFor(request.move, phase, alone)
        ? holds(`${place.clientSet} is in phase "${phase}", from where a ${request.move} may start`)
        : fails(
            `${place.clientSet} is in phase "${phase}"; a ${request.move} starts from ${startsFrom(request.move, alone).join(' or ')}`,
          );
    },
    otherwise: (facts) => (unattended(facts) ? 'handled' : 'refuse'),
  },
  {
    id: 'BUILT',
    title: 'this kind of move exists in this version',
    uses: 'refugeLost and rebuiltHome of the input',
    liftedBy: 'an input whose parts go together',
    skippableByForce: false,
    appliesTo: always,
    check: checkBuilt,
    otherwise: refuse,
  },
  {
    id: 'G7',
    title: 'no pause',
    uses: 'pauses of the set, of its two clusters, of the pair and of every pair; only starts that no person made',
    liftedBy: 'the end of the pause named, operate "unpause", or a start by a person',
    skippableByForce: false,
    appliesTo: unattended,
    check: ({ state, place, pauses, nowMs }) =>
      unless(standingPauses(state, place, { pauses, nowMs }).map(pauseSentence), 'not paused'),
    otherwise: refuse,
  },
  {
    id: 'G7-known',
    title: 'it is known whether every pair is paused',
    uses: 'the table above the pairs; only starts that no person made, only where shared.table is configured',
    liftedBy: 'the shared table of the region, readable for the controller; or a start by a person',
    skippableByForce: false,
    appliesTo: (facts) => facts.abovePairs !== undefined && unattended(facts),
    check: ({ abovePairs }) =>
      unless([unknownPauseSentence(abovePairs) ?? []].flat(), 'the table above the pairs was read'),
    otherwise: refuse,
  },
  AT_ONCE_GUARD,
  PAIRS_AT_ONCE_GUARD,
  TOGETHER_GUARD,
  {
    id: 'G10',
    title: 'the mode allows starts without a person',
    uses: "mode of the set, the set's failback policy",
    liftedBy: 'operate "mode", or a start by a person',
    skippableByForce: true,
    appliesTo: unattended,
    check: ({ state, request, place }) => {
      if (request.move === 'failback' && place.failback === 'manual')
        return fails('failback of this set is "manual": only a person starts it');
      return state.mode === 'approve' || state.mode === 'automatic'
        ? holds(`mode is "${state.mode}"`)
        : fails(
            `mode is "${state.mode}" (set by ${state.modeSetBy}): everything is judged, nothing is written to clients`,
          );
    },
    otherwise: refuse,
  },
  {
    id: 'G10-rejected',
    title: 'no person has rejected or aborted the move for this incident',
    uses: 'the last "reject" or "abort" of the set, the incident that asks; only starts that no person made',
    liftedBy: 'another incident, or a start by a person',
    skippableByForce: true,
    appliesTo: (facts) => unattended(facts) && facts.stance === 'before-claim',
    check: ({ state: { rejected }, request: { incidentId } }) =>
      rejected !== undefined && rejected.incidentId === incidentId
        ? fails(`given up by ${rejected.by} at ${instant(rejected.atMs)} for incident ${rejected.incidentId}`)
        : holds('nobody has given it up'),
    otherwise: refuse,
  },
  {
    id: 'G10-approval',
    title: 'no approval is asked for',
    uses: "mode of the set, the set's failback policy, what the alarm may start",
    liftedBy: 'the approval of a person, or mode "automatic"',
    skippableByForce: true,
    appliesTo: unattended,
    check: checkApproval,
    otherwise: ask,
  },
  ...LAST_GUARDS,
];

/** A person who asks for something else than what is open gets nothing of it: that is a refusal, not a job that is done. */
const wantsAnother = ({ request, state: { open } }: MoveFacts): boolean =>
  request.trigger === 'manual' &&
  (open?.move !== request.move ||
    // What waits for an approval yet is started anew with what it says (decide.ts); what has begun cannot take it in.
    (open.approval !== 'pending' && request.rebuiltHome && !open.input.rebuiltHome));

function checkOpenEpoch(facts: MoveFacts): Check {
  const {
    state: { open, epoch, phase },
    request,
    stance,
    place,
  } = facts;
  if (stance === 'after-claim')
    return open?.execution === request.execution
      ? holds(`epoch ${open.epoch} is ours`)
      : fails(
          open
            ? `epoch ${open.epoch} is owned by ${open.execution}`
            : `our claim is gone, the newest epoch is ${epoch}`,
        );
  if (!open) return holds(`no epoch is open; the newest is ${epoch}`);
  const ended = supersededBy(facts);
  const lost = request.refugeLost ? place.refuge : place.home;
  if (ended) return holds(`the ${ended.move} of epoch ${ended.epoch} ends as superseded: ${lost} is lost`);
  const waiting = open.approval === 'pending' ? ', which waits for an approval' : '';
  return fails(
    `epoch ${open.epoch} of ${place.clientSet} (${open.move}, asked by ${open.requestedBy} at ${instant(open.claimedAtMs)}, phase ${phase})${waiting} is owned by ${open.execution}`,
  );
}

function checkBuilt({ request }: MoveFacts): Check {
  for (const name of ['refugeLost', 'rebuiltHome'] as const)
    if (request[name] && request.move !== 'failback')
      return fails(`${name} goes with a failback only, this is a ${request.move}`);
  if (request.refugeLost && request.rebuiltHome)
    return fails('refugeLost and rebuiltHome do not go together: what home has lost can be told from the refuge only');
  return holds(`${request.move} is built`);
}

function checkApproval({ state, request, place }: MoveFacts): Check {
  if (request.alarm?.starts === 'approval')
    return fails(`alarm "${request.alarm.name}" may only ask, so a person approves`);
  if (request.move === 'failback' && place.failback === 'approve')
    return fails('failback of this set asks for an approval');
  return state.mode === 'approve'
    ? fails('mode is "approve": a person approves')
    : holds(`mode is "${state.mode}": no approval needed`);
}
