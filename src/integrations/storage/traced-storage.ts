import type { Readable } from 'node:stream';
import { type Attributes, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { DomainSpan } from '../../telemetry/schema.ts';
import { spanEnabled } from '../../telemetry/span-filter.ts';
import { markFailed, recordFailure, tracer } from '../../telemetry/spans.ts';
import {
  type ByteRange,
  type ObjectStorage,
  type ObjectStream,
  type PutOptions,
  StorageError,
  type StoredObject,
} from './storage.ts';

/** What the caller gave up is no failure of the storage. */
const noteFailure = (span: Span, error: unknown): void => {
  if (!(error instanceof StorageError)) recordFailure(span, error);
  else if (error.reason !== 'aborted') markFailed(span, error, error.reason);
};

/**
 * A storage that makes a span of each operation: CLIENT where the storage is a server. As with the cache there is none
 * where nothing runs that it could belong to. The span of `get` lasts until its stream closes, for whatever reason.
 */
export class TracedStorage implements ObjectStorage {
  readonly #inner: ObjectStorage;
  readonly #attributes: Attributes;

  /** @param attributes of every span, such as the server's address */
  constructor(inner: ObjectStorage, attributes: Attributes = {}) {
    this.#inner = inner;
    this.#attributes = { 'storage.system': inner.system, ...attributes };
  }

  get system(): ObjectStorage['system'] {
    return this.#inner.system;
  }

  put(key: string, source: Readable, options: PutOptions): Promise<{ bytes: number }> {
    return this.#copying('storage.put', key, () => this.#inner.put(key, source, options));
  }

  putFile(key: string, path: string, options: PutOptions): Promise<{ bytes: number }> {
    return this.#copying('storage.put', key, () => this.#inner.putFile(key, path, options));
  }

  async get(key: string, range?: ByteRange): Promise<ObjectStream | undefined> {
    const span = this.#start('storage.get', { 'storage.key': key });
    if (span === undefined) return this.#inner.get(key, range);
    try {
      const stream = await this.#inner.get(key, range);
      if (stream === undefined) span.end();
      else endWith(span, stream);
      return stream;
    } catch (error) {
      noteFailure(span, error);
      span.end();
      throw error;
    }
  }

  getFile(key: string, path: string, options?: { signal?: AbortSignal | undefined }): Promise<{ bytes: number }> {
    return this.#copying('storage.get', key, () => this.#inner.getFile(key, path, options));
  }

  stat(key: string): Promise<StoredObject | undefined> {
    return this.#spanned('storage.stat', { 'storage.key': key }, async (span) => {
      const found = await this.#inner.stat(key);
      if (found) span?.setAttribute('storage.bytes', found.bytes);
      return found;
    });
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    const span = this.#start('storage.list', { 'storage.key': prefix });
    let count = 0;
    try {
      for await (const found of this.#inner.list(prefix)) {
        count += 1;
        yield found;
      }
    } catch (error) {
      if (span) noteFailure(span, error);
      throw error;
    } finally {
      span?.setAttribute('result.count', count).end();
    }
  }

  delete(keys: readonly string[]): Promise<void> {
    const [only, ...others] = keys;
    const one = only !== undefined && others.length === 0 && { 'storage.key': only };
    const attributes = { 'result.count': keys.length, ...one };
    return this.#spanned('storage.delete', attributes, () => this.#inner.delete(keys));
  }

  removeUnfinished(before: Date, prefix?: string): Promise<void> {
    return this.#inner.removeUnfinished(before, prefix);
  }

  ping(): Promise<void> {
    return this.#inner.ping();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #start(name: DomainSpan, attributes: Attributes): Span | undefined {
    if (trace.getActiveSpan() === undefined || !spanEnabled('domain')) return undefined;
    const kind = this.system === 's3' ? SpanKind.CLIENT : SpanKind.INTERNAL;
    return tracer.startSpan(name, { kind, attributes: { ...this.#attributes, ...attributes } });
  }

  async #spanned<T>(name: DomainSpan, attributes: Attributes, fn: (span: Span | undefined) => Promise<T>): Promise<T> {
    const span = this.#start(name, attributes);
    try {
      return await fn(span);
    } catch (error) {
      if (span) noteFailure(span, error);
      throw error;
    } finally {
      span?.end();
    }
  }

  #copying(name: DomainSpan, key: string, copy: () => Promise<{ bytes: number }>): Promise<{ bytes: number }> {
    return this.#spanned(name, { 'storage.key': key }, async (span) => {
      const copied = await copy();
      span?.setAttribute('storage.bytes', copied.bytes);
      return copied;
    });
  }
}

/**
 * Ends `span` when `stream` closes: read to its end, given up by its reader, or failed. Only the storage's own errors
 * are failures: a reader who stops destroys the stream with all sorts of errors.
 */
const endWith = (span: Span, stream: ObjectStream): void => {
  stream.once('error', (error) => {
    if (error instanceof StorageError) noteFailure(span, error);
  });
  stream.once('close', () => span.setAttribute('storage.bytes', stream.bytesRead).end());
};
