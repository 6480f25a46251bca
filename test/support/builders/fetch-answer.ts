/** A broker's answer to a fetch of one partition, as bytes: record batches (magic 2) of one record each. */

interface OneRecord {
  readonly offset: bigint;
  readonly producerId: bigint;
}

export interface Answered {
  /** In the order in which the broker tells them. */
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[];
  /** All transactional. */
  readonly batches: readonly (OneRecord & ({ readonly value: string } | { readonly marker: 'abort' | 'commit' }))[];
}

const int = (bytes: 1 | 2 | 4, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
};
const int64 = (value: bigint): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(value);
  return buffer;
};
/** Zigzag; one byte, so up to 63. */
const varint = (value: number): Buffer => Buffer.from([value * 2]);
const string = (text: string): Buffer => Buffer.concat([int(2, text.length), Buffer.from(text)]);
const sized = (bytes: Buffer): Buffer => Buffer.concat([int(4, bytes.length), bytes]);
const list = (...items: readonly Buffer[]): Buffer => Buffer.concat([int(4, items.length), ...items]);

const TRANSACTIONAL = 0x10;
const CONTROL = 0x20;

function batchOf(record: Answered['batches'][number]): Buffer {
  const control = 'marker' in record;
  const key = control ? Buffer.from([0, 0, 0, record.marker === 'abort' ? 0 : 1]) : Buffer.from('k');
  const value = Buffer.from(control ? [0, 0, 0, 0, 0, 0] : record.value);
  const inner = Buffer.concat([
    int(1, 0), // attributes
    varint(0), // timestamp
    varint(0), // offset
    varint(key.length),
    key,
    varint(value.length),
    value,
    varint(0), // headers
  ]);
  const batch = Buffer.concat([
    int(4, 0), // leader epoch
    int(1, 2), // magic
    int(4, 0), // checksum
    int(2, TRANSACTIONAL | (control ? CONTROL : 0)),
    int(4, 0), // last offset delta
    int64(1_700_000_000_000n),
    int64(1_700_000_000_000n),
    int64(record.producerId),
    int(2, 0), // epoch
    int(4, 0), // first sequence
    list(Buffer.concat([varint(inner.length), inner])),
  ]);
  return Buffer.concat([int64(record.offset), sized(batch)]);
}

/** Versions 4 to 11, topic `orders`, partition 0. */
export function fetchAnswer(version: number, { aborted, batches }: Answered): Buffer {
  const end = int64((batches.at(-1)?.offset ?? -1n) + 1n);
  const partition = Buffer.concat([
    int(4, 0),
    int(2, 0),
    end, // high watermark
    end, // last stable offset
    ...(version >= 5 ? [int64(0n)] : []), // log start
    list(...aborted.map(({ producerId, firstOffset }) => Buffer.concat([int64(producerId), int64(firstOffset)]))),
    ...(version >= 11 ? [int(4, -1)] : []), // preferred read replica
    sized(Buffer.concat(batches.map(batchOf))),
  ]);
  const head = [int(4, 0), ...(version >= 7 ? [int(2, 0), int(4, 0)] : [])]; // throttle time; error, session
  return Buffer.concat([...head, list(Buffer.concat([string('orders'), list(partition)]))]);
}
