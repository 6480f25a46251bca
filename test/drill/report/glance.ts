/** What the observer and the workload know at this moment, for the progress line. */
import type { Stage } from '../stage.ts';
import type { Glance } from './progress.ts';

/** @param set the client set that moves, such as `clients-k1` */
export function glanceAt(stage: Stage, set: string): Omit<Glance, 'sinceMs'> {
  const { world, observer, workload, config } = stage;
  const { produced, processed } = workload.read();
  const value = observer.seen.findLast((s) => s.set === set);
  const groups = new Set(config.clientSets[set]?.groups.map(({ id }) => id));
  const newest = observer.curves.at(-1);
  return {
    set,
    phase: value?.phase,
    revision: value?.revision,
    down: [world.k1, world.k2].filter((cluster) => !cluster.isRunning()).map(({ alias }) => alias),
    lag: newest === undefined ? undefined : sumOf(newest.lag, groups),
    acknowledged: produced.filter((p) => p.result === 'ok').length,
    processed: processed.length,
  };
}

/** Keys are `<cluster> <group> <topic>`. */
function sumOf(lag: Readonly<Record<string, number>>, groups: ReadonlySet<string>): number {
  return Object.entries(lag)
    .filter(([key]) => groups.has(key.split(' ')[1] ?? ''))
    .reduce((sum, [, records]) => sum + records, 0);
}
