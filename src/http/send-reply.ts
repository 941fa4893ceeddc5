import type { Readable } from 'node:stream';
import type { Response } from 'express';
import { answerBegins } from '../telemetry/tracing/keep-trace.ts';
import { closingOf } from './closing.ts';
import type { Reply } from './contract.ts';
import { bytesSent } from './middleware/request-telemetry.ts';

/** Milliseconds that a client may take nothing of a stream. */
const STALLED = 5 * 60_000;

/** Sends a reply; resolves when all of it is handed over, or the client has gone. @throws Error when a stream fails. */
export const sendReply = async (res: Response, reply: Reply): Promise<void> => {
  if (res.destroyed) {
    dropReply(reply);
    return;
  }
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
  res.status(reply.status);
  if (reply.stream) await sendStream(res, reply.stream).catch((error: unknown) => retract(res, reply, error));
  else if (reply.raw) sendText(res, reply.raw);
  else if (reply.body === undefined) res.end();
  else sendText(res, { contentType: 'application/json', content: JSON.stringify(reply.body) });
};

/**
 * Not express's `send`, which works out what is known here: whether it is text, its charset, whether the client has it
 * already. Node leaves the content out of the answer to a HEAD.
 */
const sendText = (res: Response, { contentType, content }: NonNullable<Reply['raw']>): void => {
  res.setHeader('Content-Type', contentType.includes('charset=') ? contentType : `${contentType}; charset=utf-8`);
  res.setHeader('Content-Length', Buffer.byteLength(content));
  res.end(content);
};

/** Lets go of a reply that nobody will get. */
export const dropReply = (reply: Reply): void => {
  reply.stream?.content?.destroy();
};

/** Takes the headers back while that can be done: they tell of what does not come now. @throws what went wrong */
const retract = (res: Response, { headers = {} }: Reply, error: unknown): never => {
  if (!res.headersSent) for (const name of [...Object.keys(headers), 'Content-Type']) res.removeHeader(name);
  throw error;
};

const sendStream = async (res: Response, { contentType, content, live }: NonNullable<Reply['stream']>) => {
  // How long it takes from here on is up to whoever listens.
  answerBegins();
  res.type(contentType);
  if (!content || res.req.method === 'HEAD') {
    content?.destroy();
    res.end();
    return;
  }
  const letGo = (): void => void content.destroy();
  const closing = live ? closingOf(res) : undefined;
  // The server may have begun to close while the reply was made.
  if (closing?.aborted) letGo();
  closing?.addEventListener('abort', letGo, { once: true });
  res.once('close', letGo);
  res.setTimeout(STALLED, () => res.destroy());
  // What a client waits for is that there will be something.
  if (live) res.flushHeaders();
  try {
    await pump(content, res);
    res.end();
  } catch (error) {
    if (res.destroyed) return;
    if (!closing?.aborted) throw error;
    res.end();
  } finally {
    closing?.removeEventListener('abort', letGo);
    content.destroy();
  }
};

/** Not `pipeline`, which cannot tell what has left from what waits in a buffer. */
const pump = async (content: Readable, res: Response): Promise<void> => {
  for await (const chunk of content as AsyncIterable<Buffer | string>) {
    if (res.destroyed) return;
    bytesSent(res, 0);
    const hasRoom = res.write(chunk, (error) => {
      if (!error) bytesSent(res, Buffer.byteLength(chunk));
    });
    if (!hasRoom) await room(res);
  }
};

/** Resolves when more can be written, or never any more. */
const room = (res: Response): Promise<void> =>
  new Promise((resolve) => {
    const settle = (): void => {
      res.off('drain', settle).off('close', settle);
      resolve();
    };
    res.once('drain', settle).once('close', settle);
  });
