import { createServer, type Server, STATUS_CODES } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Express } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { log } from '../telemetry/log.ts';

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
  });
  let closing = false;
  let running = 0;
  let idle: (() => void) | undefined;

  server.on('request', (req, res) => {
    running += 1;
    // Whoever keeps a connection open is told to open the next one elsewhere.
    if (closing) res.setHeader('Connection', 'close');
    res.once('close', () => {
      running -= 1;
      if (running === 0) idle?.();
    });
    app(req, res);
  });
  server.on('clientError', refuseMalformed);
  await listen(server, host, port);

  return {
    port: (server.address() as AddressInfo).port,
    close: async (timeout) => {
      closing = true;
      // http's own close() cuts idle connections at once, and with them requests that are on their way.
      NetServer.prototype.close.call(server);
      await new Promise((resolve) => setTimeout(resolve, Math.min(IDLE_GRACE_MS, timeout)));
      if (running > 0) {
        await Promise.race([
          new Promise<void>((resolve) => {
            idle = resolve;
          }),
          new Promise<void>((resolve) => setTimeout(resolve, timeout).unref()),
        ]);
      }
      if (running > 0) log.warn('requests were cut off: they did not finish in time', { requests: running });
      server.closeAllConnections();
    },
  };
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

/** What is no HTTP never reaches express; it gets the same error shape all the same. */
const refuseMalformed = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const status = error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const requestId = uuidv7();
  const message =
    status === 431
      ? 'the headers are too large'
      : status === 408
        ? 'the request took too long to arrive'
        : 'this is not valid HTTP';
  const body = JSON.stringify({ code: 'BAD_REQUEST', message, details: [], trace_id: null, request_id: requestId });
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/json; charset=utf-8\r\nX-Request-ID: ${requestId}\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
  log.warn('a request was not valid HTTP', { request_id: requestId, status, reason: error.code });
};
