/** What the observer and the workload know at this moment, for the progress line. */
import { placedSet, remoteTopicOf } from '../../../core/config/pair.ts';
import type { BareStage } from '../stage.ts';
import type { Glance } from './progress.ts';

/** @param set the client set that moves, such as `clients-k1` */
export function glanceAt(stage: BareStage, set: string): Omit<Glance, 'sinceMs'> {
  const { world, observer, workload, config } = stage;
  const { produced, processed } = workload.read();
  const value = observer.seen.findLast((s) => s.set === set);
  const groups = new Set(config.clientSets[set]?.groups.map(({ id }) => id));
  const newest = observer.curves.at(-1);
  const topics = config.clientSets[set]?.topics ?? [];
  const placed = placedSet(config, set);
  const remote = placed === undefined ? [] : topics.map((topic) => remoteTopicOf(placed, topic));
  return {
    set,
    phase: value?.phase,
    revision: value?.revision,
    down: [world.k1, world.k2].filter((cluster) => !cluster.isRunning()).map(({ alias }) => alias),
    lag:
      newest === undefined || value === undefined
        ? undefined
        : lagOf(
            newest.lag,
            groups,
            value.consumers.cluster,
            { local: topics, remote, both: [...topics, ...remote] }[value.consumers.read] ?? [],
          ),
    acknowledged: produced.filter((p) => p.result === 'ok').length,
    processed: processed.length,
  };
}

/** Only of the topics that are read: a remote topic that nobody reads has a lag that nobody minds. */
export function lagOf(
  lag: Readonly<Record<string, number>>,
  groups: ReadonlySet<string>,
  cluster: string,
  topics: readonly string[],
): number | undefined {
  const theirs = Object.entries(lag).filter(([key]) => {
    const [where, group = '', topic = ''] = key.split(' '); // <cluster> <group> <topic>
    return where === cluster && groups.has(group) && topics.includes(topic);
  });
  return theirs.length === 0 ? undefined : theirs.reduce((sum, [, records]) => sum + records, 0);
}
