import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { orphans, roots, tree } from '../support/trace-tree.ts';

/** Two instances of one service, each with a receiver of its own, to see which of them sends what. */
interface Instance {
  server: ServerProcess;
  receiver: OtlpReceiver;
}

let database: TestDatabase;
let one: Instance;
let two: Instance;

const PARENT = 'b7ad6b7169203331';
const STRANGER = { 'x-forwarded-for': '203.0.113.9' };
const NEIGHBOUR = { 'x-forwarded-for': '10.1.2.3' };

const startInstance = async (): Promise<Instance> => {
  const receiver = await startOtlpReceiver();
  const server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      OTEL_TRACE_SAMPLER_RATE: '0.1',
      OTEL_TRACE_KEEP_SLOWER_THAN_MS: '0',
      RATE_LIMIT_ENABLED: 'false',
      TRUST_PROXY: '1',
    },
  });
  return { server, receiver };
};

beforeAll(async () => {
  database = await createTestDatabase();
  [one, two] = await Promise.all([startInstance(), startInstance()]);
});
afterAll(async () => {
  await Promise.all([one, two].map((instance) => instance?.server.stop()));
  await Promise.all([database?.close(), one?.receiver.close(), two?.receiver.close()]);
});

const randomId = (): string => randomBytes(16).toString('hex');

type Headers = Record<string, string>;

/** Sends one request, with the caller's flags if there are any; answers its trace id and the flag that it got. */
const request = async ({ server }: Instance, path: string, who: Headers, traceId?: string, flags = '00') => {
  const headers = traceId === undefined ? who : { ...who, traceparent: `00-${traceId}-${PARENT}-${flags}` };
  const response = await call(server.url, path, { headers });
  await response.text();
  const [, id = '', , flag = ''] = response.headers.get('traceparent')?.split('-') ?? [];
  return { id, flag, status: response.status };
};

/** Sends as many requests as there are ids, a few at a time. */
const requests = async (to: Instance, who: Headers, ids: readonly (string | undefined)[], flags?: string) => {
  const answers: Awaited<ReturnType<typeof request>>[] = [];
  for (let i = 0; i < ids.length; i += 25)
    answers.push(...(await Promise.all(ids.slice(i, i + 25).map((id) => request(to, '/health', who, id, flags)))));
  return answers;
};

/** The ids of those whose trace was sent, once it must have been. */
const sent = async ({ receiver }: Instance, answers: readonly { id: string }[]): Promise<string[]> => {
  await sleep(400);
  const traces = receiver.traces();
  return answers.map(({ id }) => id).filter((id) => traces.has(id));
};

const ids = (count: number): string[] => Array.from({ length: count }, randomId);
const none = (count: number): undefined[] => Array.from({ length: count });

it('keeps about the share that was asked for, and its flag says which', async () => {
  const answers = await requests(one, STRANGER, none(600));
  expect(new Set(answers.map(({ id }) => id)).size).toBe(600);
  const kept = await sent(one, answers);
  // 600 at 0.1: 60, with a standard deviation of 7.3; six of them on either side.
  expect(kept.length).toBeGreaterThan(16);
  expect(kept.length).toBeLessThan(104);
  expect(kept).toEqual(answers.filter(({ flag }) => flag === '01').map(({ id }) => id));
});

