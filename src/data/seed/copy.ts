import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';

const CHUNK = 256 * 1024;
/** Room left at the end of a chunk: no row is longer. */
const LONGEST_ROW = 16 * 1024;
/** PostgreSQL counts microseconds since 2000-01-01. */
const POSTGRES_EPOCH = Date.UTC(2000, 0, 1);
const SIGNATURE = Buffer.from('PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0', 'latin1');
const TEXT_TYPE = 25;

/**
 * Writes rows of one table as PostgreSQL's binary COPY format: ids and numbers go over as they are, nothing is printed
 * and parsed again. Rows are gathered in chunks; `flush` waits while the server is behind, so memory stays the same
 * however many rows there are. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.55.9.4
 */
export class RowWriter {
  readonly #stream: ReturnType<typeof copyFrom> & NodeJS.WritableStream;
  #failure: unknown;
  #chunk = Buffer.allocUnsafe(CHUNK);
  #used = 0;
  #rows = 0;

  constructor(stream: ReturnType<typeof copyFrom> & NodeJS.WritableStream) {
    this.#stream = stream;
    stream.on('error', (error: unknown) => {
      this.#failure = error;
    });
    this.#used = SIGNATURE.copy(this.#chunk);
  }

  get rows(): number {
    return this.#rows;
  }

  /** Begins a row; then one call per column, in the order of the columns. */
  row(columns: number): void {
    this.#used = this.#chunk.writeInt16BE(columns, this.#used);
    this.#rows += 1;
  }

  null(): void {
    this.#length(-1);
  }

  uuid(bytes: Buffer, offset = 0): void {
    this.#length(16);
    this.#used += bytes.copy(this.#chunk, this.#used, offset, offset + 16);
  }

  text(value: string | null): void {
    if (value === null) {
      this.null();
      return;
    }
    const written = this.#chunk.write(value, this.#used + 4, 'utf8');
    this.#length(written);
    this.#used += written;
  }

  int4(value: number): void {
    this.#length(4);
    this.#used = this.#chunk.writeInt32BE(value, this.#used);
  }

  /** Safe integers only. */
  int8(value: number): void {
    this.#length(8);
    this.#used = this.#chunk.writeInt32BE(Math.floor(value / 2 ** 32), this.#used);
    this.#used = this.#chunk.writeUInt32BE(value >>> 0, this.#used);
  }

  float8(value: number | null): void {
    if (value === null) {
      this.null();
      return;
    }
    this.#length(8);
    this.#used = this.#chunk.writeDoubleBE(value, this.#used);
  }

  bool(value: boolean): void {
    this.#length(1);
    this.#used = this.#chunk.writeUInt8(value ? 1 : 0, this.#used);
  }

  /** Milliseconds since 1970. */
  timestamp(milliseconds: number | null): void {
    if (milliseconds === null) {
      this.null();
      return;
    }
    this.#length(8);
    const microseconds = (milliseconds - POSTGRES_EPOCH) * 1000;
    const high = Math.floor(microseconds / 2 ** 32);
    this.#used = this.#chunk.writeInt32BE(high, this.#used);
    this.#used = this.#chunk.writeUInt32BE(microseconds - high * 2 ** 32, this.#used);
  }

  textArray(values: readonly string[]): void {
    const start = this.#used;
    this.#used += 4;
    this.#length(values.length === 0 ? 0 : 1);
    this.#length(0);
    this.#length(TEXT_TYPE);
    if (values.length > 0) {
      this.#length(values.length);
      this.#length(1);
      for (const value of values) this.text(value);
    }
    this.#chunk.writeInt32BE(this.#used - start - 4, start);
  }

  /** Whether it is time to call `flush`. Asked after each row, so that the common case costs no promise. */
  get isFull(): boolean {
    return this.#used > CHUNK - LONGEST_ROW;
  }

  async flush(): Promise<void> {
    if (this.#failure) throw this.#failure;
    const full = this.#chunk.subarray(0, this.#used);
    this.#chunk = Buffer.allocUnsafe(CHUNK);
    this.#used = 0;
    if (!this.#stream.write(full)) await once(this.#stream, 'drain');
  }

  async end(): Promise<void> {
    this.#used = this.#chunk.writeInt16BE(-1, this.#used);
    await this.flush();
    this.#stream.end();
    await finished(this.#stream);
  }

  #length(bytes: number): void {
    this.#used = this.#chunk.writeInt32BE(bytes, this.#used);
  }
}

/** Opens a COPY into `table`. The table must have been truncated in the same transaction, for its rows to be frozen. */
export const copyInto = (client: Client, table: string, columns: readonly string[]): RowWriter =>
  new RowWriter(
    client.query(
      copyFrom(
        `COPY "${table}" (${columns.map((name) => `"${name}"`).join(', ')}) FROM STDIN (FORMAT binary, FREEZE true)`,
      ),
    ),
  );
