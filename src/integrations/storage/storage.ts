import type { Readable } from 'node:stream';

/** What is known of one stored object. */
export interface StoredObject {
  key: string;
  bytes: number;
  modifiedAt: Date;
}

/** Bytes to read, both ends included, as in an HTTP Range. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Where uploads and what is made of them are kept: a local folder, or anything that speaks S3.
 * Keys are lower-case words with slashes; they are made by the product and never by a caller.
 */
export interface ObjectStorage {
  /** For spans and for the log. */
  readonly system: 'local' | 's3';

  /**
   * Stores a stream while it arrives, without holding more than a part of it in memory. Nothing can be seen under `key`
   * before all of it is stored, and nothing is left behind when `source` fails or `signal` aborts.
   * @throws StorageError
   */
  put(
    key: string,
    source: Readable,
    options: { contentType: string; signal?: AbortSignal | undefined },
  ): Promise<{ bytes: number }>;

  /** Stores a local file. @throws StorageError */
  putFile(key: string, path: string, options: { contentType: string; signal?: AbortSignal | undefined }): Promise<void>;

  /**
   * Opens an object, or a range of it. Destroying the stream lets go of everything.
   * @returns undefined when there is none under `key`.
   * @throws StorageError
   */
  get(key: string, range?: ByteRange): Promise<Readable | undefined>;

  /** Copies an object into a local file. @throws StorageError, reason `missing` too. */
  getFile(key: string, path: string, options?: { signal?: AbortSignal | undefined }): Promise<void>;

  /** @returns undefined when there is none under `key`. @throws StorageError */
  stat(key: string): Promise<StoredObject | undefined>;

  /** All objects whose key begins with `prefix`. @throws StorageError */
  list(prefix: string): AsyncIterable<StoredObject>;

  /** Deletes objects; those that are not there are fine. @throws StorageError */
  delete(keys: readonly string[]): Promise<void>;

  /** Deletes what uploads that never ended have left behind since before `before`. */
  removeUnfinished(before: Date): Promise<void>;

  /** Resolves when it can be used. @throws StorageError */
  ping(): Promise<void>;

  close(): Promise<void>;
}

/** `aborted` is the caller's own doing; `missing` will not get better; the others may, later. */
export type StorageFailure = 'aborted' | 'missing' | 'full' | 'unavailable';

export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly reason: StorageFailure;

  constructor(reason: StorageFailure, message: string, cause?: unknown) {
    super(message, { cause });
    this.reason = reason;
  }
}
