import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeAudio } from '../audio/files.ts';
import { call, type Person, post, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { metricValue } from '../support/metric-value.ts';
import { type OtlpReceiver, type Span, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { orphans, tree } from '../support/trace-tree.ts';
import { finished, upload } from '../support/uploads.ts';

/** The product, tracing all or one in a hundred, with a worker, and all that it sends. */
interface Side {
  database: TestDatabase;
  receiver: OtlpReceiver;
  server: ServerProcess;
  sql: Client;
  alice: Person;
  comments: string;
}

const SLOW_MS = 500;
const RATE = 0.01;

const startSide = async (rate: number): Promise<Side> => {
  const [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
  const server = await startServer({
    databaseUrl: database.url,
    env: {
      ROLES: 'api,audio-worker',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      OTEL_TRACE_SAMPLER_RATE: String(rate),
      OTEL_TRACE_KEEP_SLOWER_THAN_MS: String(SLOW_MS),
      RATE_LIMIT_ENABLED: 'false',
    },
  });
  const sql = new Client({ connectionString: database.url });
  await sql.connect();
  const alice = await register(server.url);
  return { database, receiver, server, sql, alice, comments: `/api/v1/posts/${await post(alice)}/comments` };
};

let whole: Side;
let few: Side;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sidechain-keeping-'));
  [whole, few] = await Promise.all([startSide(1), startSide(RATE)]);
});
afterAll(async () => {
  for (const side of [whole, few]) {
    await side?.sql.end();
    await side?.server.stop();
    await Promise.all([side?.database.close(), side?.receiver.close()]);
  }
  rmSync(folder, { recursive: true, force: true });
});

const flagsOf = (response: Response): string => response.headers.get('traceparent')?.split('-')[3] ?? '';
const traceIdOf = (response: Response): string => response.headers.get('traceparent')?.split('-')[1] ?? '';
/** What runs at once comes in any order. */
const lines = (spans: readonly Span[]): string[] => tree(spans).split('\n').toSorted();

const kept = async ({ server }: Side, reason: string): Promise<number> =>
  metricValue(await (await fetch(`${server.metricsUrl}/metrics`)).text(), 'telemetry_traces_kept_total', { reason });

/** Calls `path` while its table is not there. */
const failing = async ({ sql, alice, comments }: Side, times: number): Promise<Response[]> => {
  await sql.query('ALTER TABLE comments RENAME TO comments_elsewhere');
  try {
    const responses = await Promise.all(Array.from({ length: times }, () => alice.fetch(comments)));
    for (const response of responses) await response.clone().text();
    return responses;
  } finally {
    await sql.query('ALTER TABLE comments_elsewhere RENAME TO comments');
  }
};

/** Calls `path` while its table is locked for longer than the limit. */
const slow = async ({ sql, alice, comments }: Side, times: number): Promise<Response[]> => {
  await sql.query('BEGIN; LOCK TABLE comments IN ACCESS EXCLUSIVE MODE');
  const calls = Array.from({ length: times }, () => alice.fetch(comments));
  await sleep(SLOW_MS + 100);
  await sql.query('COMMIT');
  const responses = await Promise.all(calls);
  for (const response of responses) await response.clone().text();
  return responses;
};

it('sends the whole trace of every request that failed, the same as with everything sampled', async () => {
  const [example] = await failing(whole, 1);
  const wanted = lines(await whole.receiver.waitForTrace(traceIdOf(example as Response)));
  const before = await kept(few, 'error');
  const responses = await failing(few, 30);
  expect(wanted.length).toBeGreaterThan(2);
  for (const response of responses) {
    expect(response.status).toBe(500);
    const spans = await few.receiver.waitForTrace(traceIdOf(response));
    expect(orphans(spans)).toEqual([]);
    expect(lines(spans)).toEqual(wanted);
    expect(spans.filter(({ status }) => status.code === 'ERROR').length).toBeGreaterThan(1);
    expect((await response.json()) as unknown).toMatchObject({ trace_id: traceIdOf(response) });
    await few.server.waitForLog(({ level, trace_id }) => level === 'error' && trace_id === traceIdOf(response));
  }
  const unsampled = responses.filter((response) => flagsOf(response) === '00').length;
  expect(unsampled).toBeGreaterThan(20);
  expect((await kept(few, 'error')) - before).toBe(unsampled);
});

it('sends the whole trace of every request that was slow', async () => {
  const [example] = await slow(whole, 1);
  const wanted = lines(await whole.receiver.waitForTrace(traceIdOf(example as Response)));
  const before = await kept(few, 'slow');
  const responses = await slow(few, 4);
  for (const response of responses) {
    expect(response.status).toBe(200);
    const spans = await few.receiver.waitForTrace(traceIdOf(response));
    expect(orphans(spans)).toEqual([]);
    expect(lines(spans)).toEqual(wanted);
  }
  const unsampled = responses.filter((response) => flagsOf(response) === '00').length;
  expect((await kept(few, 'slow')) - before).toBe(unsampled);
});

it('sends the whole trace of every upload, those too that fail in the worker', async () => {
  const good = await makeAudio(folder, { kind: 'noise', seconds: 1, format: 'flac' });
  const broken = join(folder, 'broken.flac');
  // Taken by its first bytes, refused by ffmpeg.
  writeFileSync(broken, readFileSync(good).fill(0x55, 200));
  const traced = async (side: Side, file: string, status: string): Promise<string[]> => {
    const accepted = await upload(side.alice, file);
    expect((await finished(side.alice, accepted)).status).toBe(status);
    for (const until = Date.now() + 10_000; ; await sleep(50)) {
      const spans = side.receiver.spansOf(accepted.traceId);
      const has = (name: string): boolean => spans.some((span) => span.name === name);
      if (has('audio.process') && has('POST /api/v1/audio/upload')) {
        expect(orphans(spans)).toEqual([]);
        // How often the progress is written depends on how long it takes.
        return [...new Set(lines(spans))];
      }
      if (Date.now() > until) throw new Error(`the trace did not come whole:\n${tree(spans)}`);
    }
  };
  const before = await kept(few, 'mark');
  const wanted = await Promise.all([traced(whole, broken, 'failed'), traced(whole, good, 'complete')]);
  expect(await Promise.all([traced(few, broken, 'failed'), traced(few, good, 'complete')])).toEqual(wanted);
  expect(wanted[0]).toContain('      audio.probe');
  expect(await kept(few, 'mark')).toBeGreaterThan(before);
});

it('sends one in a hundred of the rest, and says by the flag which', async () => {
  const { server, receiver, alice } = few;
  const count = 1200;
  const before = { rate: await kept(few, 'rate'), error: await kept(few, 'error'), slow: await kept(few, 'slow') };
  const flags = new Map<string, string>();
  for (let done = 0; done < count; done += 20) {
    await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const response = i % 4 === 0 ? await alice.fetch(few.comments) : await call(server.url, '/health');
        await response.text();
        flags.set(traceIdOf(response), flagsOf(response));
      }),
    );
  }
  await sleep(400);
  const arrived = receiver.traces();
  const sampled = [...flags].filter(([, flag]) => flag === '01').map(([traceId]) => traceId);
  expect(new Set(flags.values())).toEqual(new Set(['00', '01']));
  // A busy machine makes some of them slow.
  const slowOnes = (await kept(few, 'slow')) - before.slow;
  const kinds = [...flags.keys()].filter((traceId) => arrived.has(traceId));
  expect(kinds.length).toBe(sampled.length + slowOnes);
  expect(sampled.every((traceId) => arrived.has(traceId))).toBe(true);
  // 12, with a standard deviation of 3.4; six of them above, and not none.
  expect(sampled.length).toBeGreaterThan(0);
  expect(sampled.length).toBeLessThan(33);
  expect((await kept(few, 'error')) - before.error).toBe(0);
  // What the server does of its own accord is sampled too.
  expect((await kept(few, 'rate')) - before.rate).toBeGreaterThanOrEqual(sampled.length);
});

it('holds nothing when all is over', async () => {
  const text = await (await fetch(`${few.server.metricsUrl}/metrics`)).text();
  expect(metricValue(text, 'telemetry_buffered_spans')).toBe(0);
  expect(metricValue(text, 'telemetry_spans_dropped_total')).toBe(0);
});
