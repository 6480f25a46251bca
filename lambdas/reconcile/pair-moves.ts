/** The table above the pairs says which sets move: made to agree with the sets' own states, whoever died between two writes. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import { enter, entryOf, leave } from '../shared/pair-moves.ts';
import type { Finding, ReconcilePorts } from './chore.ts';

/**
 * An entry is renewed while its move is open and taken out when it has ended. A claim that has published is entered also where
 * it was not; one that has not may just be giving way to another pair.
 */
export async function keepPairMoves(
  { shared, control, clock }: Pick<ReconcilePorts, 'shared' | 'control' | 'clock'>,
  config: PairConfig,
  { name: clientSet }: PlacedSet,
): Promise<readonly Finding[]> {
  if (shared === null) return [];
  const { pair } = config;
  const state = await control.readSet(clientSet);
  const { moves } = await shared.moves();
  const present = moves.find((move) => move.pair === pair && move.clientSet === clientSet);
  const open = state?.open?.approval === 'pending' ? undefined : state?.open;
  if (open !== undefined) {
    if (!open.published && present === undefined) return [];
    await enter({ shared, clock }, entryOf(config, { clientSet, epoch: open.epoch, nowMs: clock.nowMs() }), null);
    return [];
  }
  if (present === undefined) return [];
  // One of a newer epoch belongs to a claim that is being written just now; it stays until its time is over.
  await leave(shared, { pair, clientSet, epoch: state?.epoch ?? 0 });
  return [];
}
