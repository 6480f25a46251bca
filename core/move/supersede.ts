/**
 * Home is lost while a failback leads there, or before everybody has left it by a switchover: the failover takes the place
 * of the open move, in one write of the set's state. Whoever ran that meets the fence and stops there.
 */
import type { Phase } from '../contracts/primitives.ts';
import type { Claim, SetState } from '../contracts/tables.ts';
import type { MoveFacts } from './facts.ts';
import { isUnattendedStart } from './facts.ts';

/**
 * The open move whose place a failover may take: some clients are at home, or are on their way there. In phase `refuge` all
 * are told to be at the refuge: a failback has taken nobody away yet, and a switchover has left nothing behind at home.
 */
export function supersedable({ open, phase }: SetState): Claim | undefined {
  // Led from the home region, which alone may end it: from here nobody sees how far it is.
  if (open === undefined || open.input.refugeLost) return undefined;
  return open.move !== 'failover' && phase !== 'refuge' ? open : undefined;
}

/** A failback without the refuge takes the place of whatever led from there or to there: none of it can go on. */
const endsWithRefuge = ({ open }: SetState): Claim | undefined => (open?.input.refugeLost === true ? undefined : open);

/** The open move whose place this claim takes. */
export const endedBy = (state: SetState, claim: Pick<Claim, 'input'>): Claim | undefined =>
  claim.input.refugeLost ? endsWithRefuge(state) : supersedable(state);

const CONFIRMED: readonly string[] = ['CONFIRMED_DOWN', 'CONFIRMED_DOWN_UNCORROBORATED'];

/** Whether home is lost beyond the doubt for which a move of people would be given up. */
export const isConfirmedDown = (kind: string): boolean => CONFIRMED.includes(kind);

/** The move that this start would end; a rule ends one only for an outage that is confirmed. */
export function supersededBy(facts: MoveFacts): Claim | undefined {
  const { request, state, verdicts, stance } = facts;
  if (stance !== 'before-claim') return undefined;
  if (request.refugeLost && request.move === 'failback') return endsWithRefuge(state);
  if (request.move !== 'failover') return undefined;
  return isUnattendedStart(facts) && !isConfirmedDown(verdicts.home.kind) ? undefined : supersedable(state);
}

/**
 * Cooldown and its kin protect from going to and fro. Clients that are half way between a dead home and their refuge are
 * no such case: the first failover out of a way home, or out of a switchover, is not kept waiting. A second one in the same
 * stay is.
 * @param facts of a failover
 */
export function waivesCooldown(facts: MoveFacts): boolean {
  const { state, stance } = facts;
  const ends = supersededBy(facts);
  const times = (state.superseded?.times ?? 0) + (ends ? 1 : 0);
  const isHalfWay =
    stance === 'after-claim'
      ? state.open?.supersedes !== undefined || isBetween(state.open?.from)
      : ends !== undefined || isBetween(state.phase);
  return isHalfWay && times <= 1;
}

/** Some clients at home and some at the refuge. */
const isBetween = (phase: Phase | undefined): boolean => phase === 'returning' || phase === 'leaving';
