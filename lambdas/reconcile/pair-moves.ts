/** The table above the pairs says which sets move: made to agree with the sets' own states, whoever died between two writes. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { Claim, PairMove } from '../../core/contracts/tables.ts';
import { countPairs, namedMoves, othersMoving, standingMoves } from '../../core/move/pairs.ts';
import { enter, entryOf, leave, type Entered } from '../shared/pair-moves.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

/**
 * An entry is renewed while its move is open and taken out when it has ended. A move that has published is carried on whatever
 * others do, so it is entered whatever the limit: the record says what is true. One that has not can still be stopped; where
 * its entry is gone it asks for a place like any other start, and may just be giving way to another pair.
 */
export async function keepPairMoves(
  { shared, control, clock }: Pick<ReconcilePorts, 'shared' | 'control' | 'clock'>,
  config: PairConfig,
  { name: clientSet }: PlacedSet,
): Promise<readonly Finding[]> {
  if (shared === null) return [];
  const { pair } = config;
  const state = await control.readSet(clientSet);
  const { moves: before } = await shared.moves();
  const open = state?.open?.approval === 'pending' ? undefined : state?.open;
  if (open !== undefined) {
    const nowMs = clock.nowMs();
    const limit = limitOf(config, open);
    const entry = entryOf(config, { clientSet, epoch: open.epoch, nowMs });
    const entered = await enter({ shared, clock }, entry, open.published ? null : limit);
    return limit === null ? [] : told({ entered, before, limit, entry, nowMs });
  }
  if (!before.some((move) => move.pair === pair && move.clientSet === clientSet)) return [];
  // One of a newer epoch belongs to a claim that is being written just now; it stays until its time is over.
  await leave(shared, { pair, clientSet, epoch: state?.epoch ?? 0 });
  return [];
}

/** null = no limit: none is configured, or a person wants the move. */
const limitOf = ({ shared }: PairConfig, { trigger, approvedBy }: Claim): number | null =>
  trigger === 'manual' || approvedBy !== undefined ? null : (shared?.pairsAtOnce ?? null);

interface Turn {
  readonly entered: Entered;
  readonly before: readonly PairMove[];
  readonly limit: number;
  readonly entry: PairMove;
  readonly nowMs: number;
}

/** That more pairs move than may is said when it becomes true; afterwards guard G9-pairs of the others names them. */
function told({ entered, before, limit, entry, nowMs }: Turn): readonly Finding[] {
  const { clientSet, epoch, pair } = entry;
  const allowed = `shared.pairsAtOnce is ${limit}`;
  if (entered.kind === 'full')
    return problem(
      `${clientSet}: epoch ${epoch} has no place among the pairs that move (${allowed}): ${namedMoves(othersMoving(entered.moves, { pair, nowMs }))}; once it publishes it counts all the same`,
    );
  const wasIn = standingMoves(before, nowMs).some((move) => move.pair === pair);
  if (wasIn || countPairs(entered.moves) <= limit) return [];
  return problem(
    `${clientSet}: epoch ${epoch} has published and goes on, so more pairs move than may (${allowed}): ${namedMoves(entered.moves)}; no further one starts by itself until there are fewer`,
  );
}

const problem = (sentence: string): readonly Finding[] => [{ kind: 'problem', sentence }];
