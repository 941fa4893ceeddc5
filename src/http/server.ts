import { setMaxListeners } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Express } from 'express';
import { log } from '../telemetry/log.ts';
import { BodyDeadlines } from './body-deadlines.ts';
import { closesWith } from './closing.ts';
import { bodyAwaitsInvitation } from './invite-body.ts';
import { refuseMalformed } from './refuse-malformed.ts';

export interface HttpServer {
  readonly port: number;
  /** Stops accepting, lets running requests finish for `timeout` ms at most, then closes what is left. */
  close(timeout: number): Promise<void>;
}

/** How long an idle connection is still answered after `close`: a request may already be on its way to us. */
const IDLE_GRACE_MS = 1000;

/**
 * @param bodyTimeout milliseconds in which a request has to be here, but for uploads; a minute when left out
 * @throws Error that names the address when it cannot be listened on.
 */
export const startHttpServer = async (
  app: Express,
  host: string,
  port: number,
  bodyTimeout?: number,
): Promise<HttpServer> => {
  const server = createServer({
    // Node's own limit would be one for all routes: `BodyDeadlines` knows which may take longer.
    requestTimeout: 0,
    headersTimeout: 15_000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16 * 1024,
    // The app refuses a request without a Host itself: Node would answer without a body and without any id.
    requireHostHeader: false,
  });
  const closing = new AbortController();
  // Each stream that ends with the server listens.
  setMaxListeners(0, closing.signal);
  const deadlines = new BodyDeadlines(bodyTimeout);
  const running = new Set<ServerResponse>();
  const latest = new WeakMap<Duplex, IncomingMessage>();
  let idle: (() => void) | undefined;

  const serve = (req: IncomingMessage, res: ServerResponse): void => {
    running.add(res);
    latest.set(req.socket, req);
    if (closing.signal.aborted) askToLeave(res);
    closesWith(res, closing.signal);
    deadlines.watch(req, res);
    res.once('close', () => {
      running.delete(res);
      if (running.size === 0) idle?.();
    });
    app(req, res);
  };
  server.on('request', serve);
  // As RFC 9110, 10.1.1 allows, an expectation that nobody knows is not looked at; Node would answer 417 with nothing in it.
  server.on('checkExpectation', serve);
  server.on('checkContinue', (req, res) => {
    bodyAwaitsInvitation(req);
    serve(req, res);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    // Who hangs up in the middle of a body is no stranger that cannot speak HTTP: the request itself tells of it.
    if (error.code === 'HPE_INVALID_EOF_STATE' && latest.get(socket)?.complete === false) socket.destroy();
    else refuseMalformed(error, socket as Socket);
  });
  await listen(server, host, port);

  return {
    port: (server.address() as AddressInfo).port,
    close: async (timeout) => {
      for (const res of running) askToLeave(res);
      closing.abort();
      // http's own close() cuts idle connections at once, and with them requests that are on their way.
      NetServer.prototype.close.call(server);
      await new Promise((resolve) => setTimeout(resolve, Math.min(IDLE_GRACE_MS, timeout)));
      if (running.size > 0) {
        await Promise.race([
          new Promise<void>((resolve) => {
            idle = resolve;
          }),
          new Promise<void>((resolve) => setTimeout(resolve, timeout).unref()),
        ]);
      }
      if (running.size > 0) log.warn('requests were cut off: they did not finish in time', { requests: running.size });
      server.closeAllConnections();
      deadlines.stop();
    },
  };
};

/** Whoever keeps a connection open is told to open the next one elsewhere. */
const askToLeave = (res: ServerResponse): void => {
  if (!res.headersSent) res.setHeader('Connection', 'close');
};

const listen = (server: Server, host: string, port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? 'something else listens there; stop it or choose another PORT'
          : error.code === 'EACCES'
            ? 'not allowed; choose a PORT above 1023'
            : error.message;
      reject(new Error(`PORT=${port}: cannot listen on ${host}:${port}: ${reason}`));
    });
    server.listen(port, host, () => resolve());
  });