describe('a stranger', () => {
  it('gets the trace continued, and the share neither raised nor lowered', async () => {
    const sample = ids(300);
    const raised = await requests(one, STRANGER, sample, '01');
    expect(raised.map(({ id }) => id)).toEqual(sample);
    const kept = await sent(one, raised);
    expect(kept.length).toBeGreaterThan(0);
    expect(kept.length).toBeLessThan(62);
    one.receiver.clear();
    const lowered = await sent(one, await requests(one, STRANGER, ids(300), '00'));
    expect(lowered.length).toBeGreaterThan(0);
  });

  it('gains nothing by an id that was kept once', async () => {
    const [kept = ''] = await sent(one, await requests(one, STRANGER, ids(100), '01'));
    expect(kept).not.toBe('');
    const again = await requests(
      one,
      STRANGER,
      Array.from({ length: 300 }, () => kept),
      '01',
    );
    expect(again.filter(({ flag }) => flag === '01').length).toBeLessThan(62);
  });

  it('gets it no larger by ids of the kind that we keep of our own', async () => {
    const chosen = ids(300).map((id) => `${id.slice(0, 18)}ff${id.slice(20)}`);
    expect((await sent(one, await requests(one, STRANGER, chosen, '01'))).length).toBeLessThan(62);
  });

  it('who says to be a neighbour, through a proxy that says otherwise, is one still', async () => {
    const headers = { 'x-forwarded-for': '10.1.2.3, 203.0.113.9' };
    expect((await sent(one, await requests(one, headers, ids(100), '01'))).length).toBeLessThan(40);
  });
});

describe('a caller on a private address', () => {
  it('is followed', async () => {
    expect(await sent(one, await requests(one, NEIGHBOUR, ids(50), '01'))).toHaveLength(50);
    expect(await sent(one, await requests(one, NEIGHBOUR, ids(50), '00'))).toHaveLength(0);
    expect(await sent(one, await requests(one, NEIGHBOUR, ids(20), '03'))).toHaveLength(20);
    expect(await sent(one, await requests(one, NEIGHBOUR, ids(20), 'fe'))).toHaveLength(0);
  });
});

describe('two instances', () => {
  it.each([
    ['a neighbour that sampled nothing', NEIGHBOUR, '00'],
    ['a neighbour', NEIGHBOUR, '01'],
  ])('decide the same of the traces of %s', async (_who, headers, flags) => {
    const sample = ids(150);
    const [here, there] = await Promise.all([
      requests(one, headers, sample, flags),
      requests(two, headers, sample, flags),
    ]);
    expect(here.map(({ flag }) => flag)).toEqual(there.map(({ flag }) => flag));
    expect(await sent(one, here)).toEqual(await sent(two, there));
  });

  it('agree on a stranger: the one behind follows the one at the edge', async () => {
    const here = await requests(one, STRANGER, ids(150), '01');
    const there = await Promise.all(here.map(({ id, flag }) => request(two, '/health', NEIGHBOUR, id, flag)));
    expect(there.map(({ flag }) => flag)).toEqual(here.map(({ flag }) => flag));
    expect(await sent(two, there)).toEqual(await sent(one, here));
  });

  it('keep each its own part where that failed', async () => {
    const sql = new Client({ connectionString: database.url });
    await sql.connect();
    const traceId = randomId();
    const path = `/api/v1/posts/0197f3c0-0000-7000-8000-000000000000/comments`;
    await request(two, path, NEIGHBOUR, traceId);
    await sql.query('ALTER TABLE posts RENAME TO posts_elsewhere');
    const failed = await request(one, path, NEIGHBOUR, traceId);
    await sql.query('ALTER TABLE posts_elsewhere RENAME TO posts');
    await sql.end();
    expect(failed).toEqual({ id: traceId, flag: '00', status: 500 });
    const spans = await one.receiver.waitForTrace(traceId);
    expect(orphans(spans)).toEqual([]);
    expect(roots(spans).map(({ parentSpanId }) => parentSpanId)).toEqual([PARENT]);
    expect(tree(spans)).toBe('GET /api/v1/posts/:id/comments\n  posts.list_comments\n    SELECT posts');
    await sleep(400);
    expect(two.receiver.spansOf(traceId)).toEqual([]);
  });
});

it('gives an unsampled request its ids all the same', async () => {
  const traceId = randomId();
  const response = await call(one.server.url, '/api/v1/nothing', {
    headers: { ...NEIGHBOUR, traceparent: `00-${traceId}-${PARENT}-00` },
  });
  expect((await response.json()) as unknown).toMatchObject({ trace_id: traceId });
  const line = await one.server.waitForLog(({ http, trace_id }) => http !== undefined && trace_id === traceId);
  expect(line).toMatchObject({ level: 'warn', trace_flags: '00', http: { status: 404, client_address: '10.1.2.3' } });
});
