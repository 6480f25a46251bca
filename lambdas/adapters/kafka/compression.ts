/** The four codecs of Kafka. gzip and zstd come with Node; snappy and lz4 are decoded here, some forty lines each. */
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { UnreadableLog } from './errors.ts';

/** @param codec the lowest three bits of a batch's attributes */
export function decompress(codec: number, body: Buffer): Buffer {
  switch (codec) {
    case 0:
      return body;
    case 1:
      return gunzipSync(body);
    case 2:
      return unsnappy(body);
    case 3:
      return unlz4(body);
    case 4:
      return zstdDecompressSync(body);
    default:
      throw new UnreadableLog(`compression codec ${codec} is unknown; known are 1 gzip, 2 snappy, 3 lz4, 4 zstd`);
  }
}

/** Java clients wrap snappy blocks: magic, version, least version, then (length, block) until the end. Others send one bare block. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);

function unsnappy(body: Buffer): Buffer {
  if (!body.subarray(0, 8).equals(XERIAL)) return snappyBlock(body);
  const blocks: Buffer[] = [];
  for (let at = 16; at < body.length;) {
    const length = body.readInt32BE(at);
    blocks.push(snappyBlock(body.subarray(at + 4, at + 4 + length)));
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

/** https://github.com/google/snappy/blob/main/format_description.txt */
function snappyBlock(block: Buffer): Buffer {
  let at = 0;
  let size = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = byteAt(block, at++);
    size += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  const out = new Output(size);
  while (at < block.length) {
    const tag = byteAt(block, at++);
    const kind = tag & 3;
    if (kind === 0) {
      const extra = Math.max(0, (tag >> 2) - 59);
      const length = (extra === 0 ? tag >> 2 : block.readUIntLE(at, extra)) + 1;
      at += extra;
      out.literal(block.subarray(at, (at += length)), length);
    } else if (kind === 1) {
      out.copy(((tag >> 5) << 8) | byteAt(block, at++), ((tag >> 2) & 7) + 4);
    } else {
      const width = kind === 2 ? 2 : 4;
      out.copy(block.readUIntLE(at, width), (tag >> 2) + 1);
      at += width;
    }
  }
  return out.whole();
}

const LZ4_MAGIC = 0x184d2204;

/** https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md; checksums are skipped, Kafka has its own. */
function unlz4(body: Buffer): Buffer {
  if (body.readUInt32LE(0) !== LZ4_MAGIC)
    throw new UnreadableLog('lz4 data without the frame format that Kafka uses since 0.10');
  const flags = byteAt(body, 4);
  const blockChecksum = (flags & 0x10) !== 0 ? 4 : 0;
  let at = 7 + ((flags & 0x08) !== 0 ? 8 : 0) + ((flags & 0x01) !== 0 ? 4 : 0);
  const out = new Output();
  for (;;) {
    const word = body.readUInt32LE(at);
    at += 4;
    if (word === 0) return out.whole();
    const length = word & 0x7fffffff;
    const block = body.subarray(at, at + length);
    if (word >>> 31 === 1) out.literal(block, length);
    else lz4Block(block, out);
    at += length + blockChecksum;
  }
}

/** Blocks may refer back into the ones before them, so all write into one output. */
function lz4Block(block: Buffer, out: Output): void {
  let at = 0;
  const lengthFrom = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) {
      let byte: number;
      do length += byte = byteAt(block, at++);
      while (byte === 255);
    }
    return length;
  };
  while (at < block.length) {
    const token = byteAt(block, at++);
    const literals = lengthFrom(token >> 4);
    out.literal(block.subarray(at, (at += literals)), literals);
    if (at >= block.length) return;
    const distance = block.readUInt16LE(at);
    at += 2;
    out.copy(distance, lengthFrom(token & 15) + 4);
  }
}

const byteAt = (buffer: Buffer, at: number): number => {
  const byte = buffer[at];
  if (byte === undefined) throw new UnreadableLog(`compressed data ends too early, at byte ${at}`);
  return byte;
};

/** Grows as needed; a copy may overlap what it writes. */
class Output {
  #buffer: Buffer;
  #size = 0;

  constructor(expected = 64 * 1024) {
    this.#buffer = Buffer.allocUnsafe(Math.min(expected, 64 * 1024 * 1024));
  }

  literal(bytes: Buffer, length: number): void {
    if (bytes.length !== length)
      throw new UnreadableLog(`compressed data ends too early: ${length} bytes announced, ${bytes.length} there`);
    this.#reserve(length);
    bytes.copy(this.#buffer, this.#size);
    this.#size += length;
  }

  copy(distance: number, length: number): void {
    if (distance < 1 || distance > this.#size)
      throw new UnreadableLog(`compressed data refers back ${distance} bytes at ${this.#size}`);
    this.#reserve(length);
    if (distance >= length) this.#buffer.copyWithin(this.#size, this.#size - distance, this.#size - distance + length);
    else for (let i = 0; i < length; i += 1) this.#buffer[this.#size + i] = this.#buffer[this.#size + i - distance]!;
    this.#size += length;
  }

  whole(): Buffer {
    return this.#buffer.subarray(0, this.#size);
  }

  #reserve(more: number): void {
    if (this.#size + more <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#size + more));
    this.#buffer.copy(grown, 0, 0, this.#size);
    this.#buffer = grown;
  }
}
