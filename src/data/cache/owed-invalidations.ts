import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Redis } from 'ioredis';
import { isReachable } from '../redis.ts';

const MAX_OWED = 100_000;
const RETRY_MS = 1000;

/**
 * Invalidations that did not reach Redis. Until they do, their groups count as empty in this process; they are made
 * up for as soon as the server answers again, so that what it kept from before is not taken for new.
 */
export class OwedInvalidations {
  readonly #keys = new Set<string>();
  readonly #redis: Redis;
  readonly #invalidate: (key: string) => Promise<unknown>;
  #timer: NodeJS.Timeout | undefined;
  #settling = false;
  #stopped = false;

  constructor(redis: Redis, invalidate: (key: string) => Promise<unknown>) {
    this.#redis = redis;
    this.#invalidate = invalidate;
    redis.on('ready', () => void this.#settle());
  }

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string): void {
    // Bounded, as everything is that grows while a server is away: the oldest have expired first, if any have.
    const [oldest] = this.#keys;
    if (this.#keys.size >= MAX_OWED && oldest !== undefined) this.#keys.delete(oldest);
    this.#keys.add(key);
    this.#later();
  }

  settled(key: string): void {
    this.#keys.delete(key);
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #later(): void {
    if (this.#stopped || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#settle();
    }, RETRY_MS).unref();
  }

  async #settle(): Promise<void> {
    if (this.#settling || this.#stopped || this.#keys.size === 0) return;
    this.#settling = true;
    try {
      for (const key of this.#keys) {
        if (this.#stopped || !isReachable(this.#redis)) break;
        await context.with(ROOT_CONTEXT, () => this.#invalidate(key));
        this.#keys.delete(key);
      }
    } catch {
      // It is away again; the rest stays owed.
    } finally {
      this.#settling = false;
      if (this.#keys.size > 0) this.#later();
    }
  }
}
