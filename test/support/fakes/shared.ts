/** SharedLimits in memory; passes test/contracts/aws-shared.test.ts like the real one. */
import { OutageReport, PairMoves, Pause } from '../../../core/contracts/tables.ts';
import type { SharedLimits } from '../../../lambdas/ports.ts';
import { withFaults, type Faults } from './faults.ts';
import { stored } from './stored.ts';

export type FakeSharedLimits = SharedLimits & { readonly faults: Faults<SharedLimits> };

export function fakeSharedLimits(table = 'mm2-failover-shared'): FakeSharedLimits {
  const pauses = stored(Pause);
  const moves = stored(PairMoves);
  const reports = stored(OutageReport);
  return withFaults<SharedLimits>({
    table,
    pause: async () => pauses.get('all'),
    putPause: async (pause) => pauses.put('all', pause),
    removePause: async () => pauses.remove('all'),
    moves: async () => moves.get('all') ?? { moves: [], version: 0 },
    writeMoves: async (next) => {
      if ((moves.get('all')?.version ?? 0) !== next.version - 1) return 'conflict';
      moves.put('all', next);
      return 'written';
    },
    reports: async () => reports.list(''),
    putReport: async (report) => {
      if ((reports.get(report.pair)?.atMs ?? 0) <= report.atMs) reports.put(report.pair, report);
    },
  });
}
