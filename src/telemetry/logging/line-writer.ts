import { Buffer } from 'node:buffer';
import { setTimeout as delay } from 'node:timers/promises';

/** Where lines go. Every method may take its time: nothing waits for it but this writer. */
export interface LineTarget {
  /**
   * Makes ready for writing; may rotate or open again.
   * @param next bytes that must fit, if they ever do: those of the next line.
   * @returns the file descriptor, how many bytes still fit, and a number that changes when it is another file.
   */
  ready(next: number): Promise<ReadyTarget>;
  /** How much was written, so that the target knows when it is full. */
  wrote(bytes: number): void;
  /**
   * Writing failed; what was not written stays queued.
   * @returns milliseconds until it is worth trying again, or undefined when it never will be.
   */
  failed(error: NodeJS.ErrnoException): number | undefined;
  close(): Promise<void>;
}

export interface ReadyTarget {
  fd: number;
  room: number;
  opened: number;
}

export interface LineWriterStats {
  /** Lines written, and lines thrown away because the queue was full or the target was gone. */
  written: number;
  lost: number;
  queuedBytes: number;
}

interface Batch {
  buffer: Buffer;
  /** What is before it has been written. */
  offset: number;
  lines: number;
}

/** How a file descriptor is written to: `fs.write`, but for tests. */
export type Write = (fd: number, buffer: Buffer, offset: number, length: number) => Promise<number>;

const MAX_BATCH_BYTES = 64 * 1024;

/** Milliseconds that lines are gathered before they are written: a write costs as much as serving a request from the cache. */
const GATHER_MS = 10;

/**
 * Writes lines to a target without ever blocking the caller: at most `maxQueuedBytes` wait in memory, one write is
 * under way, and what finds no room is counted and forgotten.
 */
export class LineWriter {
  #queue: { line: string; bytes: number }[] = [];
  #queuedBytes = 0;
  /** What is being written: its lines are out of the queue, not out of the account. */
  #batch: Batch | undefined;
  #opened = 0;
  #pumping: Promise<void> | undefined;
  #wake = new AbortController();
  #closing = new AbortController();
  #gone = false;
  #written = 0;
  #lost = 0;

  readonly #target: LineTarget;
  readonly #write: Write;
  readonly #maxQueuedBytes: number;

  constructor(target: LineTarget, write: Write, maxQueuedBytes: number) {
    this.#target = target;
    this.#write = write;
    this.#maxQueuedBytes = maxQueuedBytes;
  }

  /** @param line with its line end. */
  write(line: string): void {
    const bytes = Buffer.byteLength(line);
    if (this.#gone || this.#queuedBytes + bytes > this.#maxQueuedBytes) {
      this.#lost += 1;
      return;
    }
    this.#queue.push({ line, bytes });
    this.#queuedBytes += bytes;
    this.#pumping ??= this.#pump();
  }

  stats(): LineWriterStats {
    return { written: this.#written, lost: this.#lost, queuedBytes: this.#queuedBytes };
  }

  /** Writes what is queued and closes the target; what is not written within `timeoutMs` is lost. */
  async close(timeoutMs: number): Promise<void> {
    this.#closing.abort();
    const timeout = new AbortController();
    await Promise.race([this.#pumping, delay(timeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined)]);
    timeout.abort();
    this.#giveUp();
    // A write that is stuck in the kernel must not hold up the end.
    if (this.#batch === undefined) await this.#target.close().catch(() => undefined);
  }

  #giveUp(): void {
    this.#gone = true;
    this.#lost += this.#queue.length + (this.#batch?.lines ?? 0);
    this.#queue = [];
    this.#queuedBytes = 0;
    this.#wake.abort();
  }

  async #pump(): Promise<void> {
    while (!this.#gone && (this.#batch !== undefined || this.#queue.length > 0)) {
      try {
        if (this.#batch === undefined) await this.#gather();
        const { fd, room, opened } = await this.#target.ready(
          this.#batch === undefined ? (this.#queue[0]?.bytes ?? 0) : 0,
        );
        this.#batch ??= this.#take(Math.min(room, MAX_BATCH_BYTES));
        // Half a line went to the file before: the new one gets it whole.
        if (opened !== this.#opened) this.#batch.offset = startOfLine(this.#batch);
        this.#opened = opened;
        const { buffer, offset } = this.#batch;
        const wrote = await this.#write(fd, buffer, offset, buffer.length - offset);
        this.#target.wrote(wrote);
        this.#advance(wrote);
      } catch (error) {
        const pause = this.#target.failed(error as NodeJS.ErrnoException);
        if (this.#gone) break;
        if (pause === undefined) this.#giveUp();
        else await delay(pause, undefined, { signal: this.#wake.signal }).catch(() => undefined);
      }
    }
    if (this.#gone) this.#batch = undefined;
    this.#pumping = undefined;
  }

  async #gather(): Promise<void> {
    if (this.#closing.signal.aborted || this.#queuedBytes >= MAX_BATCH_BYTES) return;
    await delay(GATHER_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }

  #take(room: number): Batch {
    let bytes = 0;
    let lines = 0;
    for (const next of this.#queue) {
      if (lines > 0 && bytes + next.bytes > room) break;
      bytes += next.bytes;
      lines += 1;
    }
    const taken = this.#queue.splice(0, lines);
    return { buffer: Buffer.from(taken.map(({ line }) => line).join('')), offset: 0, lines };
  }

  #advance(wrote: number): void {
    const batch = this.#batch;
    if (batch === undefined) return;
    batch.offset += wrote;
    if (batch.offset < batch.buffer.length) return;
    this.#batch = undefined;
    if (this.#gone) return;
    this.#queuedBytes -= batch.buffer.length;
    this.#written += batch.lines;
  }
}

const startOfLine = ({ buffer, offset }: Batch): number =>
  offset === 0 ? 0 : buffer.lastIndexOf('\n', offset - 1) + 1;
