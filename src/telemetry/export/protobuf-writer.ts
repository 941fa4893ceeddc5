/** Room for the length of a nested message. */
const LENGTH_BYTES = 4;

/**
 * Writes protobuf messages (https://protobuf.dev/programming-guides/encoding/) into one growing buffer. The length of a
 * nested message is not known before it is written: room for it is left, and it is filled in as a varint padded to that
 * room, which every decoder has to accept.
 */
export class ProtobufWriter {
  #bytes = Buffer.allocUnsafe(64 * 1024);
  #at = 0;

  /** Starts anew. What `finish` answered before stays as it was. */
  reset(): void {
    this.#at = 0;
  }

  /** A copy of what was written. */
  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#at));
  }

  #reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }

  /** A whole number from 0 that a double holds. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  /** Tags are constants: `field << 3 | wire type`, of which all of ours fit one or two bytes. */
  tag(tag: number): void {
    this.varint(tag);
  }

  fixed32(value: number): void {
    this.#reserve(4);
    this.#at = this.#bytes.writeUInt32LE(value, this.#at);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  int64(value: number): void {
    if (value >= 0) {
      this.varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    this.#reserve(10);
    while (rest > 127n) {
      this.#bytes[this.#at++] = Number(rest % 128n) | 128;
      rest /= 128n;
    }
    this.#bytes[this.#at++] = Number(rest);
  }

  /** Milliseconds since 1970 as nanoseconds, which no double holds: in two halves, exact in each step. */
  nanoseconds(milliseconds: number): void {
    const seconds = Math.floor(milliseconds / 1000);
    const rest = Math.round((milliseconds - seconds * 1000) * 1e6);
    const upper = Math.floor(seconds / 65536) * 1e9;
    const lower = (seconds % 65536) * 1e9 + rest + (upper % 65536) * 65536;
    this.#reserve(8);
    this.#bytes.writeUInt32LE(lower % 2 ** 32, this.#at);
    this.#bytes.writeUInt32LE(Math.floor(upper / 65536) + Math.floor(lower / 2 ** 32), this.#at + 4);
    this.#at += 8;
  }

  /** With its length before it. */
  string(value: string): void {
    // UTF-8 takes three bytes for a UTF-16 unit at most.
    this.#reserve(value.length * 3 + 5);
    if (value.length < 43) {
      const written = this.#bytes.write(value, this.#at + 1, 'utf8');
      this.#bytes[this.#at] = written;
      this.#at += written + 1;
      return;
    }
    this.varint(Buffer.byteLength(value));
    this.#at += this.#bytes.write(value, this.#at, 'utf8');
  }

  /** An id in hexadecimal digits, with its length before it. */
  hex(value: string): void {
    const length = value.length >> 1;
    this.#reserve(length + 1);
    this.#bytes[this.#at++] = length;
    this.#at += this.#bytes.write(value, this.#at, 'hex');
  }

  /** Bytes that are encoded already. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** Begins a nested message. @returns for `end` */
  begin(): number {
    this.#reserve(LENGTH_BYTES);
    this.#at += LENGTH_BYTES;
    return this.#at;
  }

  /** Ends the message that `begin` answered `start` for. @throws RangeError when it is longer than 256 MB */
  end(start: number): void {
    let rest = this.#at - start;
    for (let at = start - LENGTH_BYTES; at < start - 1; at += 1) {
      this.#bytes[at] = (rest & 127) | 128;
      rest >>>= 7;
    }
    if (rest > 127) throw new RangeError('a message is longer than its length can say');
    this.#bytes[start - 1] = rest;
  }
}
