/** Reads the compact types of flexible versions of the protocol, in which lengths are variable. Every read beyond the end is a RangeError. */
export class Flexible {
  readonly #buffer: Buffer;
  #at = 0;
  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }
  skip(bytes: number): void {
    this.#at += bytes;
    if (this.#at > this.#buffer.length) throw new RangeError(`${this.#at - this.#buffer.length} bytes are missing`);
  }
  int16(): number {
    return this.#buffer.readInt16BE((this.#at += 2) - 2);
  }
  int32(): number {
    return this.#buffer.readInt32BE((this.#at += 4) - 4);
  }
  /** Seven bits a byte, the lowest first. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#buffer.readUInt8((this.#at += 1) - 1);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError('a variable length has more than five bytes');
  }
  /** Lengths are one more than they are: 0 is null. */
  text(): string {
    const length = Math.max(0, this.varint() - 1);
    const from = this.#at;
    this.skip(length);
    return this.#buffer.toString('utf8', from, from + length);
  }
  list<T>(one: () => T): T[] {
    const length = Math.max(0, this.varint() - 1);
    if (length > this.#buffer.length) throw new RangeError(`${length} entries announced`);
    return Array.from({ length }, one);
  }
  tags(): void {
    for (let left = this.varint(); left > 0; left -= 1) {
      this.varint();
      this.skip(this.varint());
    }
  }
}

/** As `text` reads it. */
export function compactText(value: string): Buffer {
  const text = Buffer.from(value);
  const length: number[] = [];
  for (let left = text.length + 1; ; left >>>= 7) {
    length.push(left < 0x80 ? left : (left & 0x7f) | 0x80);
    if (left < 0x80) return Buffer.concat([Buffer.from(length), text]);
  }
}
