import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { v7 as uuidv7 } from 'uuid';
import type { Database } from '../../data/database.ts';
import { uploadExists } from '../../data/repositories/audio-uploads.ts';
import { AppError, CallerGone, invalid } from '../../errors.ts';
import { AUDIO_FORMATS, type AudioFormat } from '../../integrations/ffmpeg/ffmpeg.ts';
import { type ObjectStorage, StorageError } from '../../integrations/storage/storage.ts';
import { log } from '../../telemetry/log.ts';
import { recordUpload } from '../../telemetry/metrics/audio.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { sniffFormat } from './sniff-format.ts';

export interface ReceiveContext {
  db: Database;
  storage: ObjectStorage;
  audioAvailable: boolean;
}

/** What came of one upload: its file, in the storage and not yet anybody's. */
export interface ReceivedUpload {
  audioId: string;
  sourceKey: string;
  bytes: number;
  sha256: Buffer;
  format: AudioFormat;
}

const CONTENT_TYPES: Record<AudioFormat, string> = {
  mp3: 'audio/mpeg',
  wav: 'audio/wav',
  aiff: 'audio/aiff',
  m4a: 'audio/mp4',
  flac: 'audio/flac',
  ogg: 'audio/ogg',
};

const noRoom = (error: StorageError): AppError =>
  new AppError(
    'SERVICE_UNAVAILABLE',
    error.reason === 'full' ? 'the storage is full' : 'the storage is not available',
    {
      retryAfter: error.reason === 'full' ? 300 : 5,
      cause: error,
    },
  );

/** The receipt of one uploaded file: while it arrives, and until an upload owns it. */
export class UploadReceipt {
  readonly #ctx: ReceiveContext;
  readonly #audioId = uuidv7();
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #format: AudioFormat | undefined;
  #received: ReceivedUpload | undefined;

  constructor(ctx: ReceiveContext) {
    this.#ctx = ctx;
  }

  /** @throws Error before all of it is here */
  get upload(): ReceivedUpload {
    if (!this.#received) throw new Error('the file is not received yet');
    return this.#received;
  }

  get sha256(): Buffer {
    return this.upload.sha256;
  }

  /** @throws AppError SERVICE_UNAVAILABLE where nothing can make anything of an upload. */
  ready(): void {
    if (this.#ctx.audioAvailable) return;
    throw new AppError('SERVICE_UNAVAILABLE', 'audio cannot be processed here: there is no ffmpeg', {
      retryAfter: 300,
    });
  }

  /**
   * Stores the bytes of `file` while they arrive, never more than a part of them in memory.
   * @throws AppError UNSUPPORTED_MEDIA_TYPE, VALIDATION_ERROR for an empty one, SERVICE_UNAVAILABLE when the storage is
   *   full or away; what `file` or `signal` fail with. Nothing is stored then.
   */
  async receive(file: Readable, signal: AbortSignal): Promise<void> {
    await withSpan('audio.receive', { 'audio.id': this.#audioId }, async (span) => {
      try {
        const chunks = file.iterator() as AsyncIterator<Buffer>;
        const head = await this.#sniff(chunks);
        span.setAttribute('audio.format', head.format);
        const sourceKey = `uploads/${this.#audioId}/source.${head.format}`;
        const source = Readable.from(this.#measured(head.bytes, chunks), { objectMode: false });
        await this.#ctx.storage.put(sourceKey, source, { contentType: CONTENT_TYPES[head.format], signal });
        this.#received = {
          audioId: this.#audioId,
          sourceKey,
          bytes: this.#bytes,
          sha256: this.#hash.digest(),
          format: head.format,
        };
      } catch (error) {
        file.destroy();
        if (signal.reason instanceof CallerGone) addEvent('upload cancelled');
        // The storage says that it was interrupted; whoever did that knows why.
        if (signal.aborted) throw signal.reason;
        throw error instanceof StorageError ? noRoom(error) : error;
      } finally {
        span.setAttribute('audio.bytes', this.#bytes);
      }
    });
  }

  /** Removes the file, unless an upload owns it: a transaction whose answer was lost may have gone through. */
  async discard(): Promise<void> {
    const { audioId, sourceKey } = this.upload;
    try {
      if (await uploadExists(this.#ctx.db, audioId)) return;
      await this.#ctx.storage.delete([sourceKey]);
    } catch (error) {
      log.warn('an uploaded file that nobody owns could not be removed; the sweeper will', {
        error,
        audio_id: audioId,
      });
    }
  }

  failed(error: unknown): void {
    const isRefused = error instanceof AppError && error.status < 500;
    recordUpload(this.#format, error instanceof CallerGone ? 'cancelled' : isRefused ? 'refused' : 'failed');
  }

  async #sniff(chunks: AsyncIterator<Buffer>): Promise<{ format: AudioFormat; bytes: Buffer }> {
    let bytes: Buffer = Buffer.alloc(0);
    for (let needs = 1, isWhole = false; ; ) {
      const parts = [bytes];
      for (let length = bytes.length; length < needs && !isWhole; ) {
        const { value, done } = await chunks.next();
        if (done) isWhole = true;
        else {
          parts.push(value);
          length += value.length;
        }
      }
      bytes = Buffer.concat(parts);
      if (bytes.length === 0) throw invalid('audio', 'audio must not be empty');
      const sniffed = sniffFormat(bytes, isWhole);
      if (typeof sniffed === 'string') {
        this.#format = sniffed;
        return { format: sniffed, bytes };
      }
      if (sniffed === undefined || isWhole) {
        throw new AppError(
          'UNSUPPORTED_MEDIA_TYPE',
          `audio must be one of ${AUDIO_FORMATS.join(', ')} by its content`,
          {
            field: 'audio',
          },
        );
      }
      needs = sniffed.needs;
    }
  }

  /** The bytes once more, counted and hashed on their way. */
  async *#measured(head: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
    for (let chunk = head; ; ) {
      this.#bytes += chunk.length;
      this.#hash.update(chunk);
      yield chunk;
      const { value, done } = await rest.next();
      if (done) return;
      chunk = value;
    }
  }
}
