/**
 * MirrorMaker 2's binary records: offset syncs, checkpoints, heartbeats. Layouts are the same from 2.4 to 4.x; all
 * integers are big-endian, strings are int16 length + UTF-8. An unknown version or a malformed record is skipped with
 * its reason: a position computed from a guess would lose records.
 */
import { decode, encodeFields, Reader, type Decoded, type Encoded } from './bytes.ts';
import type { DownstreamOffset, UpstreamOffset } from './offsets.ts';

export type { Decoded, Encoded, Skip, SkipReason } from './bytes.ts';
export * from './connect-records.ts';
export * from './connector-settings.ts';

/** The record at `upstream` of the source's `topic` was copied to `downstream`. */
export interface OffsetSync {
  /** Name on the source. */
  readonly topic: string;
  readonly partition: number;
  readonly upstream: UpstreamOffset;
  readonly downstream: DownstreamOffset;
}
export type OffsetSyncKey = Pick<OffsetSync, 'topic' | 'partition'>;

/** A group's position on the source, as MirrorMaker 2 translated it. */
export interface Checkpoint {
  readonly group: string;
  /** Name on the target, e.g. `K1.orders`. */
  readonly topic: string;
  readonly partition: number;
  readonly upstream: UpstreamOffset;
  readonly downstream: DownstreamOffset;
  readonly metadata: string;
}
export type CheckpointKey = Pick<Checkpoint, 'group' | 'topic' | 'partition'>;

export interface Heartbeat {
  readonly source: string;
  readonly target: string;
  /** Clock of the worker that wrote it. */
  readonly timestampMs: bigint;
}
export type HeartbeatKey = Pick<Heartbeat, 'source' | 'target'>;

export const decodeOffsetSync = (
  key: Uint8Array | null,
  value: Uint8Array | null,
): Decoded<OffsetSync, OffsetSyncKey> =>
  decode(key, value, readOffsetSyncKey, (decodedKey, bytes) => {
    const reader = new Reader(bytes);
    const upstream = reader.natural(reader.int64('upstream offset'), 'upstream offset');
    const downstream = reader.natural(reader.int64('downstream offset'), 'downstream offset');
    reader.end('value of the offset sync');
    return { ...decodedKey, upstream, downstream };
  });

function readOffsetSyncKey(bytes: Uint8Array): OffsetSyncKey {
  const reader = new Reader(bytes);
  const topic = reader.string('topic');
  const partition = reader.natural(reader.int32('partition'), 'partition');
  reader.end('key of the offset sync');
  return { topic, partition };
}

export const encodeOffsetSync = (sync: OffsetSync): Encoded => ({
  key: encodeFields([
    ['string', sync.topic],
    ['int32', sync.partition],
  ]),
  value: encodeFields([
    ['int64', sync.upstream],
    ['int64', sync.downstream],
  ]),
});

export const decodeCheckpoint = (
  key: Uint8Array | null,
  value: Uint8Array | null,
): Decoded<Checkpoint, CheckpointKey> =>
  decode(key, value, readCheckpointKey, (decodedKey, bytes) => {
    const reader = new Reader(bytes);
    reader.version0('version of the checkpoint');
    const upstream = reader.natural(reader.int64('upstream offset'), 'upstream offset');
    const downstream = reader.natural(reader.int64('downstream offset'), 'downstream offset');
    const metadata = reader.string('metadata');
    reader.end('value of the checkpoint');
    return { ...decodedKey, upstream, downstream, metadata };
  });

function readCheckpointKey(bytes: Uint8Array): CheckpointKey {
  const reader = new Reader(bytes);
  const group = reader.string('group');
  const topic = reader.string('topic');
  const partition = reader.natural(reader.int32('partition'), 'partition');
  reader.end('key of the checkpoint');
  return { group, topic, partition };
}

export const encodeCheckpoint = (checkpoint: Checkpoint): Encoded => ({
  key: encodeFields([
    ['string', checkpoint.group],
    ['string', checkpoint.topic],
    ['int32', checkpoint.partition],
  ]),
  value: encodeFields([
    ['int16', 0],
    ['int64', checkpoint.upstream],
    ['int64', checkpoint.downstream],
    ['string', checkpoint.metadata],
  ]),
});

export const decodeHeartbeat = (key: Uint8Array | null, value: Uint8Array | null): Decoded<Heartbeat, HeartbeatKey> =>
  decode(key, value, readHeartbeatKey, (decodedKey, bytes) => {
    const reader = new Reader(bytes);
    reader.version0('version of the heartbeat');
    const timestampMs = reader.natural(reader.int64('timestamp'), 'timestamp');
    reader.end('value of the heartbeat');
    return { ...decodedKey, timestampMs };
  });

function readHeartbeatKey(bytes: Uint8Array): HeartbeatKey {
  const reader = new Reader(bytes);
  const source = reader.string('source alias');
  const target = reader.string('target alias');
  reader.end('key of the heartbeat');
  return { source, target };
}

export const encodeHeartbeat = (heartbeat: Heartbeat): Encoded => ({
  key: encodeFields([
    ['string', heartbeat.source],
    ['string', heartbeat.target],
  ]),
  value: encodeFields([
    ['int16', 0],
    ['int64', heartbeat.timestampMs],
  ]),
});
