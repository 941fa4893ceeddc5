import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

/** Of a body, as it comes and as it is after decompression. */
const MAX_BYTES = 16 * 1024 * 1024;
const TOO_LARGE = `the body is larger than ${MAX_BYTES / 1024 / 1024} MiB`;

const decompress = promisify<Buffer, { maxOutputLength: number }, Buffer>(gunzip);

/** A body that is not taken. */
export class BodyError extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws BodyError; or whatever the connection broke off with */
const readRaw = async (req: IncomingMessage): Promise<Buffer> => {
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of req) {
    bytes += (chunk as Buffer).length;
    // Most senders read no answer before they have sent all of it: the rest is read and thrown away.
    if (bytes > MAX_BYTES) chunks = [];
    else chunks.push(chunk as Buffer);
  }
  if (bytes > MAX_BYTES) throw new BodyError(413, TOO_LARGE);
  return Buffer.concat(chunks);
};

/**
 * The body of a request, decompressed.
 * @throws BodyError when it is too large, in an unknown encoding or not what it says; another Error when the sender
 *   broke off
 */
export const readBody = async (req: IncomingMessage): Promise<Buffer> => {
  const encoding = (req.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding !== 'gzip' && encoding !== 'identity')
    throw new BodyError(415, 'Content-Encoding must be gzip or left out');
  const raw = await readRaw(req);
  if (encoding === 'identity') return raw;
  try {
    return await decompress(raw, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    throw isTooLarge ? new BodyError(413, `${TOO_LARGE}, decompressed`) : new BodyError(400, 'the body is not gzip');
  }
};
