/** Would this set move now, if home were lost? The guards that do not look at home's health, asked at any moment. */
import type { MoveFacts } from './facts.ts';
import type { GuardResult } from './guards.ts';
import { evaluateGuards, GUARDS, isInTheWay } from './guards.ts';

export interface Readiness {
  readonly kind: 'READY' | 'NOT_READY' | 'AWAY';
  readonly sentence: string;
  /** Guards that refuse a move now, or make it ask. */
  readonly inTheWay: readonly GuardResult[];
}

/** They say that home is lost; readiness asks what else would refuse. */
const ABOUT_THE_OUTAGE: ReadonlySet<string> = new Set(['EPOCH', 'G1', 'G1-corroborated', 'G8', 'G14']);

/** A start that was only tried out: nothing but a home that is well would refuse it. */
export const isRehearsed = (guards: readonly GuardResult[]): boolean =>
  guards.every((guard) => !isInTheWay(guard) || guard.effect === 'ask' || ABOUT_THE_OUTAGE.has(guard.id));

/** @param facts of an automatic failover, whatever the verdict about home */
export function judgeReadiness(facts: MoveFacts): Readiness {
  const { clientSet, refuge } = facts.place;
  if (facts.state.phase !== 'home' || facts.state.open)
    return {
      kind: 'AWAY',
      sentence: `${clientSet} is in phase "${facts.state.phase}"${facts.state.open ? ' and moving' : ''}`,
      inTheWay: [],
    };
  const results = evaluateGuards(
    facts,
    GUARDS.filter(({ id }) => !ABOUT_THE_OUTAGE.has(id)),
  );
  const inTheWay = results.filter(isInTheWay);
  const refusing = inTheWay.filter(({ effect }) => effect !== 'ask');
  if (refusing.length === 0)
    return {
      kind: 'READY',
      sentence: `${clientSet} would move to ${refuge} now${inTheWay.length > 0 ? ', after an approval' : ''}`,
      inTheWay,
    };
  return {
    kind: 'NOT_READY',
    sentence: `${clientSet} would not move to ${refuge} now: ${refusing.map(({ sentence }) => sentence).join('; ')}`,
    inTheWay,
  };
}
