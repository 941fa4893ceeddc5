import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { log } from './log.ts';
import { metricsText } from './metrics/exposition.ts';
import { watchRuntime } from './metrics/runtime.ts';
import type { ViewerOptions, ViewerRoutes } from './viewer/http/routes.ts';

export interface AdminServerOptions {
  /** METRICS_HOST */
  host: string;
  /** METRICS_PORT; 0 takes a free one. */
  port: number;
  /** Serves the trace viewer, and takes OTLP, from here; undefined: nothing of it is loaded. */
  viewer?: Pick<ViewerOptions, 'ring' | 'settings'> | undefined;
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

const answer = async (req: IncomingMessage, path: string): Promise<Page> => {
  if (path !== '/metrics') return text(404, 'not found: there are /metrics and, with the trace viewer on, /traces\n');
  if (req.method !== 'GET' && req.method !== 'HEAD') return text(405, 'method not allowed\n');
  return { status: 200, ...(await metricsText(req.headers.accept ?? '')) };
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

const loadViewer = async ({ viewer, host }: AdminServerOptions): Promise<ViewerRoutes | undefined> => {
  if (!viewer) return undefined;
  const { viewerRoutes } = await import('./viewer/http/routes.ts');
  return viewerRoutes({ ...viewer, boundTo: host });
};

/**
 * Serves /metrics, and the trace viewer where it is on, on a port of their own. Starts to measure the process.
 * @throws Error that names the port and METRICS_PORT when it cannot be listened on.
 */
export const startAdminServer = async (options: AdminServerOptions): Promise<AdminServer> => {
  watchRuntime();
  const viewer = await loadViewer(options);

  const handle = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const path = (req.url ?? '/').split('?')[0] ?? '/';
    if (viewer?.owns(path)) await viewer.answer(req, res, path);
    else send(req, res, await answer(req, path));
  };

  // The timeouts end with the request: an answer may take as long as it likes, and a stream does.
  const server = createServer({ requestTimeout: 10_000, headersTimeout: 5_000 }, (req, res) => {
    handle(req, res).catch((error: unknown) => {
      log.error('the metrics port could not answer', { error });
      if (res.headersSent) res.destroy();
      else send(req, res, text(500, 'internal error\n'));
    });
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
      viewer?.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
