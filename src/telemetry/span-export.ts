import { AsyncLocalStorage } from 'node:async_hooks';
import { context } from '@opentelemetry/api';
import { ExportResultCode, suppressTracing } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace';
import { log } from './log.ts';
import {
  recordExport,
  recordSpansDropped,
  recordSpansExported,
  setExporterUp,
  watchExportQueue,
} from './metrics/self.ts';
import { onceAMinute } from './once-a-minute.ts';
import type { RecordedSpan } from './tracing/recorded-span.ts';
import type { SpanSink } from './tracing/trace-keeper.ts';

export interface SpanExportOptions {
  queueSize: number;
  batchSize: number;
  /** Milliseconds that spans are collected before they are sent. */
  delay: number;
  /** Milliseconds that one try of a batch may take. */
  timeout: number;
}

interface ExportFailure {
  /** A word of a closed set, for the metric. */
  reason: string;
  detail: string;
  /** Whether it may be taken later: the receiver is away, slow, busy or broken, and did not say that the batch is bad. */
  isPassing: boolean;
}

/** What the OTLP exporter says of 429, 502, 503 and 504, whose number it keeps to itself. */
const RETRYABLE = 'Export failed with retryable status';

/** The exporter's errors carry the HTTP status in `code`, or Node's word for a connection that failed. */
const describe = (error: unknown): ExportFailure => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: string };
  const unnamed = message === RETRYABLE ? 'busy' : 'failed';
  const reason = typeof code === 'number' ? `http_${code}` : typeof code === 'string' ? code.toLowerCase() : unnamed;
  const isPassing = typeof code !== 'number' || code === 408 || code === 429 || code >= 500;
  return { reason, detail: message ?? reason, isPassing };
};

/** The end of a process waits no longer than this for a receiver: whoever stops containers kills them after 10 s. */
const SHUTDOWN_MS = 5000;
/** And for one that took nothing the last time. */
const AWAY_SHUTDOWN_MS = 2000;

/** A batch that did not arrive is tried again for so long. */
const GIVE_UP_MS = 120_000;

/** The longest pause before it is. */
const MAX_PAUSE_MS = 10_000;

/**
 * Sends ended spans in batches, one at a time, from a queue that is bounded. Like the SDK's BatchSpanProcessor, except
 * that a batch which the receiver could not take is tried again while there is room for what comes meanwhile, and that
 * nothing is lost in silence: what is dropped is counted by reason and told once a minute.
 */
export class SpanExport implements SpanSink {
  readonly #exporter: SpanExporter;
  readonly #options: SpanExportOptions;
  /** Leaves the request whose span happened to set off an export: what is done and said then is not part of it. */
  readonly #outside = AsyncLocalStorage.snapshot();
  #queue: RecordedSpan[] = [];
  /** The batch that is under way or has to be tried again, and since when. */
  #unsent: { batch: RecordedSpan[]; since: number; tries: number } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #stopped = false;
  #healthy = true;
  #droppedSinceWarning = 0;

  constructor(exporter: SpanExporter, options: SpanExportOptions) {
    this.#exporter = exporter;
    this.#options = options;
    setExporterUp(true);
    watchExportQueue(() => this.#length);
  }

  /** Whether the last batch arrived. */
  get healthy(): boolean {
    return this.#healthy;
  }

  get #length(): number {
    return this.#queue.length + (this.#unsent?.batch.length ?? 0);
  }

