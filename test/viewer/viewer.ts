import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import type { TraceSummary } from '../../src/telemetry/viewer/model/summary.ts';
import { openPage, type PageOptions, startBrowser } from '../support/browser.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { type FixtureTrace, send } from './otlp.ts';

/** The product with its viewer, and a browser to look at it. */
export interface Viewer {
  server: ServerProcess;
  database: TestDatabase;
  /** Of the metrics port, without a slash at its end. */
  url: string;
  /** Opens a page of it for one test. @param path such as `/traces` */
  open(path: string, options?: Omit<PageOptions, 'origin'>): Promise<Page>;
  send(...traces: FixtureTrace[]): Promise<void>;
  /** What the API lists. @param filter a query such as `route=/feed` */
  list(filter?: string): Promise<TraceSummary[]>;
  /** Waits until the root of a trace has ended, and its access line is there. @throws when it does not in time */
  whole(traceId: string): Promise<void>;
  clear(): Promise<void>;
  close(): Promise<void>;
}

/** @param env variables on top of those of every test */
export const startViewer = async (env: Record<string, string> = {}): Promise<Viewer> => {
  const database = await createTestDatabase();
  const [started, opened] = await Promise.allSettled([
    startServer({ databaseUrl: database.url, env: { TRACE_VIEWER: 'true', RATE_LIMIT_ENABLED: 'false', ...env } }),
    startBrowser(),
  ]);
  const close = async (): Promise<void> => {
    if (opened.status === 'fulfilled') await opened.value.close();
    if (started.status === 'fulfilled') await started.value.stop();
    await database.close();
  };
  if (started.status === 'rejected') {
    await close();
    throw started.reason;
  }
  if (opened.status === 'rejected') {
    await close();
    throw opened.reason;
  }
  const { value: server } = started;
  const url = server.metricsUrl;
  const list = async (filter = ''): Promise<TraceSummary[]> => {
    const response = await fetch(`${url}/traces/api/traces?${filter}`);
    if (!response.ok) throw new Error(`the list: ${response.status} ${await response.text()}`);
    return ((await response.json()) as { traces: TraceSummary[] }).traces;
  };
  return {
    server,
    database,
    url,
    open: async (path, options = {}) => {
      const page = await openPage(opened.value, { origin: url, ...options });
      await page.goto(`${url}${path}`);
      return page;
    },
    send: (...traces) => send(url, ...traces),
    list,
    whole: async (traceId) => {
      for (const until = Date.now() + 5000; ; await sleep(20)) {
        const [trace] = await list(`trace_id=${traceId}`);
        if (trace?.complete && trace.lines > 0) return;
        if (Date.now() > until) throw new Error(`trace ${traceId} is not whole: ${JSON.stringify(trace)}`);
      }
    },
    clear: async () => {
      const response = await fetch(`${url}/traces/api/traces`, { method: 'DELETE' });
      if (response.status !== 204) throw new Error(`clear: ${response.status} ${await response.text()}`);
    },
    close,
  };
};

export const traceIdOf = (response: Response): string => response.headers.get('traceparent')?.split('-')[1] ?? '';
