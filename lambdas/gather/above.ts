/** What guards look at in the table above the pairs beside the pause: who moves, and who sees a cluster confirmed down. */
import type { PairConfig } from '../../core/config/schema.ts';
import type { AbovePairs } from '../../core/move/pause.ts';
import type { Ports } from '../ports.ts';
import { unreadable } from '../shared/wide-pauses.ts';

/** Each is read only where it is limited. @returns undefined where no table is configured */
export async function readPairs(
  { shared }: Pick<Ports, 'shared'>,
  { shared: limits }: PairConfig,
): Promise<AbovePairs | undefined> {
  if (shared === null) return undefined;
  try {
    const [moving, reports] = await Promise.all([
      limits?.pairsAtOnce === undefined ? undefined : shared.moves(),
      limits?.downTogether === undefined ? undefined : shared.reports(),
    ]);
    return {
      kind: 'read',
      ...(moving === undefined ? {} : { moves: moving.moves, waiting: moving.waiting ?? [] }),
      ...(reports === undefined ? {} : { reports }),
    };
  } catch (error) {
    return { kind: 'unknown', because: unreadable(shared.table, error) };
  }
}
