import { randomUUID } from 'node:crypto';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Redis } from 'ioredis';
import { log } from '../telemetry/log.ts';
import { onceAMinute } from '../telemetry/once-a-minute.ts';
import type { Bus, BusTopic } from './bus.ts';
import { Listeners } from './memory-bus.ts';
import { closeRedis, createRedis, isReachable } from './redis.ts';

const PREFIX = 'sc:bus:';
const PING_EVERY_MS = 10_000;

/** A bus over Redis, on two connections of its own: one that listens can do nothing else. */
export const createRedisBus = (url: string): Bus => new RedisBus(url);

class RedisBus implements Bus {
  /** Precedes every message, so that an instance knows its own, which it has delivered already. */
  readonly #id = randomUUID();
  readonly #listeners = new Listeners();
  readonly #reconnected: (() => void)[] = [];
  readonly #publisher: Redis;
  readonly #subscriber: Redis;
  readonly #heartbeat: NodeJS.Timeout;
  #missed = false;
  readonly #tell = onceAMinute((topic: BusTopic, error: unknown) =>
    log.warn('a message reached this process only', { topic, error }),
  );

  constructor(url: string) {
    this.#publisher = createRedis(url);
    this.#subscriber = createRedis(url, { autoResubscribe: false, commandTimeout: 2000 });
    this.#subscriber.on('message', (channel: string, message: string) => this.#received(channel, message));
    this.#subscriber.on('close', () => {
      this.#missed = true;
    });
    this.#subscriber.on('ready', () => void this.#listen());
    // A listener only waits: without a question now and then it would never learn that the other end is gone.
    this.#heartbeat = setInterval(() => void this.#ask(), PING_EVERY_MS).unref();
  }

  async publish(topic: BusTopic, message: string): Promise<void> {
    this.#listeners.deliver(topic, message);
    try {
      if (!isReachable(this.#publisher)) throw new Error('redis is away');
      // Plumbing, and no part of what the request did.
      await context.with(suppressTracing(context.active()), () =>
        this.#publisher.publish(PREFIX + topic, `${this.#id} ${message}`),
      );
    } catch (error) {
      this.#tell(topic, error);
    }
  }

  subscribe(topic: BusTopic, listener: (message: string) => void): void {
    this.#listeners.add(topic, listener);
    if (isReachable(this.#subscriber)) void this.#listen();
  }

  onReconnect(listener: () => void): void {
    this.#reconnected.push(listener);
  }

  async close(): Promise<void> {
    clearInterval(this.#heartbeat);
    this.#listeners.clear();
    await Promise.all([closeRedis(this.#publisher), closeRedis(this.#subscriber)]);
  }

  async #listen(): Promise<void> {
    const channels = this.#listeners.topics().map((topic) => PREFIX + topic);
    try {
      if (channels.length > 0) await context.with(ROOT_CONTEXT, () => this.#subscriber.subscribe(...channels));
    } catch {
      this.#subscriber.disconnect(true);
      return;
    }
    if (!this.#missed) return;
    this.#missed = false;
    for (const listener of this.#reconnected) {
      try {
        listener();
      } catch (error) {
        log.error('a bus listener failed', { error });
      }
    }
  }

  async #ask(): Promise<void> {
    if (!isReachable(this.#subscriber)) return;
    await this.#subscriber.ping().catch(() => {
      if (isReachable(this.#subscriber)) this.#subscriber.disconnect(true);
    });
  }

  #received(channel: string, message: string): void {
    const space = message.indexOf(' ');
    if (!channel.startsWith(PREFIX) || space < 0 || message.slice(0, space) === this.#id) return;
    this.#listeners.deliver(channel.slice(PREFIX.length) as BusTopic, message.slice(space + 1));
  }
}
