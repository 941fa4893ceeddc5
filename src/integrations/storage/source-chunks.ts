import type { Readable } from 'node:stream';
import { assertKey } from './keys.ts';
import { StorageError } from './storage.ts';

/**
 * Hands the chunks of `source` to `store`, one at a time and only as they are asked for, and tells whose failure it was
 * when that fails. `source` is destroyed in the end.
 * @throws RangeError for what is no key; what `source` failed with; StorageError `aborted` when `signal` did; else what `toFailure` makes of it.
 */
export const storeChunks = async <T>(
  key: string,
  source: Readable,
  signal: AbortSignal | undefined,
  store: (chunks: AsyncIterable<Buffer>) => Promise<T>,
  toFailure: (error: unknown) => Error,
): Promise<T> => {
  let sourceFailure: { error: unknown } | undefined;
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      for await (const chunk of source) yield Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk);
    } catch (error) {
      sourceFailure = { error };
      throw error;
    }
  }
  const abort = (): void => void source.destroy();
  // It may fail while nobody reads it; whoever reads next gets the error all the same.
  source.on('error', () => {});
  signal?.addEventListener('abort', abort, { once: true });
  try {
    assertKey(key);
    signal?.throwIfAborted();
    return await store(chunks());
  } catch (error) {
    if (error instanceof RangeError) throw error;
    if (signal?.aborted) throw new StorageError('aborted', 'storing was aborted');
    if (sourceFailure) throw sourceFailure.error;
    throw toFailure(error);
  } finally {
    signal?.removeEventListener('abort', abort);
    source.destroy();
  }
};
