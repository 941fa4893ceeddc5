import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Connection } from './s3-connection.ts';

/** The least that S3 takes as a part other than the last: 10,000 of them make 50 GB. */
export const PART_BYTES = 5 * 1024 * 1024;

export interface UploadTarget {
  key: string;
  contentType: string;
}

/** A multipart upload that has begun; nothing of it can be seen before `complete`. */
class MultipartUpload {
  readonly #connection: S3Connection;
  readonly #target: { Bucket: string; Key: string; UploadId: string | undefined };
  readonly #parts: CompletedPart[] = [];

  private constructor(connection: S3Connection, key: string, uploadId: string | undefined) {
    this.#connection = connection;
    this.#target = { Bucket: connection.bucket, Key: key, UploadId: uploadId };
  }

  static async begin(connection: S3Connection, { key, contentType }: UploadTarget): Promise<MultipartUpload> {
    const { UploadId } = await connection.send((client, options) =>
      client.send(
        new CreateMultipartUploadCommand({ Bucket: connection.bucket, Key: key, ContentType: contentType }),
        options,
      ),
    );
    return new MultipartUpload(connection, key, UploadId);
  }

  async add(bytes: Buffer, signal: AbortSignal | undefined): Promise<void> {
    const part = { ...this.#target, PartNumber: this.#parts.length + 1 };
    const { ETag } = await this.#connection.transfer(
      (client, options) => client.send(new UploadPartCommand({ ...part, Body: bytes }), options),
      signal,
    );
    this.#parts.push({ PartNumber: part.PartNumber, ETag });
  }

  async complete(): Promise<void> {
    const command = new CompleteMultipartUploadCommand({ ...this.#target, MultipartUpload: { Parts: this.#parts } });
    // The server may have to put the whole object together first.
    await this.#connection.transfer((client, options) => client.send(command, options));
  }

  async abort(): Promise<void> {
    await this.#connection.send((client, options) =>
      client.send(new AbortMultipartUploadCommand(this.#target), options),
    );
  }
}

/**
 * Sends a stream of unknown length: as one object when it fits into a part, else part after part. One part is held in
 * one buffer that serves for all of them. (The SDK's own Upload holds three, and returns from an abort before the part
 * on its way is stopped.) When it fails, what was sent is deleted; where even that fails, `removeUnfinished` finds it.
 * @param signal stops the part that is on its way
 * @returns bytes sent
 * @throws what the SDK or `chunks` throws
 */
export const upload = async (
  connection: S3Connection,
  target: UploadTarget,
  chunks: AsyncIterable<Buffer>,
  signal: AbortSignal | undefined,
): Promise<number> => {
  // Not out of Node's pool, and the system gives memory only to what is written of it.
  const buffer = Buffer.allocUnsafeSlow(PART_BYTES);
  let filled = 0;
  let bytes = 0;
  let parts: MultipartUpload | undefined;
  try {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      for (let from = 0; from < chunk.length; ) {
        // Only now is it known that this part is not the last.
        if (filled === PART_BYTES) {
          parts ??= await MultipartUpload.begin(connection, target);
          await parts.add(buffer, signal);
          filled = 0;
        }
        const taken = chunk.copy(buffer, filled, from);
        filled += taken;
        from += taken;
      }
    }
    const rest = buffer.subarray(0, filled);
    if (parts === undefined) await putWhole(connection, target, rest);
    else {
      await parts.add(rest, signal);
      await parts.complete();
    }
    return bytes;
  } catch (error) {
    await parts?.abort().catch(() => {});
    throw error;
  }
};

const putWhole = async (connection: S3Connection, { key, contentType }: UploadTarget, body: Buffer): Promise<void> => {
  // No signal: once it is on its way nobody knows whether the server has it already.
  await connection.transfer((client, options) =>
    client.send(
      new PutObjectCommand({ Bucket: connection.bucket, Key: key, ContentType: contentType, Body: body }),
      options,
    ),
  );
};
