import type { ServerResponse } from 'node:http';
import type { TraceSummary } from '../model/summary.ts';
import type { TraceRing } from '../trace-ring.ts';
import { listTraces, type Matches } from './trace-api.ts';

/** What may wait in one reader's socket. Beyond it changes are not sent; once it is empty, the whole list is. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** One reader of the list: gets it whole, then what changes in it, as server-sent events. */
export class TraceStream {
  readonly #res: ServerResponse;
  readonly #ring: TraceRing;
  readonly #matches: Matches;
  /** Ids of what the reader has on its list. */
  readonly #shown = new Set<string>();
  #held = 0;
  #isBehind = false;
  /** Ids of what changes while the list is being made. */
  #changedMeanwhile: Set<string> | undefined;

  constructor(res: ServerResponse, ring: TraceRing, matches: Matches) {
    this.#res = res;
    this.#ring = ring;
    this.#matches = matches;
    res.on('drain', () => {
      if (!this.#isBehind) return;
      this.#isBehind = false;
      this.sendList().catch((error: Error) => res.destroy(error));
    });
  }

  /** Sends the list, and what changed while it was being made. */
  async sendList(): Promise<void> {
    const changed = new Set<string>();
    this.#changedMeanwhile = changed;
    const list = await listTraces(this.#ring, this.#matches, () => !this.#isOver);
    this.#changedMeanwhile = undefined;
    if (this.#isOver) return;
    this.#shown.clear();
    for (const { traceId } of list.traces) this.#shown.add(traceId);
    this.#held = list.held;
    this.#send('list', list);
    if (changed.size > 0) this.sendChanges(changed, this.#ring.list().length);
  }

  /** @param ids of traces that came, changed or went @param held how many there are now */
  sendChanges(ids: Iterable<string>, held: number): void {
    if (this.#changedMeanwhile !== undefined) {
      for (const id of ids) this.#changedMeanwhile.add(id);
      return;
    }
    if (this.#res.writableLength > MAX_WAITING_BYTES) this.#isBehind = true;
    if (this.#isBehind) return;
    const traces: TraceSummary[] = [];
    const gone: string[] = [];
    for (const id of ids) {
      const trace = this.#ring.get(id);
      if (trace && this.#matches(trace)) {
        traces.push(trace.summary);
        this.#shown.add(id);
      } else if (this.#shown.delete(id)) gone.push(id);
    }
    if (traces.length === 0 && gone.length === 0 && held === this.#held) return;
    this.#held = held;
    this.#send('changes', { held, traces, gone });
  }

  /** Keeps what is between us from closing a connection that seems idle, and finds out who has gone. */
  sendHeartbeat(): void {
    if (!this.#isBehind) this.#res.write(':\n\n');
  }

  end(): void {
    this.#res.end();
  }

  get #isOver(): boolean {
    return this.#res.writableEnded || this.#res.destroyed;
  }

  #send(event: 'list' | 'changes', data: unknown): void {
    this.#res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }
}
