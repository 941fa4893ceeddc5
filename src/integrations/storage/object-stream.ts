import { finished, Readable } from 'node:stream';
import type { ObjectStream } from './storage.ts';

interface ObjectStreamOptions {
  /** What a failure is in the storage's terms. */
  toFailure: (error: unknown) => Error;
  /** Milliseconds without a byte, while one is wanted, after which it fails. None: forever. */
  idleTimeout?: number | undefined;
}

/**
 * What a reader of an object gets: the bytes of `body`. The time counts only while the reader waits, so that a paused
 * player may hold it for hours. Destroying it destroys `body` at once.
 */
export class BodyStream extends Readable implements ObjectStream {
  bytesRead = 0;
  readonly #body: Readable;
  readonly #options: ObjectStreamOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(body: Readable, options: ObjectStreamOptions) {
    super();
    this.#body = body;
    this.#options = options;
    body.on('data', (chunk: Buffer) => this.#take(chunk));
    body.pause();
    finished(body, { writable: false }, (error) => {
      this.#stopWaiting();
      if (this.destroyed) return;
      if (error) this.destroy(options.toFailure(error));
      else this.push(null);
    });
  }

  override _read(): void {
    const { idleTimeout, toFailure } = this.#options;
    if (idleTimeout !== undefined && !this.#body.readableEnded) {
      const giveUp = (): void => void this.destroy(toFailure(new Error(`no byte in ${idleTimeout} ms`)));
      this.#timer ??= setTimeout(giveUp, idleTimeout);
    }
    this.#body.resume();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopWaiting();
    this.#body.destroy();
    done(error);
  }

  #take(chunk: Buffer): void {
    if (this.destroyed) return;
    this.bytesRead += chunk.length;
    if (this.push(chunk)) this.#timer?.refresh();
    else {
      this.#stopWaiting();
      this.#body.pause();
    }
  }

  #stopWaiting(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
