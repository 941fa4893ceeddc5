import { spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { temporaryFolder } from '../support/servers.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const withServer = async (
  env: Record<string, string>,
  use: (server: ServerProcess) => Promise<void>,
): Promise<void> => {
  const server = await startServer({ databaseUrl: database.url, env });
  try {
    await use(server);
  } finally {
    await server.stop();
  }
};

interface ErrorBody {
  trace_id: string;
  trace_url?: string;
}

const refusal = async (url: string): Promise<ErrorBody> => {
  const response = await call(url, '/api/v1/feed/unified');
  expect(response.status).toBe(401);
  return (await response.json()) as ErrorBody;
};

const PRODUCTION = {
  NODE_ENV: 'production',
  AUTH_SIGNING_KEY: generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  APP_SECRET: randomBytes(48).toString('base64'),
};

/** Runs the product with a log for people. */
const startPretty = async (env: Record<string, string>) => {
  const folder = temporaryFolder('viewer');
  const child = spawn(process.execPath, ['--import', './src/telemetry/register.ts', 'src/main.ts'], {
    cwd: resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      NODE_ENV: 'test',
      DATABASE_URL: database.url,
      DATA_DIR: folder,
      PORT: '0',
      METRICS_PORT: '0',
      LOG_FORMAT: 'pretty',
      LOG_FILE: 'none',
      ...env,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const ended = once(child, 'close').then(([code]) => {
    rmSync(folder, { recursive: true, force: true });
    return code as number | null;
  });
  const waitFor = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (let waited = 0; waited < 20_000; waited += 25) {
      const match = pattern.exec(output);
      if (match) return match;
      await sleep(25);
    }
    throw new Error(`no ${pattern}; the server wrote:\n${output}`);
  };
  const stop = (): Promise<number | null> => {
    child.kill('SIGTERM');
    return ended;
  };
  return { output: () => output, waitFor, stop, ended };
};

describe('with the trace viewer', () => {
  it('an error leads to its trace, which has the log line', async () => {
    await withServer({ TRACE_VIEWER: 'true' }, async (server) => {
      const { trace_id, trace_url } = await refusal(server.url);
      expect(trace_url).toBe(`${server.metricsUrl}/traces/${trace_id}`);
      await server.waitForLog((line) => line.http !== undefined && line.trace_id === trace_id);
      const page = await (await fetch(String(trace_url))).text();
      expect(page).toContain('GET /api/v1/feed/unified');
      expect(page).toMatch(/> WARN GET \/api\/v1\/feed\/unified 401 {2}\+\d/);
    });
  });

  it('an error whose trace is not recorded leads nowhere', async () => {
    const env = { OTEL_TRACE_SAMPLER_RATE: '0', OTEL_TRACE_KEEP_ERRORS: 'false', OTEL_TRACE_KEEP_SLOWER_THAN_MS: '0' };
    await withServer({ TRACE_VIEWER: 'true', ...env }, async (server) => {
      const body = await refusal(server.url);
      expect(body.trace_id).toMatch(/^[0-9a-f]{32}$/);
      expect(body).not.toHaveProperty('trace_url');
    });
  });

  it('the log for people has links, to an address that can be opened', async () => {
    const server = await startPretty({ TRACE_VIEWER: 'true', METRICS_HOST: '0.0.0.0' });
    try {
      const [, url = '', metricsUrl] = await server.waitFor(/ready .*\burl=(\S+) .*metrics_url=(\S+)/);
      expect(metricsUrl).toMatch(/^"?http:\/\/127\.0\.0\.1:\d+/);
      const { trace_id, trace_url } = await refusal(url);
      expect(trace_url).toMatch(new RegExp(`^http://127\\.0\\.0\\.1:\\d+/traces/${trace_id}$`));
      const [line] = await server.waitFor(new RegExp(`GET /api/v1/feed/unified 401.*${trace_id}`));
      expect(line.endsWith(` ${trace_url}`)).toBe(true);
      expect(server.output()).not.toContain('trace=');
      expect((await fetch(String(trace_url))).status).toBe(200);
    } finally {
      await server.stop();
    }
  });

  it('the address of the sixth version of IP stands in brackets', async () => {
    await withServer({ TRACE_VIEWER: 'true', METRICS_HOST: '::1' }, async (server) => {
      expect(server.metricsUrl).toMatch(/^http:\/\/\[::1\]:\d+$/);
      const { trace_id, trace_url } = await refusal(server.url);
      expect(trace_url).toBe(`${server.metricsUrl}/traces/${trace_id}`);
      expect((await fetch(String(trace_url))).status).toBe(200);
    });
  });

  it('in production there is a page where asked for, and no link to it', async () => {
    await withServer({ ...PRODUCTION, TRACE_VIEWER: 'true' }, async (server) => {
      const body = await refusal(server.url);
      expect(body).not.toHaveProperty('trace_url');
      expect((await fetch(`${server.metricsUrl}/traces/${body.trace_id}`)).status).toBe(200);
    });
  });
});

describe('without the trace viewer', () => {
  it.each([
    ['when it is not asked for', {}],
    ['in production', PRODUCTION],
  ])('%s there is nothing of it', async (_when, env) => {
    const coverage = temporaryFolder('coverage');
    try {
      // Node writes down which files it has run.
      await withServer({ ...env, NODE_V8_COVERAGE: coverage }, async (server) => {
        const body = await refusal(server.url);
        expect(body).not.toHaveProperty('trace_url');
        expect((await fetch(`${server.metricsUrl}/traces`)).status).toBe(404);
        expect((await fetch(`${server.metricsUrl}/traces/${body.trace_id}`)).status).toBe(404);
      });
      const files = readdirSync(coverage).map((name) => readFileSync(join(coverage, name), 'utf8'));
      const loaded = new Set(files.join('\n').match(/src\/telemetry\/viewer\/[\w./-]+/g));
      expect([...loaded]).toEqual(['src/telemetry/viewer/trace-link.ts']);
    } finally {
      rmSync(coverage, { recursive: true, force: true });
    }
  });

  it('the log for people has trace ids', async () => {
    const server = await startPretty({});
    try {
      const [, url = ''] = await server.waitFor(/ready .*\burl=(\S+) /);
      const { trace_id } = await refusal(url);
      await server.waitFor(new RegExp(`GET /api/v1/feed/unified 401.* trace=${trace_id}`));
      expect(server.output()).not.toContain('/traces/');
    } finally {
      await server.stop();
    }
  });
});

it('in development it is on, and whoever starts it is told where', async () => {
  const server = await startPretty({ NODE_ENV: 'development' });
  try {
    const [, url = ''] = await server.waitFor(/Open in a browser:\s+(\S+)\n/);
    const response = await fetch(url, { headers: { accept: 'text/html' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
  } finally {
    await server.stop();
  }
});

it('the trace viewer without tracing stops the start with one clear line', async () => {
  const server = await startPretty({ TRACE_VIEWER: 'true', OTEL_ENABLED: 'false' });
  expect(await server.ended).toBe(1);
  expect(server.output()).toBe(
    'sidechain: TRACE_VIEWER="true": not together with OTEL_ENABLED=false; then there are no traces to show\n',
  );
});
