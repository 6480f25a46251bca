/** SharedLimits in memory; passes test/contracts/aws-shared.test.ts like the real one. */
import { Pause } from '../../../core/contracts/tables.ts';
import type { SharedLimits } from '../../../lambdas/ports.ts';
import { withFaults, type Faults } from './faults.ts';
import { stored } from './stored.ts';

export type FakeSharedLimits = SharedLimits & { readonly faults: Faults<SharedLimits> };

export function fakeSharedLimits(table = 'mm2-failover-shared'): FakeSharedLimits {
  const pauses = stored(Pause);
  return withFaults<SharedLimits>({
    table,
    pause: async () => pauses.get('all'),
    putPause: async (pause) => pauses.put('all', pause),
    removePause: async () => pauses.remove('all'),
  });
}
