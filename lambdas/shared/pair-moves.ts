/** Entering a move in the table above the pairs, and taking it out again: read, decide, write if nobody wrote meanwhile. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { PairMove, PairMoves } from '../../core/contracts/tables.ts';
import { enterMove, leaveMoves } from '../../core/move/pairs.ts';
import { lineUp } from '../../core/move/turns.ts';
import type { Ports, SharedLimits } from '../ports.ts';

/** Reconcile renews an entry at each of its turns: five that fail in a row, and others take the place. */
const MISSED_TURNS = 5;

export const entryOf = (
  { pair, moves }: PairConfig,
  { clientSet, epoch, nowMs }: { readonly clientSet: string; readonly epoch: number; readonly nowMs: number },
): PairMove => ({
  pair,
  clientSet,
  epoch,
  untilMs: nowMs + MISSED_TURNS * moves.copyIntervalSeconds * 1000,
});

/** With the record as it stands now. */
export interface Entered extends Pick<PairMoves, 'moves' | 'waiting'> {
  readonly kind: 'entered' | 'full';
}

/** Safe to run twice: an entry that is there is renewed. Throws when the table does not answer. */
export const enter = (
  { shared, clock }: { readonly shared: SharedLimits } & Pick<Ports, 'clock'>,
  entry: PairMove,
  limit: number | null,
): Promise<Entered> =>
  change<Entered>(shared, (present) => {
    const entering = enterMove(present, entry, { limit, nowMs: clock.nowMs() });
    return entering.kind === 'full'
      ? { result: { ...present, kind: 'full' } }
      : { next: entering.next, result: { ...entering.next, kind: 'entered' } };
  });

/** @returns whether there was something to take out. Throws when the table does not answer. */
export const leave = (
  shared: SharedLimits,
  ended: Pick<PairMove, 'pair' | 'clientSet' | 'epoch'>,
): Promise<'left' | 'was-not-in'> =>
  change<'left' | 'was-not-in'>(shared, (present) => {
    const next = leaveMoves(present, ended);
    return next === undefined ? { result: 'was-not-in' } : { next, result: 'left' };
  });

/** A start that is refused comes again every minute while the outage stands: three that do not, and the turn is another's. */
const TURN_MS = 3 * 60_000;

/** Safe to run twice: who waits keeps the turn. Throws when the table does not answer, or others write all the time. */
export const waitInLine = (
  { shared, clock }: { readonly shared: SharedLimits } & Pick<Ports, 'clock'>,
  pair: string,
): Promise<void> =>
  change<undefined>(
    shared,
    (present) => {
      const sinceMs = clock.nowMs();
      return { next: lineUp(present, { pair, sinceMs, untilMs: sinceMs + TURN_MS }, sinceMs), result: undefined };
    },
    POLITE_ATTEMPTS,
  );

/** Pairs that get in or leave meet each other here, and those that line up. */
const ATTEMPTS = 12;
/** When all pairs look down at once, those that only line up must not keep out the one that has a place. */
const POLITE_ATTEMPTS = 3;

async function change<T>(
  shared: SharedLimits,
  decide: (present: PairMoves) => { readonly next?: PairMoves; readonly result: T },
  attempts = ATTEMPTS,
): Promise<T> {
  for (let attempt = 1; attempt <= attempts; attempt += 1) {
    const { next, result } = decide(await shared.moves());
    if (next === undefined || (await shared.writeMoves(next)) === 'written') return result;
  }
  throw new Error(
    `the moves in table ${shared.table} changed under us ${attempts} times in a row; find out who writes them all the time`,
  );
}
