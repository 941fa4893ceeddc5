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
  async ({ db, cache, storage, jobs, now }) => {
    const [database, cached, stored, queue] = await Promise.all([
      probe(true, db, () => db.$queryRaw`SELECT 1`),
      probe(false, cache, () => cache.ping()),
      probe(false, storage, () => storage.ping()),
      probe(false, jobs, () => jobs.ping()),
    ]);
    const dependencies = { database, cache: cached, storage: stored, audio_queue: queue };
    const down = Object.values(dependencies).filter((one) => one.status === 'down');
    const status = down.some(({ required }) => required) ? 'unavailable' : down.length > 0 ? 'degraded' : 'ok';
    return {
      status: status === 'unavailable' ? 503 : 200,
      ...(status === 'unavailable' ? { headers: { 'Retry-After': '5' } } : {}),
      body: { status, dependencies, timestamp: now().toISOString() },
    };
  },
);

/** Questions that wait for an answer, by whom they were put to. */
const asking = new WeakMap<object, Promise<void>>();

/**
 * Asks, or waits with whoever asked just before: questions to a server that hangs would pile up with every probe.
 * @throws Error when there is no answer in time, or a bad one.
 */
const askOnce = (whom: object, ask: () => Promise<unknown>): Promise<void> => {
  const known = asking.get(whom);
  if (known) return known;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer')), PROBE_TIMEOUT_MS);
  });
  const asked = Promise.race([ask().then(() => {}), late]).finally(() => {
    clearTimeout(timer);
    asking.delete(whom);
  });
  asking.set(whom, asked);
  return asked;
};

const probe = async (
  required: boolean,
  whom: object,
  ask: () => Promise<unknown>,
): Promise<z.infer<typeof Dependency>> => {
  const began = performance.now();
  try {
    await askOnce(whom, ask);
    return { status: 'up', required, latency_ms: Math.round((performance.now() - began) * 100) / 100 };
  } catch {
    return { status: 'down', required, latency_ms: null };
  }
};

export const healthRoutes: Route[] = [
  alive('/health', 'Who answers'),
  alive('/health/live', 'Whether the process runs'),
  ready,
];
