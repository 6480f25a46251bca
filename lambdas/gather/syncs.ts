/** Reads the offset syncs of a flow from the cluster they live on, as far back as the question needs. */
import type { PlacedSet } from '../../core/config/pair.ts';
import type { PairConfig } from '../../core/config/schema.ts';
import type { EpochMs } from '../../core/contracts/primitives.ts';
import { logSinceMs } from '../../core/contracts/tables.ts';
import { EMPTY_SYNC_MAP, buildSyncMap } from '../../core/positions/sync-map.ts';
import { KeptSyncs } from '../../core/positions/kept-syncs.ts';
import type { SyncMap } from '../../core/positions/sync-map.ts';
import { flowNames, offsetSyncs } from '../../core/replication/names.ts';
import type { Flow, Naming } from '../../core/replication/names.ts';
import { decodeOffsetSync } from '../../core/replication/records.ts';
import type { ClusterReader, Clock, Kafka, LogRecord, Ports } from '../ports.ts';
import { newestCopy } from './copies.ts';
import { at, look } from './partitions.ts';

export const namingOf = (config: PairConfig): Naming => ({
  separator: config.replication.separator,
  internalSeparator: config.replication.internalSeparator,
});

export interface SyncMaps {
  /** Map of a partition of a source topic; with a home position, the one that was proven for it. */
  of(topic: string, partition: number, home?: bigint | null): SyncMap;
}

/** A home position that is to be translated. */
export interface SyncQuestion {
  readonly topic: string;
  readonly partition: number;
  readonly home: bigint;
}

export type SyncReader = (questions: readonly SyncQuestion[]) => Promise<SyncMaps>;

const HOUR_MS = 3_600_000;
/** How far back to look, one after the other; a flow of 1,000 records/s writes about 10 syncs a second. */
const WINDOWS_MS = [HOUR_MS, 24 * HOUR_MS, 7 * 24 * HOUR_MS] as const;

/** Records of the syncs topic in memory at once. */
const SYNCS_AT_ONCE = 50_000n;

interface Read {
  readonly syncs: Map<string, KeptSyncs>;
  next: bigint | null;
  /** From the first record ever, without a hole: compaction, retention or a window take syncs that may show a re-send. */
  complete: boolean;
  /** Topics with syncs of an earlier log at the source: a re-send may have begun behind the last of them. */
  readonly renewed: Set<string>;
}

const nothingRead = (): Read => ({
  syncs: new Map(),
  next: null,
  complete: true,
  renewed: new Set(),
});

export interface SyncsWanted {
  readonly flow: Flow;
  /** Of the source. A flow may copy thousands that nobody moves: their syncs are passed by. */
  readonly topics: ReadonlySet<string>;
  /** Since when a topic at the source is the log it is now. */
  readonly logSince: (topic: string) => EpochMs;
}

/**
 * A reader that looks back an hour, then further while a question has fewer than two syncs at or below its position, and
 * reads on from where it stood when it is asked again: a long-running loop sees each sync once.
 */
