/** Fetch answers and record batches (magic 2), decoded by hand: offsets stay exact, control records and compaction gaps stay visible. */
import { decompress } from './compression.ts';
import { UnreadableLog } from './errors.ts';

export interface Batch {
  readonly baseOffset: bigint;
  /** May lie beyond the last record: compaction keeps it. */
  readonly lastOffset: bigint;
  readonly maxTimestampMs: number;
  readonly count: number;
  readonly control: boolean;
  readonly transactional: boolean;
  readonly producerId: bigint;
  /** Decodes on demand: counting needs no records. */
  records(): readonly RawRecord[];
}

export interface RawRecord {
  readonly offset: bigint;
  readonly timestampMs: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  /** Count and fields as they stand in the log; absent = none. */
  readonly headers?: Buffer;
  readonly appendTime?: true;
  readonly transactional?: true;
  readonly producerId?: bigint;
}

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: bigint;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: bigint;
  readonly lastStableOffset: bigint;
  readonly aborted: readonly AbortedTransaction[];
  readonly batches: readonly Batch[];
}

/** Walks over Kafka's big-endian primitives. */
class Cursor {
  readonly #buffer: Buffer;
  at = 0;
  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }
  left(): number {
    return this.#buffer.length - this.at;
  }
  int8(): number {
    return this.#buffer.readInt8((this.at += 1) - 1);
  }
  int16(): number {
    return this.#buffer.readInt16BE((this.at += 2) - 2);
  }
  int32(): number {
    return this.#buffer.readInt32BE((this.at += 4) - 4);
  }
  int64(): bigint {
    return this.#buffer.readBigInt64BE((this.at += 8) - 8);
  }
  bytes(length: number): Buffer {
    if (length < 0 || length > this.left()) throw new UnreadableLog(`${length} bytes announced, ${this.left()} there`);
    return this.#buffer.subarray(this.at, (this.at += length));
  }
  string(): string {
    return this.bytes(this.int16()).toString('utf8');
  }
  list<T>(one: () => T): T[] {
    const length = this.int32();
    return length <= 0 ? [] : Array.from({ length }, one);
  }
  /** Zigzag; exact to 2^53, far beyond any length, offset delta or timestamp delta in one batch. */
  varint(): number {
    let result = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.at >= this.#buffer.length || scale > 2 ** 63)
        throw new UnreadableLog(`a varint that does not end, at byte ${this.at}`);
      const byte = this.#buffer[this.at++]!;
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result % 2 === 0 ? result / 2 : -(result + 1) / 2;
    }
  }
  nullable(): Buffer | null {
    const length = this.varint();
    return length < 0 ? null : this.bytes(length);
  }
}

/** Fetch answer, versions 4 to 11. */
export function decodeFetch(raw: Buffer, version: number): readonly FetchedPartition[] {
  const cursor = new Cursor(raw);
  cursor.int32(); // throttle time
  if (version >= 7) {
    const errorCode = cursor.int16();
    cursor.int32(); // session
    if (errorCode !== 0) throw new UnreadableLog(`the broker refused to fetch, error ${errorCode}`);
  }
  return cursor
    .list(() => {
      const topic = cursor.string();
      return cursor.list(() => decodePartition(cursor, topic, version));
    })
    .flat();
}

function decodePartition(cursor: Cursor, topic: string, version: number): FetchedPartition {
  const head = {
    topic,
    partition: cursor.int32(),
    errorCode: cursor.int16(),
    highWatermark: cursor.int64(),
    lastStableOffset: cursor.int64(),
  };
  if (version >= 5) cursor.int64(); // log start
  const aborted = cursor.list(() => ({ producerId: cursor.int64(), firstOffset: cursor.int64() }));
  if (version >= 11) cursor.int32(); // preferred read replica
  const size = cursor.int32();
  return { ...head, aborted, batches: size <= 0 ? [] : decodeBatches(cursor.bytes(size)) };
}

