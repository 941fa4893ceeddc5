import { log } from '../telemetry/log.ts';
import type { Bus, BusTopic } from './bus.ts';

/** A bus for a single process: every listener is called before `publish` answers. */
export const createMemoryBus = (): Bus => {
  const listeners = new Listeners();
  return {
    publish: async (topic, message) => listeners.deliver(topic, message),
    subscribe: (topic, listener) => listeners.add(topic, listener),
    // Nothing to lose, nothing to find again.
    onReconnect: () => {},
    close: async () => listeners.clear(),
  };
};

/** Who listens to what inside this process. A listener that throws disturbs no other. */
export class Listeners {
  readonly #byTopic = new Map<BusTopic, ((message: string) => void)[]>();

  add(topic: BusTopic, listener: (message: string) => void): void {
    this.#byTopic.set(topic, [...(this.#byTopic.get(topic) ?? []), listener]);
  }

  topics(): BusTopic[] {
    return [...this.#byTopic.keys()];
  }

  deliver(topic: BusTopic, message: string): void {
    for (const listener of this.#byTopic.get(topic) ?? []) {
      try {
        listener(message);
      } catch (error) {
        log.error('a bus listener failed', { topic, error });
      }
    }
  }

  clear(): void {
    this.#byTopic.clear();
  }
}
