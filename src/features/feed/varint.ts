/**
 * Whole numbers in as few bytes as they need (unsigned LEB128), lists of ascending numbers as their differences.
 * Numbers go up to 2^53, so this divides where the usual code shifts.
 */
export class VarintWriter {
  readonly #bytes: number[] = [];

  number(value: number): this {
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes.push((rest % 0x80) | 0x80);
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes.push(rest);
    return this;
  }

  /** Any order; comes back ascending. No number may be smaller than `base`. */
  numbers(values: readonly number[], base: number): this {
    this.number(values.length);
    let previous = base;
    for (const value of values.toSorted((a, b) => a - b)) {
      this.number(value - previous);
      previous = value;
    }
    return this;
  }

  uuids(ids: readonly string[]): this {
    this.number(ids.length);
    for (const id of ids) this.#bytes.push(...Buffer.from(id.replaceAll('-', ''), 'hex'));
    return this;
  }

  finish(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

/** Reads what a VarintWriter wrote. Every method throws a RangeError at the end of the bytes. */
export class VarintReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes.readUInt8(this.#at);
      this.#at += 1;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      if (scale > 2 ** 49) throw new RangeError('a number of more than 53 bits');
    }
  }

  numbers(base: number): number[] {
    let previous = base;
    return Array.from({ length: this.number() }, () => {
      previous += this.number();
      return previous;
    });
  }

  uuids(): string[] {
    return Array.from({ length: this.number() }, () => {
      const hex = this.#bytes.subarray(this.#at, this.#at + 16).toString('hex');
      if (hex.length !== 32) throw new RangeError('half a UUID');
      this.#at += 16;
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    });
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }
}
