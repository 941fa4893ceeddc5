import type { GrowingTrace } from './growing-trace.ts';

/**
 * The last traces, in the order in which they appeared: each in the slot of its `seq` modulo their number.
 * No Map holds them. One that is added to and deleted from all the time leaves old tables behind, from which the garbage
 * collector thinks that all that ever was in it is still in use: that cost more than all the rest.
 */
export class TraceSlots {
  readonly #slots: (GrowingTrace | undefined)[];
  /** The `seq` of each trace by its id, and of some that are gone. */
  #seqs = new Map<string, number>();
  #oldest = 1;
  #newest = 0;

  constructor(count: number) {
    this.#slots = Array.from({ length: count });
  }

  get nextSeq(): number {
    return this.#newest + 1;
  }

  /** The one that has to be removed before the next is added. */
  get due(): GrowingTrace | undefined {
    return this.#slots[this.nextSeq % this.#slots.length];
  }

  find(traceId: string): GrowingTrace | undefined {
    const seq = this.#seqs.get(traceId);
    return seq === undefined ? undefined : this.#at(seq);
  }

  /** @param trace with `nextSeq` */
  add(trace: GrowingTrace): void {
    this.#newest = trace.seq;
    this.#slots[trace.seq % this.#slots.length] = trace;
    if (this.#seqs.size < 2 * this.#slots.length) this.#seqs.set(trace.traceId, trace.seq);
    else this.#seqs = new Map(this.oldestFirst().map((one) => [one.traceId, one.seq]));
  }

  remove(trace: GrowingTrace): void {
    this.#slots[trace.seq % this.#slots.length] = undefined;
    while (this.#oldest < this.#newest && this.#at(this.#oldest) === undefined) this.#oldest += 1;
  }

  oldestFirst(): GrowingTrace[] {
    const traces: GrowingTrace[] = [];
    for (let seq = this.#oldest; seq <= this.#newest; seq += 1) {
      const trace = this.#at(seq);
      if (trace !== undefined) traces.push(trace);
    }
    return traces;
  }

  oldestBut(spared: GrowingTrace): GrowingTrace | undefined {
    for (let seq = this.#oldest; seq <= this.#newest; seq += 1) {
      const trace = this.#at(seq);
      if (trace !== undefined && trace !== spared) return trace;
    }
    return undefined;
  }

  /** Nothing when its slot holds another one by now. */
  #at(seq: number): GrowingTrace | undefined {
    const trace = this.#slots[seq % this.#slots.length];
    return trace?.seq === seq ? trace : undefined;
  }
}