  take(span: RecordedSpan): boolean {
    if (this.#stopped) this.#drop(1, 'shut_down');
    else if (this.#length >= this.#options.queueSize) this.#drop(1, 'queue_full');
    else {
      this.#queue.push(span);
      if (this.#queue.length === this.#options.batchSize && !this.#unsent) this.#sendSoon();
      else this.#schedule();
      return true;
    }
    return false;
  }

  #schedule(): void {
    const pause = this.#options.delay * 2 ** (this.#unsent?.tries ?? 0);
    this.#timer ??= this.#outside(() => setTimeout(() => void this.#send(), Math.min(pause, MAX_PAUSE_MS)).unref());
  }

  /** Not while the request whose span it was waits: a batch takes a millisecond to encode. */
  #sendSoon(): void {
    this.#outside(() => setImmediate(() => void this.#send()));
  }

  /** Sends what is left, for 5 s at most, or 2 s to a receiver that took nothing the last time, and drops the rest. */
  async shutdown(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    let expired = false;
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([
      (async () => {
        while ((this.#length > 0 || this.#sending) && !expired) await this.#send();
        // It waits for what we have given up on already, for as long as one request may take.
        await this.#exporter.shutdown();
      })(),
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, Math.min(this.#options.timeout, this.#healthy ? SHUTDOWN_MS : AWAY_SHUTDOWN_MS));
      }),
    ]);
    clearTimeout(timer);
    expired = true;
    if (this.#length > 0) this.#drop(this.#length, 'shut_down');
    this.#queue = [];
    this.#unsent = undefined;
  }

  /** One batch at a time: whoever comes while one is on its way waits for it, and the next follows by itself. */
  async #send(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= this.#outside(() => this.#sendBatch()).finally(() => {
      this.#sending = undefined;
      if (this.#queue.length >= this.#options.batchSize && !this.#unsent) void this.#send();
      else if (this.#length > 0) this.#schedule();
    });
    return this.#sending;
  }

  async #sendBatch(): Promise<void> {
    this.#unsent ??= {
      batch: this.#queue.splice(0, this.#options.batchSize),
      since: performance.now(),
      tries: 0,
    };
    const unsent = this.#unsent;
    const { batch, since } = unsent;
    if (batch.length === 0) {
      this.#unsent = undefined;
      return;
    }
    const began = performance.now();
    const failure = await this.#export(batch);
    recordExport((performance.now() - began) / 1000, failure?.reason);
    this.#healthy = failure === undefined;
    const goesOn = failure?.isPassing === true && !this.#stopped && performance.now() - since < GIVE_UP_MS;
    // Stopped meanwhile: it is counted as lost already.
    if (this.#unsent === undefined) return;
    if (goesOn) {
      unsent.tries += 1;
      this.#tellOfTrouble(failure);
      return;
    }
    this.#unsent = undefined;
    if (failure === undefined) {
      for (const { trace } of batch) trace.arrived = true;
      recordSpansExported(batch.length);
    } else {
      for (const { trace } of batch) trace.lost += 1;
      this.#drop(batch.length, 'export_failed', failure.detail);
    }
  }

  readonly #tellOfTrouble = onceAMinute(({ reason, detail }: ExportFailure) =>
    log.warn('spans cannot be sent, trying again', { reason, detail, waiting: this.#length }),
  );

  /** @returns why this try failed, or undefined when the batch arrived. */
  #export(batch: RecordedSpan[]): Promise<ExportFailure | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => resolve({ reason: 'timeout', detail: 'no answer in time', isPassing: true }),
        this.#options.timeout,
      );
      timer.unref();
      // The exporter's own HTTP requests must not be traced.
      context.with(suppressTracing(context.active()), () => {
        try {
          this.#exporter.export(batch as ReadableSpan[], (result) => {
            clearTimeout(timer);
            resolve(result.code === ExportResultCode.SUCCESS ? undefined : describe(result.error));
          });
        } catch (error) {
          clearTimeout(timer);
          // It could not even be encoded.
          resolve({ ...describe(error), isPassing: false });
        }
      });
    });
  }

  #drop(count: number, reason: 'queue_full' | 'export_failed' | 'shut_down', detail?: string): void {
    recordSpansDropped(reason, count);
    this.#droppedSinceWarning += count;
    this.#tellOfLoss(reason, detail);
  }

  readonly #tellOfLoss = onceAMinute((reason: string, detail: string | undefined) => {
    const spans = this.#droppedSinceWarning;
    this.#outside(() => log.warn('spans were lost', { spans, reason, ...(detail === undefined ? {} : { detail }) }));
    this.#droppedSinceWarning = 0;
  });
}
