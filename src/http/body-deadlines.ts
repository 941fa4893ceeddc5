import type { IncomingMessage, ServerResponse } from 'node:http';
import { refuseMalformed } from './refuse-malformed.ts';

/** Milliseconds in which all of a request has to be here, unless its route allows it more. */
const BODY_TIMEOUT = 60_000;

/** Requests that keep time themselves. */
const unhurried = new WeakSet<IncomingMessage>();

/** Lets a request take longer than others: its route watches over it. */
export const keepsOwnTime = (req: IncomingMessage): void => {
  unhurried.add(req);
};

/** Whether a request says that something follows its headers. */
const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;

/**
 * Ends requests whose bodies are too slow, also those that nobody reads any more. Node has one such limit for a whole
 * server; here an upload may take half an hour and nothing else may.
 */
export class BodyDeadlines {
  readonly #arriving = new Map<IncomingMessage, { res: ServerResponse; since: number }>();
  readonly #timeout: number;
  readonly #timer: NodeJS.Timeout;

  constructor(timeout = BODY_TIMEOUT) {
    this.#timeout = timeout;
    this.#timer = setInterval(() => this.#sweep(), Math.min(5000, timeout)).unref();
  }

  watch(req: IncomingMessage, res: ServerResponse): void {
    if (!hasBody(req)) return;
    this.#arriving.set(req, { res, since: performance.now() });
    const arrived = (): void => void this.#arriving.delete(req);
    req.once('end', arrived).once('close', arrived);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #sweep(): void {
    for (const [req, { res, since }] of this.#arriving) {
      if (performance.now() - since < this.#timeout || unhurried.has(req)) continue;
      this.#arriving.delete(req);
      // Half an answer is out, or all of it, and another would stand in the middle of it.
      if (res.headersSent) req.socket.destroy();
      else refuseMalformed(Object.assign(new Error('slow'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), req.socket);
    }
  }
}