export function syncReader(
  ports: { readonly kafka: Kafka; readonly clock: Clock },
  config: PairConfig,
  wanted: SyncsWanted,
): SyncReader {
  const { flow } = wanted;
  const { topic, cluster } = offsetSyncs(flow, config.replication.offsetSyncsLocation, namingOf(config));
  let read = nothingRead();
  let window = 0;

  const start = async (reader: ClusterReader, end: bigint): Promise<bigint> => {
    if (read.next !== null) return read.next;
    const backMs = WINDOWS_MS[window];
    if (backMs === undefined) return 0n;
    return (await reader.offsetAt(topic, 0, Math.max(0, ports.clock.nowMs() - backMs))) ?? end;
  };
  /** A declaration that the newest copy contradicts would turn off the rule that sees re-sends. */
  const isExactlyOnce = async (): Promise<boolean> => {
    if (!config.replication.exactlyOnce) return false;
    const { copiedHeartbeats } = flowNames(flow, namingOf(config));
    return (await newestCopy(ports.kafka.reader(flow.target), copiedHeartbeats)) !== 'plain';
  };
  const readOn = async (): Promise<void> => {
    const reader = ports.kafka.reader(cluster);
    const ends = at(await reader.ends([topic]), topic, 0);
    if (ends === undefined) return;
    const from = await start(reader, ends.highWatermark);
    for (let next = from < ends.start ? ends.start : from; next < ends.highWatermark; next += SYNCS_AT_ONCE)
      take(read, await reader.readLog(topic, 0, { offset: next }, { to: next + SYNCS_AT_ONCE }), wanted);
  };
  return async (questions) => {
    const exactlyOnce = await isExactlyOnce();
    for (;;) {
      await readOn();
      const maps = mapsOf(read, exactlyOnce);
      const hasAll =
        (read.next !== null && read.complete) || questions.every((question) => isAnswerable(maps, question));
      if (hasAll || window >= WINDOWS_MS.length) return maps;
      window += 1;
      read = nothingRead();
    }
  };
}

const isAnswerable = (maps: SyncMaps, { topic, partition, home }: SyncQuestion): boolean =>
  maps.of(topic, partition).points.filter((point) => point.upstream <= home).length >= 2;

function take(read: Read, records: readonly LogRecord[], { topics, logSince }: SyncsWanted): void {
  for (const record of records) {
    if (record.offset !== (read.next ?? 0n)) read.complete = false;
    read.next = record.offset + 1n;
    const decoded = decodeOffsetSync(record.key, record.value);
    // What is no sync is never guessed at; how many there are is told by readiness.
    if (decoded.kind !== 'record') continue;
    const { topic, partition, upstream, downstream } = decoded.value;
    if (!topics.has(topic)) continue;
    if (record.timestampMs < logSince(topic)) {
      read.renewed.add(topic);
      continue;
    }
    const key = `${topic}-${partition}`;
    const kept = read.syncs.get(key) ?? new KeptSyncs();
    read.syncs.set(key, kept);
    kept.add({ upstream, downstream, ...(record.producerId !== undefined && { life: record.producerId }) });
  }
}

function mapsOf(read: Read, exactlyOnce: boolean): SyncMaps {
  const built = new Map<string, SyncMap>();
  return {
    of: (topic, partition) => {
      const key = `${topic}-${partition}`;
      const kept = read.syncs.get(key);
      const isWhole = read.complete && kept?.isWhole !== false && !read.renewed.has(topic);
      const history = isWhole ? 'complete' : 'incomplete';
      if (kept === undefined) return { ...EMPTY_SYNC_MAP, history, exactlyOnce };
      const map = built.get(key) ?? buildSyncMap(kept.syncs, { history, exactlyOnce });
      built.set(key, map);
      return map;
    },
  };
}

const noSyncs = (exactlyOnce: boolean): SyncMaps => ({ of: () => ({ ...EMPTY_SYNC_MAP, exactlyOnce }) });

/**
 * For steps of a move, which must not wait for home: where the syncs live at home and home does not answer there are none
 * to be had. Throws when they live at the refuge and it does not answer.
 */
export async function readSyncs(
  ports: Pick<Ports, 'kafka' | 'clock' | 'control'>,
  config: PairConfig,
  placed: PlacedSet,
  questions: readonly SyncQuestion[],
): Promise<SyncMaps> {
  const flow = { source: placed.home, target: placed.refuge };
  const incarnation = await ports.control.incarnation(placed.home);
  const topics = new Set([...placed.set.topics, ...questions.map(({ topic }) => topic)]);
  const logSince = (topic: string) => logSinceMs(incarnation, topic);
  const read = () => syncReader(ports, config, { flow, topics, logSince })(questions);
  return config.replication.offsetSyncsLocation === 'target'
    ? read()
    : ((await look('offset syncs', [], read)) ?? noSyncs(config.replication.exactlyOnce));
}
