import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { log } from './log.ts';
import { metricsText } from './metrics/exposition.ts';
import { watchRuntime } from './metrics/runtime.ts';
import type { RecentTraces } from './recent-traces.ts';
import { traceListText, traceText } from './trace-text.ts';

export interface AdminServerOptions {
  /** METRICS_HOST */
  host: string;
  /** METRICS_PORT; 0 takes a free one. */
  port: number;
  /** In development: serves /traces from here. */
  recentTraces?: RecentTraces | undefined;
}

export interface AdminServer {
  port: number;
  close(): Promise<void>;
}

interface Page {
  status: number;
  contentType: string;
  body: string;
}

const text = (status: number, body: string): Page => ({ status, contentType: 'text/plain; charset=utf-8', body });

/**
 * Whether a page may be read under this Host header. A web site can point its own name at 127.0.0.1 and have a
 * browser read what is there (DNS rebinding); it cannot make the browser send an address or localhost instead.
 */
const isOwnHost = (header: string | undefined, boundTo: string): boolean => {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:@/]+))(?::\d{1,5})?$/i.exec(header ?? '');
  const name = (match?.[1] ?? match?.[2] ?? '').toLowerCase();
  return name === 'localhost' || isIP(name) !== 0 || (name !== '' && name === boundTo.toLowerCase());
};

const tracePage = (path: string, traces: RecentTraces): Page => {
  if (path === '/traces') return text(200, traceListText(traces.list()));
  const trace = traces.get(path.slice('/traces/'.length).toLowerCase());
  return trace ? text(200, traceText(trace)) : text(404, 'no such trace, or not any more\n');
};

const answer = async (req: IncomingMessage, options: AdminServerOptions): Promise<Page> => {
  const path = (req.url ?? '/').split('?')[0] ?? '/';
  const traces = path === '/traces' || path.startsWith('/traces/') ? options.recentTraces : undefined;
  if (path !== '/metrics' && !traces) return text(404, 'not found: there are /metrics and, in development, /traces\n');
  if (req.method !== 'GET' && req.method !== 'HEAD') return text(405, 'method not allowed\n');
  if (!traces) return { status: 200, ...(await metricsText(req.headers.accept ?? '')) };
  if (!isOwnHost(req.headers.host, options.host)) return text(403, 'wrong Host header\n');
  return tracePage(path, traces);
};

const send = (req: IncomingMessage, res: ServerResponse, page: Page): void => {
  res.writeHead(page.status, {
    'Content-Type': page.contentType,
    'Content-Length': Buffer.byteLength(page.body),
    'Cache-Control': 'no-store',
    Vary: 'Accept',
    'X-Content-Type-Options': 'nosniff',
    ...(page.status === 405 && { Allow: 'GET, HEAD' }),
  });
  res.end(req.method === 'HEAD' ? undefined : page.body);
};

/**
 * Serves /metrics, and the last traces in development, on a port of their own. Starts to measure the process.
 * @throws Error that names the port and METRICS_PORT when it cannot be listened on.
 */
export const startAdminServer = async (options: AdminServerOptions): Promise<AdminServer> => {
  watchRuntime();
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (req, res) => {
    answer(req, options)
      .catch((error: unknown) => {
        log.error('the metrics port could not answer', { error });
        return text(500, 'internal error\n');
      })
      .then((page) => send(req, res, page));
  });
  server.maxConnections = 100;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is taken' : `cannot be listened on (${error.code ?? error.message})`;
      reject(
        new Error(`port ${options.port} of ${options.host} ${why}; METRICS_PORT sets another one`, { cause: error }),
      );
    });
    server.listen(options.port, options.host, resolve);
  });
  server.on('error', (error) => log.error('the metrics port failed', { error }));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
