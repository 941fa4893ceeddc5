import { z } from 'zod';
import { type Route, route } from '../../contract.ts';

const Health = z
  .object({ status: z.literal('ok'), service: z.string(), version: z.string(), timestamp: z.string() })
  .meta({ id: 'Health' });

const Dependency = z.object({
  status: z.enum(['up', 'down']),
  required: z.boolean(),
  latency_ms: z.number().nullable(),
});

const Readiness = z
  .object({
    status: z.enum(['ok', 'degraded', 'unavailable']),
    dependencies: z.record(z.string(), Dependency),
    timestamp: z.string(),
  })
  .meta({ id: 'Readiness' });

/** A dependency that has not answered by then is down. */
const PROBE_TIMEOUT_MS = 2000;

const alive = (path: string, summary: string): Route =>
  route(
    { method: 'GET', path, tag: 'health', summary, auth: 'none', limit: 'none', responses: { 200: Health } },
    async ({ config, now }) => ({
      status: 200,
      body: {
        status: 'ok',
        service: config.OTEL_SERVICE_NAME,
        version: config.version,
        timestamp: now().toISOString(),
      },
    }),
  );

const ready = route(
  {
    method: 'GET',
    path: '/health/ready',
    tag: 'health',
    summary: 'Whether every dependency answers',
    description: '503 while one that the service cannot do without is down.',
    auth: 'none',
    limit: 'none',
    responses: { 200: Readiness, 503: Readiness },
  },
  async ({ db, cache, now }) => {
    const [database, cached] = await Promise.all([
      probe(true, async () => {
        await db.$queryRaw`SELECT 1`;
      }),
      probe(false, () => cache.ping()),
    ]);
    const status = database.status === 'down' ? 'unavailable' : cached.status === 'down' ? 'degraded' : 'ok';
    return {
      status: status === 'unavailable' ? 503 : 200,
      ...(status === 'unavailable' ? { headers: { 'Retry-After': '5' } } : {}),
      body: { status, dependencies: { database, cache: cached }, timestamp: now().toISOString() },
    };
  },
);

const probe = async (required: boolean, ask: () => Promise<unknown>): Promise<z.infer<typeof Dependency>> => {
  const began = performance.now();
  let timer: NodeJS.Timeout | undefined;
  try {
    await Promise.race([
      ask(),
      new Promise((_, reject) => {
        timer = setTimeout(() => reject(new Error('no answer')), PROBE_TIMEOUT_MS);
      }),
    ]);
    return { status: 'up', required, latency_ms: Math.round((performance.now() - began) * 100) / 100 };
  } catch {
    return { status: 'down', required, latency_ms: null };
  } finally {
    clearTimeout(timer);
  }
};

export const healthRoutes: Route[] = [
  alive('/health', 'Who answers'),
  alive('/health/live', 'Whether the process runs'),
  ready,
];
