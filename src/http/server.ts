import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import type { Express } from 'express';
import { log } from '../telemetry/log.ts';
import { refuseMalformed } from './refuse-malformed.ts';

export interface HttpServer {
  readonly port: number;
  /** Stops accepting, lets running requests finish for `timeout` ms at most, then closes what is left. */
  close(timeout: number): Promise<void>;
}

/** How long an idle connection is still answered after `close`: a request may already be on its way to us. */
const IDLE_GRACE_MS = 1000;

/** @throws Error that names the address when it cannot be listened on. */
export const startHttpServer = async (app: Express, host: string, port: number): Promise<HttpServer> => {
  const server = createServer({
    requestTimeout: 60_000,
    headersTimeout: 15_000,
    keepAliveTimeout: 65_000,
    maxHeaderSize: 16 * 1024,
    // The app refuses a request without a Host itself: Node would answer without a body and without any id.
    requireHostHeader: false,
  });
  let closing = false;
  const running = new Set<ServerResponse>();
  let idle: (() => void) | undefined;

  const serve = (req: IncomingMessage, res: ServerResponse): void => {
    running.add(res);
    if (closing) askToLeave(res);
    res.once('close', () => {
      running.delete(res);
      if (running.size === 0) idle?.();
    });
    app(req, res);
  };
  server.on('request', serve);
  // As RFC 9110, 10.1.1 allows, an expectation that nobody knows is not looked at; Node would answer 417 with nothing in it.
  server.on('checkExpectation', serve);
  server.on('clientError', refuseMalformed);
  await listen(server, host, port);

  return {
    port: (server.address() as AddressInfo).port,
    close: async (timeout) => {
      closing = true;
      for (const res of running) askToLeave(res);
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
