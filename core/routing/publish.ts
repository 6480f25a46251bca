/** What a publish stage has to do, from where the set stands. A re-run, a late run and a first run look alike from outside. */
import type { PlacedSet } from '../config/pair.ts';
import type { PairConfig } from '../config/schema.ts';
import type { Routing } from '../contracts/routing.ts';
import type { Claim, SetState } from '../contracts/tables.ts';
import type { StepInput } from '../contracts/workflow.ts';
import { undoSentence } from '../move/undo.ts';
import { planRouting, progressOf, readsOnlyLocal, targetOf } from './plan.ts';
import { outruns, type RegionValue } from './revision.ts';
import { routingSizeProblem } from './size.ts';

export interface PublishFacts {
  readonly config: PairConfig;
  readonly placed: PlacedSet;
  readonly input: StepInput;
  readonly state: SetState;
  readonly claim: Claim;
  /** What the listed regions hold, as far as they could be read. */
  readonly outside: readonly RegionValue[];
  readonly keepBoth: boolean;
  /** What the verdict says where the cluster that this value leads to is confirmed down; see `leadsTo`. */
  readonly destinationIsLost?: string;
  readonly atMs: number;
}

export type PublishDecision =
  /** `isNew`: a revision to be allotted by conditional write first; else the set holds it already. */
  | { readonly kind: 'publish'; readonly routing: Routing; readonly isNew: boolean }
  | { readonly kind: 'not-needed'; readonly sentence: string }
  /** A later stage of the same epoch has published: going back would take clients where they must not be. */
  | { readonly kind: 'overtaken'; readonly sentence: string }
  /** A person takes the switchover back: not this way any more. */
  | { readonly kind: 'undone'; readonly sentence: string }
  | { readonly kind: 'held'; readonly sentence: string };

export function decidePublish(facts: PublishFacts): PublishDecision {
  const { state, input, placed, outside } = facts;
  const other = takenBack(facts) ?? alone(facts);
  if (other !== undefined) return other;
  const present = state.routing?.epoch === input.epoch ? state.routing : undefined;
  const ahead =
    present === undefined
      ? -1
      : progressOf(input.move, present.phase, targetOf(present, placed)) -
        progressOf(input.move, input.phase, input.target);
  // Only a value that stands can be ahead of this stage or level with it.
  if (ahead > 0)
    return {
      kind: 'overtaken',
      sentence: `"${input.stage}" is done: revision ${present!.revision} of a later stage stands`,
    };
  const foreign = outside.find(({ routing }) => routing.epoch > state.epoch);
  if (foreign !== undefined)
    return {
      kind: 'held',
      sentence: `${foreign.region} holds a value of epoch ${foreign.routing.epoch}, newer than our newest claim ${state.epoch}; another controller has moved "${placed.name}", import its state first`,
    };
  // Somebody may have written the parameter by hand, under our revision or a higher one: clients would ignore ours.
  if (ahead === 0 && !outside.some(({ routing }) => outruns(routing, present!)))
    return { kind: 'publish', routing: present!, isNew: false };
  if (ahead < 0 && isAlreadyRead(facts))
    return {
      kind: 'not-needed',
      sentence: `consumers of "${placed.name}" read only their own topics already; nothing to publish`,
    };
  if (facts.destinationIsLost !== undefined)
    return {
      kind: 'held',
      sentence: `${leadsTo(input, placed)} is lost, so nobody is sent there: ${facts.destinationIsLost}`,
    };
  return allotted(facts);
}

/**
 * The cluster that clients need not go to, because they are well where they are: that of a switchover, and home. The first
 * value of a failback only takes consumers off the remote topics, and a failover has no other place to go to.
 */
export function leadsTo({ move, phase, target }: StepInput, { home, refuge }: PlacedSet): string | undefined {
  if (phase === 'recovering') return home;
  if (phase === 'home' || (move === 'failback' && target === 'producers')) return home;
  return move === 'switchover' ? refuge : undefined;
}

/** Without the refuge nobody is fetched from there, and nobody is sent home but past what the refuge had copied. */
function alone({ claim, input, state, placed }: PublishFacts): PublishDecision | undefined {
  if (!claim.input.refugeLost || input.phase === 'recovering') return undefined;
  if (input.phase === 'home')
    return state.phase === 'recovering' || state.phase === 'home'
      ? undefined
      : {
          kind: 'held',
          sentence: `"${placed.name}" does not read at ${placed.home} yet what was written at ${placed.refuge}: a publish was skipped`,
        };
  return {
    kind: 'not-needed',
    sentence: `${placed.refuge} is lost: consumers of "${placed.name}" are not told to finish there`,
  };
}

/** Where nothing is out, also not of a switchover that was cut short, there is nothing to take back; else the way home leads past the steps that follow. */
function takenBack({ input, claim, state }: PublishFacts): PublishDecision | undefined {
  if (claim.undo === undefined || input.phase === 'home') return undefined;
  const sentence = undoSentence(claim.undo, input);
  const isOut = claim.published || state.phase !== 'home';
  return { kind: input.phase === 'leaving' && isOut ? 'overtaken' : 'undone', sentence };
}

/** The first value of a failback only takes consumers off the remote topics. */
const isAlreadyRead = ({ state, input, placed }: PublishFacts): boolean =>
  input.phase === 'returning' &&
  input.target === 'consumers' &&
  state.routing !== undefined &&
  state.routing.consumers.cluster === placed.refuge &&
  readsOnlyLocal(state.routing);

function allotted({ config, placed, input, state, claim, outside, keepBoth, atMs }: PublishFacts): PublishDecision {
  const routing = planRouting({
    config,
    placed,
    phase: input.phase,
    target: input.target,
    keepBoth,
    epoch: input.epoch,
    revision: Math.max(state.revision, ...outside.map(({ routing }) => routing.revision)) + 1,
    cause: `${input.move}: ${claim.reason}`,
    issuedAt: new Date(atMs).toISOString(),
  });
  const tooLarge = routingSizeProblem(routing);
  return tooLarge === undefined ? { kind: 'publish', routing, isNew: true } : { kind: 'held', sentence: tooLarge };
}
