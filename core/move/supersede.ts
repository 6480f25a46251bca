/**
 * Home is lost again while its clients are on the way back: the failover takes the place of the failback, in one write of
 * the set's state. Whoever ran the failback meets the fence and stops there.
 */
import type { Claim, SetState } from '../contracts/tables.ts';
import type { MoveFacts } from './facts.ts';
import { isUnattendedStart } from './facts.ts';

/** The failback whose place a failover may take: clients follow it already, at least in part. */
export function supersedable({ open, phase }: SetState): Claim | undefined {
  return open?.move === 'failback' && (phase === 'returning' || phase === 'home') ? open : undefined;
}

const CONFIRMED: readonly string[] = ['CONFIRMED_DOWN', 'CONFIRMED_DOWN_UNCORROBORATED'];

/** Whether home is lost beyond the doubt for which a move of people would be given up. */
export const isConfirmedDown = (kind: string): boolean => CONFIRMED.includes(kind);

/** The failback that this start would end; a rule ends one only for an outage that is confirmed. */
export function supersededBy(facts: MoveFacts): Claim | undefined {
  const { request, state, verdicts, stance } = facts;
  if (stance !== 'before-claim' || request.move !== 'failover') return undefined;
  return isUnattendedStart(facts) && !isConfirmedDown(verdicts.home.kind) ? undefined : supersedable(state);
}

/**
 * Cooldown and its kin protect from going to and fro. Clients that are half way between a dead home and their refuge are
 * no such case: the first failover out of a way home is not kept waiting. A second one in the same stay is.
 */
export function waivesCooldown(facts: MoveFacts): boolean {
  const { state, stance } = facts;
  const ends = supersededBy(facts);
  const times = (state.superseded?.times ?? 0) + (ends ? 1 : 0);
  const isHalfWay =
    stance === 'after-claim'
      ? state.open?.supersedes !== undefined || state.open?.from === 'returning'
      : ends !== undefined || state.phase === 'returning';
  return facts.request.move === 'failover' && isHalfWay && times <= 1;
}
