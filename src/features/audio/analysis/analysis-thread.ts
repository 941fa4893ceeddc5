import { getCompileCacheDir } from 'node:module';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Measured } from './features.ts';
import type { Form, FromThread, ToThread } from './thread.ts';

/** Buffers of one file, and frames in each: a third of a second, 0.4 MB of stereo at most. */
const BUFFERS = 3;
const FRAMES = 16_384;

/** It uses a tenth of this. What would blow up ends with the thread, not with the process. */
const RESOURCE_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 2 };

/**
 * Analyses one stream of samples in a thread of its own, so that nobody who waits for this process notices. Samples go over
 * in a few buffers that are handed back and forth: whoever writes waits until one is free.
 *
 * It has to be closed.
 */
export class AnalysisThread {
  readonly #worker: Worker;
  readonly #bufferBytes: number;
  readonly #frameBytes: number;
  readonly #free: ArrayBuffer[];
  #filling: Uint8Array | undefined;
  #filled = 0;
  readonly #ended = Promise.withResolvers<Measured>();
  #failed: { reason: unknown } | undefined;
  /** Of whoever waits for a buffer. */
  #wake: (() => void) | undefined;

  constructor(form: Form) {
    this.#frameBytes = form.channels * Float32Array.BYTES_PER_ELEMENT;
    this.#bufferBytes = FRAMES * this.#frameBytes;
    this.#free = Array.from({ length: BUFFERS }, () => new ArrayBuffer(this.#bufferBytes));
    // Nothing of this process's preloads, telemetry among them, and none of its secrets.
    this.#worker = new Worker(new URL('./thread.ts', import.meta.url), {
      name: 'audio-analysis',
      workerData: form,
      execArgv: [],
      env: codeCache(),
      resourceLimits: RESOURCE_LIMITS,
    });
    this.#worker.on('message', (message: FromThread) => this.#onMessage(message));
    this.#worker.on('error', (error) => this.fail(new Error('the analysis has crashed', { cause: error })));
    this.#worker.on('messageerror', (error) => this.fail(error));
    this.#worker.on('exit', (code) => this.fail(new Error(`the analysis ended too early, with ${code}`)));
    // Whoever writes is told first; by then nobody may wait for the end yet.
    this.#ended.promise.catch(() => {});
  }

  /**
   * Takes bytes of 32-bit floats, cut anywhere. They are copied.
   * @returns when more may come.
   * @throws why the thread ended, if it did.
   */
  async write(bytes: Uint8Array): Promise<void> {
    let at = 0;
    while (at < bytes.length) {
      this.#filling ??= await this.#nextBuffer();
      const part = bytes.subarray(at, at + this.#filling.length - this.#filled);
      this.#filling.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#filling.length) this.#send();
    }
  }

  /** What was found in all that was written. An incomplete frame at the end is left out. @throws as `write` */
  async finish(): Promise<Measured> {
    this.#send();
    if (!this.#failed) this.#worker.postMessage('end' satisfies ToThread);
    return this.#ended.promise;
  }

  /** Whoever waits is told `reason`; the first one counts. */
  fail(reason: unknown): void {
    this.#failed ??= { reason };
    this.#ended.reject(reason);
    this.#wake?.();
  }

  /** Ends the thread, whatever it does. */
  async close(): Promise<void> {
    this.fail(new Error('the analysis was closed'));
    await this.#worker.terminate();
  }

  #onMessage(message: FromThread): void {
    if ('measured' in message) this.#ended.resolve(message.measured);
    else this.#free.push(message.free);
    this.#wake?.();
  }

  async #nextBuffer(): Promise<Uint8Array> {
    for (;;) {
      if (this.#failed) throw this.#failed.reason;
      const buffer = this.#free.pop();
      if (buffer) return new Uint8Array(buffer);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
  }

  #send(): void {
    const buffer = this.#filling?.buffer;
    const bytes = this.#filled - (this.#filled % this.#frameBytes);
    this.#filling = undefined;
    this.#filled = 0;
    if (!(buffer instanceof ArrayBuffer) || bytes === 0 || this.#failed) return;
    this.#worker.postMessage({ samples: buffer, bytes } satisfies ToThread, [buffer]);
  }
}

/** The code cache of this process, where it keeps one: it halves the 110 ms of CPU that a start costs. Node adds its version. */
const codeCache = (): Record<string, string> => {
  const folder = getCompileCacheDir();
  return folder === undefined ? {} : { NODE_COMPILE_CACHE: dirname(folder) };
};
