import type { ServerResponse } from 'node:http';
import type { TraceRing } from '../trace-ring.ts';
import { PROTECTION } from './answer.ts';
import type { Matches } from './trace-api.ts';
import { TraceStream } from './trace-stream.ts';

/** Of the port's 100 connections, so that there is always one for /metrics. */
const MAX_STREAMS = 32;
const HEARTBEAT_MS = 15_000;
/** Changes that come within so long of each other go out as one event. */
const COALESCE_MS = 150;

/** All readers of the list. While there is none, the ring is not watched and no timer runs. */
export class TraceStreams {
  readonly #ring: TraceRing;
  readonly #streams = new Set<TraceStream>();
  readonly #changed = new Set<string>();
  #unwatch: (() => void) | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #flush: NodeJS.Timeout | undefined;

  constructor(ring: TraceRing) {
    this.#ring = ring;
  }

  get isFull(): boolean {
    return this.#streams.size >= MAX_STREAMS;
  }

  /** Answers with the list, and stays. @returns when the list is sent, or the reader has gone */
  async open(res: ServerResponse, matches: Matches): Promise<void> {
    res.writeHead(200, { ...PROTECTION, 'Content-Type': 'text/event-stream; charset=utf-8' });
    // How long a browser waits before it comes again after a restart.
    res.write('retry: 1000\n\n');
    const stream = new TraceStream(res, this.#ring, matches);
    this.#streams.add(stream);
    this.#start();
    res.once('close', () => {
      this.#streams.delete(stream);
      if (this.#streams.size === 0) this.#stop();
    });
    await stream.sendList();
  }

  /** Ends all of them. */
  close(): void {
    for (const stream of this.#streams) stream.end();
    this.#streams.clear();
    this.#stop();
  }

  #start(): void {
    this.#unwatch ??= this.#ring.watch(({ changed, gone }) => {
      if (changed !== undefined) this.#changed.add(changed);
      if (gone !== undefined) this.#changed.add(gone);
      this.#flush ??= setTimeout(() => this.#sendChanges(), COALESCE_MS).unref();
    });
    this.#heartbeat ??= setInterval(() => {
      for (const stream of this.#streams) stream.sendHeartbeat();
    }, HEARTBEAT_MS).unref();
  }

  #stop(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    clearTimeout(this.#flush);
    this.#flush = undefined;
    this.#changed.clear();
  }

  #sendChanges(): void {
    this.#flush = undefined;
    const ids = [...this.#changed];
    this.#changed.clear();
    const held = this.#ring.list().length;
    for (const stream of this.#streams) stream.sendChanges(ids, held);
  }
}
