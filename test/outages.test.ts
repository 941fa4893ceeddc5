import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../src/integrations/postgres/embedded.ts';
import { log } from '../src/telemetry/log.ts';
import { call, type Person, post, register } from './support/client.ts';
import { type OtlpReceiver, startOtlpReceiver } from './support/otlp-receiver.ts';
import { describeWith } from './support/parts.ts';
import { type ServerProcess, startServer } from './support/server.ts';
import { startRedis, type TestServer, temporaryFolder } from './support/servers.ts';
import { orphans, roots } from './support/trace-tree.ts';

type Postgres = Awaited<ReturnType<typeof startEmbeddedPostgres>>;

let folder: string;
let postgres: Postgres;
let receiver: OtlpReceiver;
let redis: TestServer;
let server: ServerProcess;
let alice: Person;

const until = async (what: () => Promise<boolean>, timeout = 15_000): Promise<void> => {
  for (const end = Date.now() + timeout; Date.now() < end; await sleep(100)) if (await what()) return;
  throw new Error('it did not come to pass');
};

const residentBytes = async (): Promise<number> => {
  const text = await (await fetch(`${server.metricsUrl}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(text)?.[1]);
};

const status = async (path: string): Promise<number> => {
  const response = await alice.fetch(path);
  await response.text();
  return response.status;
};

describeWith('redis')('an outage', () => {
  beforeAll(async () => {
    folder = temporaryFolder('outages');
    [postgres, receiver, redis] = await Promise.all([
      startEmbeddedPostgres({ dataDir: folder, log }),
      startOtlpReceiver(),
      startRedis(),
    ]);
    server = await startServer({
      databaseUrl: postgres.url,
      env: {
        REDIS_URL: redis.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_BSP_SCHEDULE_DELAY: '50ms',
        OTEL_BSP_EXPORT_TIMEOUT: '500ms',
        OTEL_BSP_MAX_QUEUE_SIZE: '600',
        RATE_LIMIT_ENABLED: 'false',
      },
    });
    alice = await register(server.url, 'alice');
    await post(alice);
  });

  afterAll(async () => {
    await server?.stop();
    await Promise.all([postgres?.stop(), receiver?.close(), redis?.stop()]);
  });

  describe('of PostgreSQL', () => {
    it('leaves what is cached, makes the rest a 503 with Retry-After, and ends by itself', async () => {
      expect(await status('/api/v1/feed/unified?limit=5')).toBe(200);
      const { port } = postgres;
      await postgres.stop();

      const cached = await alice.fetch('/api/v1/feed/unified?limit=5');
      expect([cached.status, cached.headers.get('x-cache')]).toEqual([200, 'HIT']);

      for (const request of [
        () => alice.fetch('/api/v1/feed/unified?limit=6'),
        () => alice.fetch('/api/v1/users/me'),
        () =>
          alice.fetch('/api/v1/feed/post', { method: 'POST', json: { audio_url: 'https://cdn.example.com/a.mp3' } }),
        () =>
          call(server.url, '/api/v1/auth/login', {
            method: 'POST',
            json: { email: 'alice@example.com', password: 'x' },
          }),
        () => call(server.url, '/health/ready'),
      ]) {
        const response = await request();
        const text = await response.text();
        expect(response.status, text).toBe(503);
        expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
        expect(text).not.toMatch(/postgres|prisma|ECONN|127\.0\.0\.1/i);
      }

      const failed = await alice.fetch('/api/v1/users/me');
      await failed.text();
      const spans = await receiver.waitForTrace(failed.headers.get('traceparent')?.split('-')[1] ?? '');
      expect(orphans(spans)).toEqual([]);
      const [root] = roots(spans);
      expect(root).toMatchObject({
        status: { code: 'ERROR' },
        attributes: { 'http.response.status_code': 503, 'error.type': expect.any(String) },
      });
      expect(root?.events.map((event) => event.name)).toContain('exception');
      const query = spans.find((span) => span.attributes['db.system.name'] === 'postgresql');
      expect(query?.status.code).toBe('ERROR');

      postgres = await startEmbeddedPostgres({ dataDir: folder, port, log });
      await until(async () => (await status('/api/v1/feed/unified?limit=6')) === 200);
      expect((await call(server.url, '/health/ready')).status).toBe(200);
    });
  });

  describe('of Redis', () => {
    it('costs speed and no answer, and ends by itself', async () => {
      const { port } = redis;
      await redis.stop();
      for (let i = 0; i < 20; i += 1) {
        const began = Date.now();
        expect(await status('/api/v1/feed/unified?limit=7')).toBe(200);
        expect(Date.now() - began).toBeLessThan(1500);
      }
      expect(await status('/health/ready')).toBe(200);
      expect((await alice.fetch(`/api/v1/posts/${await post(alice)}/like`, { method: 'POST' })).status).toBeLessThan(
        300,
      );

      redis = await startRedis(undefined, port);
      await until(async () => {
        await status('/api/v1/feed/unified?limit=8');
        return (await alice.fetch('/api/v1/feed/unified?limit=8')).headers.get('x-cache') === 'HIT';
      });
    });
  });

  describe.each(['hang', 'reset', 429, 500] as const)('of the trace receiver: %s', (behaviour) => {
    it('costs no request anything, is counted, ends by itself, and what there was room for arrives then', async () => {
      const before = await residentBytes();
      receiver.setBehaviour(behaviour);
      const first = await alice.fetch('/api/v1/feed/unified?limit=51');
      await first.text();
      const slowest: number[] = [];
      for (let i = 0; i < 400; i += 1) {
        const began = performance.now();
        expect(await status(`/api/v1/feed/unified?limit=${1 + (i % 50)}`)).toBe(200);
        slowest.push(performance.now() - began);
      }
      expect(slowest.toSorted((a, b) => a - b)[380]).toBeLessThan(500);
      await until(async () =>
        /telemetry_export_failures_total\{reason="\w+"\} [1-9]/.test(
          await (await fetch(`${server.metricsUrl}/metrics`)).text(),
        ),
      );

      // Everything that could pile up is bounded; what is left is the collector's own breathing.
      expect((await residentBytes()) - before).toBeLessThan(100 * 1024 * 1024);

      receiver.setBehaviour('ok');
      const traceId = first.headers.get('traceparent')?.split('-')[1] ?? '';
      expect(orphans(await receiver.waitForTrace(traceId, { rootEnded: true, timeoutMs: 20_000 }))).toEqual([]);
      const after = await alice.fetch('/api/v1/feed/unified?limit=9');
      await after.text();
      await receiver.waitForTrace(after.headers.get('traceparent')?.split('-')[1] ?? '', { timeoutMs: 20_000 });
    });
  });
});
