import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from '@aws-sdk/client-s3';
import { assertKey, assertPrefix } from './keys.ts';
import { copyToFile } from './local-copy.ts';
import { BodyStream } from './object-stream.ts';
import { S3Connection, type S3Options } from './s3-connection.ts';
import { isNoSuchObject, isNoSuchUpload, isRangeOutside, s3Failure } from './s3-failure.ts';
import { upload } from './s3-upload.ts';
import { storeChunks } from './source-chunks.ts';
import type { ByteRange, ObjectStorage, ObjectStream, PutOptions, StorageError, StoredObject } from './storage.ts';

/** Deletes that run at once. One by one, since not every server takes many keys in one request. */
const DELETES = 8;

/** Objects in a bucket of anything that speaks S3. */
export class S3Storage implements ObjectStorage {
  readonly system = 's3';
  readonly #connection: S3Connection;

  constructor(options: S3Options) {
    this.#connection = new S3Connection(options);
  }

  async put(key: string, source: Readable, { contentType, signal }: PutOptions): Promise<{ bytes: number }> {
    const bytes = await storeChunks(
      key,
      source,
      signal,
      (chunks) => upload(this.#connection, { key, contentType }, chunks, signal),
      this.#toFailure,
    );
    return { bytes };
  }

  putFile(key: string, path: string, options: PutOptions): Promise<{ bytes: number }> {
    return this.put(key, createReadStream(path), options);
  }

  async get(key: string, range?: ByteRange): Promise<ObjectStream | undefined> {
    assertKey(key);
    if (range && range.start > range.end) throw new RangeError(`bytes ${range.start}-${range.end} of an object`);
    try {
      const { Body } = await this.#connection.open((client, options) =>
        client.send(
          new GetObjectCommand({
            ...this.#object(key),
            ...(range && { Range: `bytes=${range.start}-${range.end}` }),
          }),
          options,
        ),
      );
      if (!(Body instanceof Readable)) throw new Error('an answer without a body');
      return new BodyStream(Body, { toFailure: this.#toFailure, idleTimeout: this.#connection.timeouts.idle });
    } catch (error) {
      if (isNoSuchObject(error)) return undefined;
      if (range && isRangeOutside(error)) throw new RangeError(`bytes ${range.start}-${range.end} of a shorter object`);
      throw this.#toFailure(error);
    }
  }

  getFile(key: string, path: string, options: { signal?: AbortSignal | undefined } = {}): Promise<{ bytes: number }> {
    return copyToFile(this, key, path, options.signal);
  }

  async stat(key: string): Promise<StoredObject | undefined> {
    assertKey(key);
    try {
      const found = await this.#connection.send((client, options) =>
        client.send(new HeadObjectCommand(this.#object(key)), options),
      );
      return { key, bytes: found.ContentLength ?? 0, modifiedAt: found.LastModified ?? new Date(0) };
    } catch (error) {
      if (!isNoSuchObject(error)) throw this.#toFailure(error);
      // The answer to HEAD has no body that could say whether the object is missing, or the whole bucket.
      await this.ping();
      return undefined;
    }
  }

  async *list(prefix: string): AsyncGenerator<StoredObject> {
    assertPrefix(prefix);
    const { bucket: Bucket, pageSize } = this.#connection;
    try {
      let page: string | undefined;
      do {
        const found = await this.#connection.send((client, options) =>
          client.send(
            new ListObjectsV2Command({ Bucket, Prefix: prefix, MaxKeys: pageSize, ContinuationToken: page }),
            options,
          ),
        );
        for (const { Key, Size, LastModified } of found.Contents ?? []) {
          if (Key !== undefined) yield { key: Key, bytes: Size ?? 0, modifiedAt: LastModified ?? new Date(0) };
        }
        page = found.NextContinuationToken;
      } while (page !== undefined);
    } catch (error) {
      throw this.#toFailure(error);
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    for (const key of keys) assertKey(key);
    const waiting = [...keys];
    const work = async (): Promise<void> => {
      for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
        const command = new DeleteObjectCommand(this.#object(key));
        await this.#connection
          .send((client, options) => client.send(command, options))
          .catch((error: unknown) => {
            if (!isNoSuchObject(error)) throw this.#toFailure(error);
          });
      }
    };
    await Promise.all(Array.from({ length: DELETES }, work));
  }

  async removeUnfinished(before: Date, prefix = ''): Promise<void> {
    assertPrefix(prefix);
    const { bucket: Bucket, pageSize } = this.#connection;
    try {
      let page: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
      while (page !== undefined) {
        const command: ListMultipartUploadsCommand = new ListMultipartUploadsCommand({
          Bucket,
          Prefix: prefix,
          MaxUploads: pageSize,
          ...page,
        });
        const found = await this.#connection.send((client, options) => client.send(command, options));
        for (const { Key, UploadId, Initiated } of found.Uploads ?? []) {
          if (Initiated !== undefined && Initiated < before) await this.#abort(Key, UploadId);
        }
        page = found.IsTruncated
          ? { KeyMarker: found.NextKeyMarker ?? '', UploadIdMarker: found.NextUploadIdMarker ?? '' }
          : undefined;
      }
    } catch (error) {
      throw this.#toFailure(error);
    }
  }

  async ping(): Promise<void> {
    try {
      await this.#connection.send((client, options) =>
        client.send(new HeadBucketCommand({ Bucket: this.#connection.bucket }), options),
      );
    } catch (error) {
      throw this.#toFailure(error);
    }
  }

  get isClosed(): boolean {
    return this.#connection.isClosed;
  }

  async close(): Promise<void> {
    this.#connection.close();
  }

  readonly #toFailure = (error: unknown): StorageError => s3Failure(error, this.#connection.place);

  #object(key: string): { Bucket: string; Key: string } {
    return { Bucket: this.#connection.bucket, Key: key };
  }

  async #abort(Key: string | undefined, UploadId: string | undefined): Promise<void> {
    const command = new AbortMultipartUploadCommand({ Bucket: this.#connection.bucket, Key, UploadId });
    try {
      await this.#connection.send((client, options) => client.send(command, options));
    } catch (error) {
      // Someone else was faster.
      if (!isNoSuchUpload(error)) throw error;
    }
  }
}
