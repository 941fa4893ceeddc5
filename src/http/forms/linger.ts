import type { Request, Response } from 'express';
import { answerSent } from '../middleware/request-telemetry.ts';

/** Milliseconds in all, and without a byte, that a refused client may go on sending. */
const LINGER = 30_000;
const LINGER_IDLE = 5000;
/** Bytes that it may go on sending. */
const LINGER_BYTES = 64 * 1024 * 1024;

const lingering = new WeakSet<Request>();

/** Marks a request whose client may still be sending its body when it is refused. */
export const mayStillSend = (req: Request): void => {
  lingering.add(req);
};

/** Whether an answer to `req` has to be sent with `answerAndLinger`. */
export const isStillSending = (req: Request): boolean => lingering.has(req) && !req.complete;

/**
 * Answers a client that is still sending. A connection that is closed with unread bytes is reset, and with the reset the
 * answer can be lost on its way: so the answer goes out whole, what arrives is thrown away for a while, and only then
 * the connection is closed.
 */
export const answerAndLinger = (req: Request, res: Response, body: unknown): void => {
  const text = JSON.stringify(body);
  res.setHeader('Connection', 'close');
  res.type('json').setHeader('Content-Length', Buffer.byteLength(text));
  res.write(text, (error) => {
    if (!error) answerSent(res);
  });

  let left = LINGER_BYTES;
  const leave = (): void => {
    clearTimeout(whole);
    clearTimeout(idle);
    req.off('data', onData).off('end', leave).off('close', leave);
    res.end();
  };
  const onData = (chunk: Buffer): void => {
    idle.refresh();
    left -= chunk.length;
    if (left < 0) leave();
  };
  const whole = setTimeout(leave, LINGER).unref();
  const idle = setTimeout(leave, LINGER_IDLE).unref();
  req.on('data', onData).once('end', leave).once('close', leave).resume();
};
