/** Every guard, in the order people read them. A new guard is one more row. */
import type { MoveFacts } from './facts.ts';
import type { Effect, Guard } from './guard.ts';
import { FAILBACK_GUARDS } from './guards-failback.ts';
import { FAILOVER_GUARDS } from './guards-failover.ts';
import { REFUGE_LOST_GUARDS } from './guards-refuge-lost.ts';
import { START_GUARDS } from './guards-start.ts';
import { SWITCHOVER_GUARDS } from './guards-switchover.ts';

export type { Effect, Guard } from './guard.ts';

export const GUARDS: readonly Guard[] = [
  ...START_GUARDS,
  ...FAILOVER_GUARDS,
  ...SWITCHOVER_GUARDS,
  ...FAILBACK_GUARDS,
  ...REFUGE_LOST_GUARDS,
];

export interface GuardResult {
  readonly id: string;
  readonly holds: boolean;
  /** Does not hold, and a person's `force` passes over it. */
  readonly skipped: boolean;
  /** What follows if it neither holds nor is skipped. */
  readonly effect: Effect;
  readonly sentence: string;
}

/** What lifts a guard, for people; of an id of another release nobody knows more than where guards are told of. */
export const liftedBy = (id: string): string =>
  GUARDS.find((guard) => guard.id === id)?.liftedBy ?? 'see docs/judgement.md';

/** Whether a reason begins with the id of a guard. */
export const namesGuard = (reason: string): boolean =>
  GUARDS.some(({ id }) => reason.startsWith(`${id}:`) || reason.startsWith(`${id} `));

/** Judges every guard that applies; none hides another. */
export const evaluateGuards = (facts: MoveFacts, guards: readonly Guard[] = GUARDS): readonly GuardResult[] =>
  guards.filter((guard) => guard.appliesTo(facts)).map((guard) => evaluate(guard, facts));

function evaluate(guard: Guard, facts: MoveFacts): GuardResult {
  const { holds, sentence } = guard.check(facts);
  const skipped = !holds && guard.skippableByForce && isForcedByPerson(facts);
  return {
    id: guard.id,
    holds,
    skipped,
    effect: guard.otherwise(facts),
    sentence: skipped ? `${sentence} (skipped by force)` : sentence,
  };
}

/** A rule cannot force: only a start by a person carries the responsibility. */
const isForcedByPerson = ({ request }: MoveFacts): boolean => request.force && request.trigger === 'manual';

/**
 * A person has chosen for a while that nothing moves: nobody needs to be woken because it holds. Being asked (G10-approval) is no
 * such thing: what else refuses must still ring.
 */
export const isChosen = ({ id }: Pick<GuardResult, 'id'>): boolean => ['G7', 'G10', 'G10-rejected'].includes(id);

export const isInTheWay = (result: GuardResult): boolean => !result.holds && !result.skipped;
