import type { Readable } from 'node:stream';
import type { Database } from '../../data/database.ts';
import { AppError } from '../../errors.ts';
import { type ByteRange, type ObjectStorage, StorageError } from '../../integrations/storage/storage.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { requirePlayable } from './get-audio.ts';
import type { AudioResult, Rendition } from './result.ts';

export interface StreamContext {
  db: Database;
  storage: ObjectStorage;
}

/** What is wanted of a rendition: a part of it, all of it, or only to know about it. */
export type Wanted = ByteRange | 'all' | 'nothing';

export interface OpenedStream<T> {
  rendition: Rendition;
  /** As the uploader called it. */
  filename: string;
  wanted: T;
  content: Readable | undefined;
}

/**
 * Opens what a client plays.
 * @param choose what is wanted of it, once it is known; what it throws is thrown
 * @throws AppError as `requirePlayable`; SERVICE_UNAVAILABLE when the storage is away; Error when the file is missing.
 */
export const openStream = <T extends { bytes: Wanted }>(
  ctx: StreamContext,
  viewerId: string | undefined,
  id: string,
  name: Rendition['name'],
  choose: (rendition: Rendition) => T,
): Promise<OpenedStream<T>> =>
  withSpan('audio.stream', { 'audio.id': id, 'audio.rendition': name }, async (span) => {
    const upload = await requirePlayable(ctx.db, id, viewerId);
    const rendition = (upload.result as AudioResult).renditions.find((one) => one.name === name);
    if (!rendition) throw new Error(`the upload ${id} has no ${name}`);
    const wanted = choose(rendition);
    const content = await read(ctx.storage, rendition, wanted.bytes);
    const { bytes } = wanted;
    const length = bytes === 'all' ? rendition.bytes : bytes === 'nothing' ? 0 : bytes.end - bytes.start + 1;
    span.setAttribute('audio.bytes', length);
    return { rendition, filename: upload.filename, wanted, content };
  });

const read = async (storage: ObjectStorage, { key }: Rendition, wanted: Wanted): Promise<Readable | undefined> => {
  if (wanted === 'nothing') return undefined;
  let content: Readable | undefined;
  try {
    content = await (wanted === 'all' ? storage.get(key) : storage.get(key, wanted));
  } catch (error) {
    if (!(error instanceof StorageError) || error.reason === 'missing') throw error;
    throw new AppError('SERVICE_UNAVAILABLE', 'the storage is not available', { retryAfter: 5, cause: error });
  }
  // Its row says that it is there: somebody has removed it behind our back.
  if (!content) throw new Error(`${key} is missing in the storage`);
  return content;
};
