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

/** An object that is being read. */
export interface ObjectStream extends Readable {
  /** Bytes that came so far. */
  readonly bytesRead: number;
}

export interface PutOptions {
  contentType: string;
  signal?: AbortSignal | undefined;
}

/**
 * Where uploads and what is made of them are kept: a local folder, or anything that speaks S3.
 * Keys are lower-case words with slashes; they are made by the product and never by a caller. Anything else, `..`
 * above all, is a RangeError.
 */
export interface ObjectStorage {
  /** For spans and for the log. */
  readonly system: 'local' | 's3';

  /**
   * Stores a stream while it arrives, without holding more than 5 MiB of it in memory, in the place of what was there.
   * Nothing can be seen under `key` before all of it is stored, and nothing is left behind when `source` fails or
   * `signal` aborts. `source` is destroyed in the end, come what may. Aborting comes too late once all of `source`
   * has been read: then the object is stored.
   * @throws StorageError, or the very error that `source` failed with.
   */
  put(key: string, source: Readable, options: PutOptions): Promise<{ bytes: number }>;

  /** Stores a local file. @throws StorageError, or what reading the file failed with. */
  putFile(key: string, path: string, options: PutOptions): Promise<{ bytes: number }>;

  /**
   * Opens an object, or a range of it; a range that ends behind the last byte ends with it. The stream fails with a
   * StorageError. It may be read as slowly as one likes; destroying it lets go of everything.
   * @returns undefined when there is none under `key`.
   * @throws StorageError; RangeError when the range begins behind the last byte.
   */
  get(key: string, range?: ByteRange): Promise<ObjectStream | undefined>;

  /**
   * Copies an object into a local file, of which nothing is left when that fails.
   * @throws StorageError: `missing` when there is none under `key`, `full` when the file has no room.
   */
  getFile(key: string, path: string, options?: { signal?: AbortSignal | undefined }): Promise<{ bytes: number }>;

  /** @returns undefined when there is none under `key`. @throws StorageError */
  stat(key: string): Promise<StoredObject | undefined>;

  /** All objects whose key begins with `prefix`, sorted by key, read as they are asked for. @throws StorageError */
  list(prefix: string): AsyncIterable<StoredObject>;

  /** Deletes objects; those that are not there are fine. @throws StorageError */
  delete(keys: readonly string[]): Promise<void>;

  /**
   * Deletes what puts that never ended, of processes that were killed, have left behind since before `before`.
   * @param prefix of the keys that they were meant for, where a bucket is shared with others.
   * @throws StorageError
   */
  removeUnfinished(before: Date, prefix?: string): Promise<void>;

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
