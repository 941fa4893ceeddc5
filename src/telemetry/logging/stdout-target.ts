import { constants, fstatSync, openSync, type Stats } from 'node:fs';
import type { LineTarget, ReadyTarget } from './line-writer.ts';

/** How long a full pipe is left alone; it doubles up to the second one. */
const SHORTEST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 100;

/**
 * Standard output. A pipe is opened once more, as one that does not block: a write to a pipe that nobody reads would
 * otherwise hold one of Node's few worker threads for ever, and with it the end of the process.
 */
export class StdoutTarget implements LineTarget {
  readonly #fd: number;
  readonly #onTrouble: (error: Error) => void;
  #pause = SHORTEST_PAUSE_MS;

  constructor(fd: number, onTrouble: (error: Error) => void) {
    this.#fd = withoutBlocking(fd);
    this.#onTrouble = onTrouble;
  }

  async ready(): Promise<ReadyTarget> {
    return { fd: this.#fd, room: Number.POSITIVE_INFINITY, opened: 0 };
  }

  wrote(): void {
    this.#pause = SHORTEST_PAUSE_MS;
  }

  failed(error: NodeJS.ErrnoException): number | undefined {
    if (error.code === 'EAGAIN' || error.code === 'EINTR') {
      this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
      return this.#pause;
    }
    this.#onTrouble(error);
    // A full disk behind a redirection may have room again; a reader that has gone will not come back.
    return error.code === 'ENOSPC' || error.code === 'EDQUOT' ? 1000 : undefined;
  }

  async close(): Promise<void> {
    // Standard output belongs to the process, not to us.
  }
}

const withoutBlocking = (fd: number): number => {
  try {
    const stats: Stats = fstatSync(fd);
    if (stats.isFIFO() || stats.isCharacterDevice()) {
      return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
    }
    // A socket cannot be opened again. Node itself makes it non-blocking as soon as its stream is made.
    if (stats.isSocket() && fd === 1) void process.stdout;
  } catch {
    // No /proc, or not ours to open: then as it is.
  }
  return fd;
};
