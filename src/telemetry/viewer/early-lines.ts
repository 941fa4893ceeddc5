import type { WrittenLine } from './from-log-line.ts';
import type { LogLine } from './model/trace.ts';

/** A line of this process, or one that came in. */
export type AnyLine = WrittenLine | LogLine;

export interface EarlyLimits {
  traces: number;
  /** Of one trace. */
  lines: number;
  /** Of all of them, estimated. */
  bytes: number;
  /** Milliseconds from the first line of a trace on. */
  age: number;
}

interface Waiting {
  lines: { line: AnyLine; size: number }[];
  since: number;
  bytes: number;
  dropped: number;
}

/** Milliseconds between two looks for what is too old. */
const SWEEP = 1000;

/** Share of a limit that is left once it was reached: so much room is made at once that it is seldom looked for. */
const LEFT = 7 / 8;

/**
 * Log lines whose trace has no span yet: spans are seen when they end, lines when they are written. Most of those of a
 * low sampling rate never get one, so that they wait apart, where they push out nothing but each other.
 */
export class EarlyLines {
  readonly #limits: EarlyLimits;
  /** In the order of their first lines. */
  readonly #waiting = new Map<string, Waiting>();
  #bytes = 0;
  #sweptAt = 0;

  constructor(limits: EarlyLimits) {
    this.#limits = limits;
  }

  add(traceId: string, line: AnyLine, size: number): void {
    const now = performance.now();
    let waiting = this.#waiting.get(traceId);
    if (waiting === undefined) {
      waiting = { lines: [], since: now, bytes: 0, dropped: 0 };
      this.#waiting.set(traceId, waiting);
    }
    if (waiting.lines.length >= this.#limits.lines) waiting.dropped += 1;
    else {
      waiting.lines.push({ line, size });
      waiting.bytes += size;
      this.#bytes += size;
    }
    const isFull = this.#waiting.size > this.#limits.traces || this.#bytes > this.#limits.bytes;
    if (isFull || now - this.#sweptAt > SWEEP) this.#sweep(now, isFull ? LEFT : 1);
  }

  /** What waited for the first span of a trace, which is now there. */
  take(traceId: string): Waiting | undefined {
    const waiting = this.#waiting.get(traceId);
    if (waiting !== undefined) this.#forget(traceId, waiting);
    return waiting;
  }

  clear(): void {
    this.#waiting.clear();
    this.#bytes = 0;
  }

  /** Forgets what is too old, and more of the oldest until no more than `share` of the limits is used. */
  #sweep(now: number, share: number): void {
    this.#sweptAt = now;
    const { traces, bytes, age } = this.#limits;
    for (const [traceId, waiting] of this.#waiting) {
      const fits = this.#waiting.size <= traces * share && this.#bytes <= bytes * share;
      if (fits && now - waiting.since <= age) return;
      this.#forget(traceId, waiting);
    }
  }

  #forget(traceId: string, waiting: Waiting): void {
    this.#waiting.delete(traceId);
    this.#bytes -= waiting.bytes;
  }
}
