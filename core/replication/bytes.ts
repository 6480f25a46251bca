/** Reading and writing the few binary types of MirrorMaker 2's own records: int16, int32, int64, short strings. */

import type { SkipReason } from '../contracts/skip-reasons.ts';

export type { SkipReason };

export interface Skip {
  readonly kind: 'skip';
  readonly reason: SkipReason;
  /** Which field, with the value found. */
  readonly detail: string;
}

export type Decoded<Value, Key> =
  | { readonly kind: 'record'; readonly value: Value }
  /** Null value: the entry of this key was deleted. */
  | { readonly kind: 'tombstone'; readonly key: Key }
  | Skip;

export interface Encoded {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Thrown inside a decoder and turned into a Skip at its edge; never leaves this folder. */
export class Undecodable extends Error {
  readonly reason: SkipReason;
  constructor(reason: SkipReason, detail: string) {
    super(detail);
    this.reason = reason;
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Text of a record's key or value. */
export function decodeUtf8(bytes: Uint8Array, field: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new Undecodable('not-utf8', `${field} is not UTF-8`);
  }
}

/** Reads fields one after the other; `end` requires that nothing is left. */
export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #take(length: number, field: string): number {
    const at = this.#at;
    if (at + length > this.#bytes.byteLength) {
      throw new Undecodable('too-short', `${field} needs ${at + length} bytes, there are ${this.#bytes.byteLength}`);
    }
    this.#at += length;
    return at;
  }

  int16(field: string): number {
    return this.#view.getInt16(this.#take(2, field));
  }

  int32(field: string): number {
    return this.#view.getInt32(this.#take(4, field));
  }

  int64(field: string): bigint {
    return this.#view.getBigInt64(this.#take(8, field));
  }

  string(field: string): string {
    const length = this.int16(`length of ${field}`);
    if (length < 0) throw new Undecodable('negative-length', `length of ${field} is ${length}`);
    const at = this.#take(length, field);
    return decodeUtf8(this.#bytes.subarray(at, at + length), field);
  }

  /** An offset, a partition or a time: never negative in a valid record. */
  natural<T extends bigint | number>(value: T, field: string): T {
    if (value < 0) throw new Undecodable('out-of-range', `${field} is ${value}`);
    return value;
  }

  version0(field: string): void {
    const version = this.int16(field);
    if (version !== 0) throw new Undecodable('unknown-version', `${field} is ${version}, only 0 is known`);
  }

  end(field: string): void {
    const left = this.#bytes.byteLength - this.#at;
    if (left > 0) throw new Undecodable('trailing-bytes', `${field} has ${left} bytes more than its layout`);
  }
}

export type Field =
  readonly ['int16', number] | readonly ['int32', number] | readonly ['int64', bigint] | readonly ['string', string];

function encodeField([type, value]: Field): Uint8Array {
  if (type === 'string') {
    const text = new TextEncoder().encode(value);
    return concat([encodeField(['int16', text.byteLength]), text]);
  }
  const bytes = new Uint8Array({ int16: 2, int32: 4, int64: 8 }[type]);
  const view = new DataView(bytes.buffer);
  if (type === 'int16') view.setInt16(0, value);
  else if (type === 'int32') view.setInt32(0, value);
  else view.setBigInt64(0, value);
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}

export const encodeFields = (fields: readonly Field[]): Uint8Array => concat(fields.map(encodeField));

/** Runs a decoder: key first, so that a tombstone still says whose it is. */
export function decode<Key, Value>(
  key: Uint8Array | null,
  value: Uint8Array | null,
  readKey: (key: Uint8Array) => Key,
  readValue: (key: Key, value: Uint8Array) => Value,
): Decoded<Value, Key> {
  try {
    if (key === null) throw new Undecodable('missing-key', 'the record has no key');
    const decodedKey = readKey(key);
    if (value === null) return { kind: 'tombstone', key: decodedKey };
    return { kind: 'record', value: readValue(decodedKey, value) };
  } catch (error) {
    if (error instanceof Undecodable) return { kind: 'skip', reason: error.reason, detail: error.message };
    throw error;
  }
}
