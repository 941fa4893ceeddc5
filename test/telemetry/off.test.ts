import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { call, post, register } from '../support/client.ts';
import { createTestDatabase } from '../support/database.ts';
import { startServer } from '../support/server.ts';

it('works without telemetry, and loads nothing of it', async () => {
  const database = await createTestDatabase();
  const folder = mkdtempSync(join(tmpdir(), 'sidechain-coverage-'));
  try {
    // Node writes down which files it has run.
    const server = await startServer({
      databaseUrl: database.url,
      env: { OTEL_ENABLED: 'false', NODE_V8_COVERAGE: folder },
    });
    const alice = await register(server.url, 'alice');
    await post(alice);
    const feed = await alice.fetch('/api/v1/feed/unified');
    expect(feed.status).toBe(200);
    expect(feed.headers.get('traceparent')).toBeNull();
    const requestId = feed.headers.get('x-request-id');
    const line = await server.waitForLog(({ http, request_id }) => http !== undefined && request_id === requestId);
    expect(line).toMatchObject({ user_id: alice.id, http: { status: 200, route: '/api/v1/feed/unified' } });
    expect(line.trace_id).toBeUndefined();
    const refused = await call(server.url, '/api/v1/feed/unified');
    expect((await refused.json()) as unknown).toMatchObject({ code: 'UNAUTHORIZED', trace_id: null });
    const metrics = await (await fetch(`${server.metricsUrl}/metrics`)).text();
    expect(/http_server_request_duration_seconds_count\{.*unified.*\} 1/.test(metrics)).toBe(true);
    expect(await server.stop()).toBe(0);

    const coverage = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'));
    const loaded = new Set(coverage.join('\n').match(/node_modules\/@(opentelemetry|prisma)\/[\w-]+/g));
    expect(loaded.size).toBeGreaterThan(0);
    for (const name of loaded) expect(name).not.toMatch(/sdk|exporter|instrumentation/);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await database.close();
  }
});
