import { log } from '../telemetry/log.ts';

/** How to let go of what was opened: the last first, and one that fails keeps none of the others from closing. */
export class Closers {
  #closers: (() => Promise<void> | void)[] = [];

  add(...closers: (() => Promise<void> | void)[]): void {
    this.#closers.push(...closers);
  }

  /** Closes everything, once. */
  async close(): Promise<void> {
    for (const closer of this.#closers.splice(0).reverse()) {
      try {
        await closer();
      } catch (error) {
        log.warn('stopping failed', { error });
      }
    }
  }
}