const BATCH_PREFIX = 12; // base offset, length
const CODEC = 0x07,
  LOG_APPEND_TIME = 0x08,
  TRANSACTIONAL = 0x10,
  CONTROL = 0x20;

/** The last batch may be cut short by the size limit of the fetch; it is left out and comes again with the next one. */
function decodeBatches(buffer: Buffer): readonly Batch[] {
  const batches: Batch[] = [];
  const cursor = new Cursor(buffer);
  while (cursor.left() > BATCH_PREFIX) {
    const baseOffset = cursor.int64();
    const length = cursor.int32();
    if (length > cursor.left()) break;
    batches.push(decodeBatch(baseOffset, new Cursor(cursor.bytes(length))));
  }
  return batches;
}

function decodeBatch(baseOffset: bigint, cursor: Cursor): Batch {
  cursor.int32(); // leader epoch
  const magic = cursor.int8();
  if (magic !== 2)
    throw new UnreadableLog(
      `record batch of format ${magic} at offset ${baseOffset}; only format 2 (Kafka 0.11 and later) can be read`,
    );
  cursor.int32(); // checksum: TCP and the broker have looked at it
  const attributes = cursor.int16();
  const lastOffset = baseOffset + BigInt(cursor.int32());
  const firstTimestamp = cursor.int64();
  const maxTimestampMs = Number(cursor.int64());
  const producerId = cursor.int64();
  cursor.int16(); // producer epoch
  cursor.int32(); // first sequence
  const count = cursor.int32();
  const body = cursor.bytes(cursor.left());
  const appendTime = (attributes & LOG_APPEND_TIME) !== 0;
  const transactional = (attributes & TRANSACTIONAL) !== 0;
  return {
    baseOffset,
    lastOffset,
    maxTimestampMs,
    count,
    producerId,
    control: (attributes & CONTROL) !== 0,
    transactional,
    records: () => {
      const inner = new Cursor(decompress(attributes & CODEC, body));
      return Array.from({ length: count }, () => ({
        ...decodeRecord(inner, baseOffset, (delta) => (appendTime ? maxTimestampMs : Number(firstTimestamp) + delta)),
        ...(appendTime ? { appendTime } : {}),
        ...(transactional ? { transactional } : {}),
        ...(producerId >= 0n ? { producerId } : {}),
      }));
    },
  };
}

function decodeRecord(outer: Cursor, baseOffset: bigint, timestampOf: (delta: number) => number): RawRecord {
  const cursor = new Cursor(outer.bytes(outer.varint()));
  cursor.int8(); // attributes, unused
  const timestampMs = timestampOf(cursor.varint());
  const offset = baseOffset + BigInt(cursor.varint());
  const record = { offset, timestampMs, key: cursor.nullable(), value: cursor.nullable() };
  const headers = cursor.bytes(cursor.left());
  return headers.length <= 1 ? record : { ...record, headers }; // one byte: none
}

/** A control batch holds one marker; version int16, type int16, 0 = abort. */
export const isAbortMarker = (batch: Batch): boolean => batch.records()[0]?.key?.readInt16BE(2) === 0;

/**
 * Data batches that a read_committed consumer would get, in log order: no markers, nothing of an aborted transaction.
 * `aborted` comes with the same fetch; the broker has stopped at the last stable offset already.
 */
export function committedBatches(batches: readonly Batch[], aborted: readonly AbortedTransaction[]): readonly Batch[] {
  const waiting = [...aborted].sort((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1));
  const inAborted = new Set<bigint>();
  return batches.filter((batch) => {
    while (waiting[0] !== undefined && waiting[0].firstOffset <= batch.lastOffset)
      inAborted.add(waiting.shift()!.producerId);
    if (batch.control) {
      if (isAbortMarker(batch)) inAborted.delete(batch.producerId);
      return false;
    }
    return !(batch.transactional && inAborted.has(batch.producerId));
  });
}

export const dataBatches = (batches: readonly Batch[]): readonly Batch[] => batches.filter((batch) => !batch.control);
