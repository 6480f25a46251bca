/** Reads the offset syncs of a flow from the cluster they live on, and keeps them between turns of one invocation. */
import type { PairConfig } from '../../core/config/schema.ts';
import { EMPTY_SYNC_MAP, buildSyncMap } from '../../core/positions/sync-map.ts';
import type { SyncMap, SyncObservation } from '../../core/positions/sync-map.ts';
import { offsetSyncs } from '../../core/replication/names.ts';
import type { Flow, Naming } from '../../core/replication/names.ts';
import { decodeOffsetSync } from '../../core/replication/records.ts';
import type { Kafka } from '../ports.ts';

export const namingOf = (config: PairConfig): Naming => ({ separator: config.replication.separator, internalSeparator: true });

export interface SyncMaps {
  /** Map of a partition of a source topic. */
  of(topic: string, partition: number): SyncMap;
  /** Records that were no sync; counted, never guessed at. */
  readonly skipped: number;
}

/** A reader that reads on from where it stood: a long-running loop sees each sync once. */
export function syncReader(kafka: Kafka, config: PairConfig, flow: Flow): () => Promise<SyncMaps> {
  const { topic, cluster } = offsetSyncs(flow, config.replication.offsetSyncsLocation, namingOf(config));
  const syncs = new Map<string, SyncObservation[]>();
  let next = 0n;
  let dense = true;
  let skipped = 0;

  return async () => {
    const records = await kafka.reader(cluster).readLog(topic, 0, next === 0n ? 'start' : { offset: next });
    for (const record of records) {
      // A hole means that compaction or retention took syncs away; one of them may have shown a re-send.
      dense &&= record.offset === next;
      next = record.offset + 1n;
      const decoded = decodeOffsetSync(record.key, record.value);
      if (decoded.kind !== 'record') {
        skipped += decoded.kind === 'skip' ? 1 : 0;
        continue;
      }
      const { topic: of, partition, upstream, downstream } = decoded.value;
      const key = `${of}-${partition}`;
      const list = syncs.get(key);
      const seen = { upstream, downstream, atMs: record.timestampMs };
      if (list === undefined) syncs.set(key, [seen]);
      else list.push(seen);
    }
    const history = dense ? 'complete' : 'incomplete';
    const { exactlyOnce } = config.replication;
    return {
      skipped,
      of: (name, partition) => {
        const list = syncs.get(`${name}-${partition}`);
        return list === undefined ? { ...EMPTY_SYNC_MAP, history, exactlyOnce } : buildSyncMap(list, { history, exactlyOnce });
      },
    };
  };
}
