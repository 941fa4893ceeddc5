import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONVENTIONAL_ATTRIBUTES, LIBRARY_ATTRIBUTES, OWN_ATTRIBUTES } from '../../src/telemetry/schema.ts';
import { type Person, post, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OtlpReceiver, type Span, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { orphans, roots } from '../support/trace-tree.ts';

let database: TestDatabase;
let receiver: OtlpReceiver;
const servers: ServerProcess[] = [];

beforeAll(async () => {
  [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
  await Promise.all([database?.close(), receiver?.close()]);
});

/** An uncached unified feed, as it is traced with this filter. */
const traced = async (filter: string): Promise<Span[]> => {
  const server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      OTEL_SPAN_FILTER: filter,
    },
  });
  servers.push(server);
  const person: Person = await register(server.url);
  await post(person);
  const response = await person.fetch('/api/v1/feed/unified');
  await response.text();
  const id = response.headers.get('traceparent')?.split('-')[1] ?? '';
  return receiver.waitForTrace(id, { rootEnded: true });
};

it.each([
  ['error', /^GET /, 1, 1],
  ['info', /^(GET|SET|SELECT|feed\.)/, 10, 25],
  ['info,db=error', /^(GET|SET|feed\.)/, 8, 20],
  ['debug', /^(GET|SET|SELECT|feed\.|prisma:client:|middleware|router|request handler)/, 20, 60],
])('%s makes one whole tree under a root that is named by its route', async (filter, names, least, most) => {
  const spans = await traced(filter);
  const [root, ...others] = roots(spans);
  expect(others).toEqual([]);
  expect(root?.name).toBe('GET /api/v1/feed/unified');
  expect(root?.attributes['http.route']).toBe('/api/v1/feed/unified');
  expect(orphans(spans)).toEqual([]);
  const known: string[] = [...OWN_ATTRIBUTES, ...CONVENTIONAL_ATTRIBUTES, ...LIBRARY_ATTRIBUTES];
  for (const { name, attributes } of spans) {
    expect(name).toMatch(names);
    for (const attribute of Object.keys(attributes)) expect(known, `${name} has it`).toContain(attribute);
  }
  expect(spans.length).toBeGreaterThanOrEqual(least);
  expect(spans.length).toBeLessThanOrEqual(most);
});
