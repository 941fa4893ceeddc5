import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { localFailure } from './local-failure.ts';
import { type ObjectStorage, StorageError } from './storage.ts';

const write = async (stream: Readable, path: string, signal: AbortSignal | undefined): Promise<{ bytes: number }> => {
  const file = createWriteStream(path, { mode: 0o600 });
  try {
    await pipeline(stream, file, signal ? { signal } : {});
    return { bytes: file.bytesWritten };
  } catch (error) {
    await rm(path, { force: true }).catch(() => {});
    if (signal?.aborted) throw new StorageError('aborted', 'copying was aborted');
    throw localFailure(error);
  }
};

/**
 * `getFile` of any storage: copies the object under `key` into the file `path`, and leaves no file when that fails.
 * @throws StorageError
 */
export const copyToFile = async (
  storage: Pick<ObjectStorage, 'get'>,
  key: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<{ bytes: number }> => {
  if (signal?.aborted) throw new StorageError('aborted', 'copying was aborted');
  const stream = await storage.get(key);
  if (stream === undefined) throw new StorageError('missing', `there is nothing stored under ${key}`);
  return write(stream, path, signal);
};
