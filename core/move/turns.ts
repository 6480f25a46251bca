/**
 * Whose turn it is when a place among the pairs that move is free: of those that wait, the one that asked first. Who no longer
 * asks loses the turn when its time is over, so a cluster that came back holds up nobody for long.
 */
import type { EpochMs } from '../contracts/primitives.ts';
import type { PairMoves, PairWait } from '../contracts/tables.ts';

export const standingWaits = (waiting: readonly PairWait[], nowMs: EpochMs): readonly PairWait[] =>
  waiting.filter(({ untilMs }) => untilMs > nowMs);

/** Pairs that have the turn before this one: those that asked before it, or all that wait where it does not wait yet. */
export function aheadOf(
  waiting: readonly PairWait[],
  { pair, nowMs }: { readonly pair: string; readonly nowMs: EpochMs },
): readonly PairWait[] {
  const standing = standingWaits(waiting, nowMs);
  const at = standing.findIndex((wait) => wait.pair === pair);
  return at < 0 ? standing : standing.slice(0, at);
}

/** The next record in which this pair waits: last, or where it waits already. */
export function lineUp(present: PairMoves, wait: PairWait, nowMs: EpochMs): PairMoves {
  // Stryker disable next-line ArrayDeclaration: a text in place of a wait has no time, so its time is over
  const standing = standingWaits(present.waiting ?? [], nowMs);
  const renewed = standing.map((one) => (one.pair === wait.pair ? { ...one, untilMs: wait.untilMs } : one));
  const waiting = renewed.some(({ pair }) => pair === wait.pair) ? renewed : [...standing, wait];
  return { ...present, version: present.version + 1, waiting };
}

/** Those that go on waiting when this pair has what it wants. */
export const without = (
  waiting: readonly PairWait[],
  { pair, nowMs }: { readonly pair: string; readonly nowMs: EpochMs },
): Pick<PairMoves, 'waiting'> => {
  const left = standingWaits(waiting, nowMs).filter((wait) => wait.pair !== pair);
  return left.length === 0 ? {} : { waiting: left };
};
