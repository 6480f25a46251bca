/** Entering a move in the table above the pairs, and taking it out again: read, decide, write if nobody wrote meanwhile. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { PairMove, PairMoves } from '../../core/contracts/tables.ts';
import { enterMove, leaveMoves } from '../../core/move/pairs.ts';
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

export interface Entered {
  readonly kind: 'entered' | 'full';
  /** As the record stands now. */
  readonly moves: readonly PairMove[];
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
      ? { result: { kind: 'full', moves: present.moves } }
      : { next: entering.next, result: { kind: 'entered', moves: entering.next.moves } };
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

/** Whoever meets a full record does not write, so only pairs that got in or leave meet each other here. */
const ATTEMPTS = 12;

async function change<T>(
  shared: SharedLimits,
  decide: (present: PairMoves) => { readonly next?: PairMoves; readonly result: T },
): Promise<T> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const { next, result } = decide(await shared.moves());
    if (next === undefined || (await shared.writeMoves(next)) === 'written') return result;
  }
  throw new Error(
    `the moves in table ${shared.table} changed under us ${ATTEMPTS} times in a row; find out who writes them all the time`,
  );
}
