/** Which records in MirrorMaker 2's own topics nobody can read: counted by topic and reason, as the readers pass them by. */
import type { UnreadableRecords } from '../../core/contracts/readiness.ts';
import {
  decodeCheckpoint,
  decodeConnectOffset,
  decodeConnectorSettings,
  decodeOffsetSync,
  decodeStatus,
} from '../../core/replication/records.ts';
import type { Decoded } from '../../core/replication/records.ts';
import type { FlowNames } from '../../core/replication/names.ts';
import { at } from '../gather/partitions.ts';
import type { ClusterReader, LogRecord } from '../ports.ts';

/** Of the offset syncs, which are many, only so many are looked at: the newest. */
export const NEWEST_SYNCS = 50_000n;

type Decode = (key: Uint8Array | null, value: Uint8Array | null) => Decoded<unknown, unknown>;

/**
 * Of the settings of connectors, others read the records.
 * @param target of the flow; a topic that it does not have holds nothing unreadable
 */
export async function unreadableAt(target: ClusterReader, names: FlowNames): Promise<readonly UnreadableRecords[]> {
  const topics: readonly (readonly [string, Decode])[] = [
    [names.checkpoints, decodeCheckpoint],
    [names.connectOffsets, decodeConnectOffset],
    [names.connectStatus, decodeStatus],
  ];
  const found: UnreadableRecords[] = [];
  for (const [topic, decode] of topics)
    found.push(...countUnreadable(topic, await target.readCompacted(topic), decode));
  return found;
}

export const unreadableSettings = (topic: string, records: readonly LogRecord[]): readonly UnreadableRecords[] =>
  countUnreadable(topic, records, decodeConnectorSettings);

export async function unreadableSyncs(cluster: ClusterReader, topic: string): Promise<readonly UnreadableRecords[]> {
  const ends = at(await cluster.ends([topic]), topic, 0);
  if (ends === undefined) return [];
  const from = ends.highWatermark - NEWEST_SYNCS;
  const records = await cluster.readLog(
    topic,
    0,
    { offset: from > ends.start ? from : ends.start },
    { to: ends.highWatermark },
  );
  return countUnreadable(topic, records, decodeOffsetSync);
}

/** Records of another kind that belong there, such as the settings of tasks, are readable by others. */
function countUnreadable(topic: string, records: readonly LogRecord[], decode: Decode): readonly UnreadableRecords[] {
  const found = new Map<string, UnreadableRecords>();
  for (const { key, value, offset } of records) {
    const decoded = decode(key, value);
    if (decoded.kind !== 'skip' || decoded.reason === 'other-key') continue;
    const { reason, detail } = decoded;
    const before = found.get(reason)?.records ?? 0;
    found.set(reason, { topic, reason, records: before + 1, newest: `offset ${offset}: ${detail}`.slice(0, 200) });
  }
  return [...found.values()];
}
