import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Person, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OtlpReceiver, type Span, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { orphans, roots, tree } from '../support/trace-tree.ts';
import { finished, upload } from '../support/uploads.ts';
import { makeAudio } from './files.ts';

const STAGES = [
  'audio.fetch',
  'audio.probe',
  'audio.loudness',
  'audio.transcode',
  'audio.waveform',
  'audio.fingerprint',
  'audio.analyse',
  'audio.store',
  'audio.publish',
];

/** The spans of the trace once the job's own has arrived, which ends last. */
const waitForJob = async (receiver: OtlpReceiver, traceId: string, jobs = 1): Promise<Span[]> => {
  for (let count = 1; ; ) {
    const spans = await receiver.waitForTrace(traceId, { spans: count, timeoutMs: 10_000 });
    const ended = spans.filter(({ name }) => name === 'audio.process').length;
    if (ended >= jobs && spans.some(({ kind }) => kind === 'SERVER')) return spans;
    count = spans.length + 1;
  }
};

const named = (spans: readonly Span[], name: string): Span => {
  const span = spans.find((one) => one.name === name);
  if (!span) throw new Error(`no ${name} in\n${tree(spans)}`);
  return span;
};

describe.each(['in one process', 'with the worker apart'])('the trace of an upload, %s', (where) => {
  const apart = where !== 'in one process';
  let folder: string;
  let database: TestDatabase;
  let receiver: OtlpReceiver;
  let servers: ServerProcess[] = [];
  let alice: Person;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sidechain-trace-'));
    [database, receiver] = await Promise.all([createTestDatabase(), startOtlpReceiver()]);
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      RATE_LIMIT_ENABLED: 'false',
      STORAGE_DIR: join(folder, 'storage'),
    };
    const roles = apart ? ['api', 'audio-worker'] : ['api,audio-worker'];
    servers = await Promise.all(
      roles.map((role) => startServer({ databaseUrl: database.url, env: { ...env, ROLES: role } })),
    );
    alice = await register(servers[0]?.url ?? '', 'alice');
  });

  afterAll(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await Promise.all([database?.close(), receiver?.close()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it('holds the request, the wait, every stage and the publication, and its log lines carry its id', async () => {
    const file = await makeAudio(folder, { kind: 'music', seconds: 4, format: 'wav', bpm: 120 });
    const accepted = await upload(alice, file, { post: 'true' });
    expect(await finished(alice, accepted)).toMatchObject({ status: 'complete', progress: 1, attempts: 1 });
    const spans = await waitForJob(receiver, accepted.traceId);

    expect(orphans(spans)).toEqual([]);
    const request = named(spans, 'POST /api/v1/audio/upload');
    const submitted = named(spans, 'audio.upload');
    const job = named(spans, 'audio.process');
    const wait = named(spans, 'audio.queue_wait');
    expect(roots(spans).filter(({ remoteParent }) => !remoteParent)).toEqual([request]);
    expect(submitted.parentSpanId).toBe(request.spanId);
    expect([job.parentSpanId, wait.parentSpanId]).toEqual([submitted.spanId, submitted.spanId]);
    expect(job).toMatchObject({
      kind: 'CONSUMER',
      status: { code: 'UNSET' },
      attributes: {
        'messaging.system': expect.any(String),
        'messaging.destination.name': 'audio',
        'messaging.message.id': accepted.job_id,
        'messaging.operation.type': 'process',
        'audio.id': accepted.audio_id,
        'audio.attempt': 1,
      },
    });
    expect(job.resource['service.name']).toBe(apart ? 'audio-worker' : 'sidechain-backend');
    expect(wait.start).toBeGreaterThanOrEqual(request.start);
    expect(wait.end).toBeLessThanOrEqual(job.end);
    expect(wait.end).toBeGreaterThanOrEqual(wait.start);

    const stages = spans.filter(({ parentSpanId, name }) => parentSpanId === job.spanId && name.startsWith('audio.'));
    const inOrder = stages.toSorted((a, b) => Number(a.start - b.start)).map(({ name }) => name);
    expect(inOrder).toEqual(STAGES);
    for (const stage of ['audio.probe', 'audio.measure_loudness', 'audio.apply_loudness', 'audio.waveform']) {
      const program = stage === 'audio.probe' ? 'ffprobe' : 'ffmpeg';
      const runs = spans.filter(
        ({ parentSpanId, name }) => parentSpanId === named(spans, stage).spanId && name === program,
      );
      expect(runs.length, `${stage} in\n${tree(spans)}`).toBeGreaterThan(0);
      expect(runs[0]?.attributes).toMatchObject({ 'process.executable.name': program, 'process.exit.code': 0 });
    }
    // Loudness takes two passes. The second is on the way into the encoders.
    expect(named(spans, 'audio.measure_loudness').parentSpanId).toBe(named(spans, 'audio.loudness').spanId);
    expect(named(spans, 'audio.apply_loudness').parentSpanId).toBe(named(spans, 'audio.transcode').spanId);
    // What one reads of a trace: sizes, lengths, levels.
    expect(named(spans, 'audio.receive').attributes).toMatchObject({
      'audio.format': 'wav',
      'audio.bytes': expect.any(Number),
    });
    expect(named(spans, 'audio.probe').attributes).toMatchObject({ 'audio.codec': 'pcm_s16le', 'audio.channels': 2 });
    expect(named(spans, 'audio.apply_loudness').attributes['audio.loudness.integrated']).toBeCloseTo(-14, 0);
    expect(named(spans, 'audio.analyse').attributes['audio.tempo']).toBeCloseTo(120, 0);
    expect(named(spans, 'audio.publish').events.map(({ name }) => name)).toContain('audio published');

    const line = await servers
      .at(-1)
      ?.waitForLog(
        ({ trace_id, user_id, message }) =>
          trace_id === accepted.traceId && user_id === alice.id && !message.startsWith('POST '),
      );
    expect(line).toMatchObject({ level: 'info', request_id: request.attributes['request.id'] });
  });

  it('marks a failed stage with the last words of ffmpeg, and a failed attempt', async () => {
    const whole = await makeAudio(folder, { kind: 'noise', seconds: 2, format: 'flac' });
    const bytes = readFileSync(whole);
    const file = join(folder, 'broken.flac');
    // The header stays good and the frames are noise: taken by its first bytes, refused by ffmpeg.
    bytes.fill(0x55, 200);
    writeFileSync(file, bytes);
    const accepted = await upload(alice, file);
    const status = await finished(alice, accepted);
    expect(status).toMatchObject({ status: 'failed', attempts: 1, error: expect.any(String) });
    const spans = await waitForJob(receiver, accepted.traceId);
    expect(orphans(spans)).toEqual([]);
    const job = named(spans, 'audio.process');
    expect(job.status.code).toBe('ERROR');
    expect(job.attributes).toMatchObject({ 'audio.failure.reason': 'unreadable', 'audio.failure.permanent': true });
    const failed = spans.filter(({ status: { code }, name }) => code === 'ERROR' && STAGES.includes(name));
    expect(failed).toHaveLength(1);
    expect(String(failed[0]?.attributes['ffmpeg.words'])).toMatch(/flac|invalid|error/i);
    expect(failed[0]?.events.map(({ name }) => name)).toContain('exception');
    const line = await servers
      .at(-1)
      ?.waitForLog(({ trace_id, level }) => trace_id === accepted.traceId && (level === 'error' || level === 'warn'));
    expect(JSON.stringify(line)).toContain('unreadable');
  });

  it('gives exemplars of stages and of the wait that lead to the trace', async () => {
    const metrics = await fetch(`${servers.at(-1)?.metricsUrl}/metrics`, {
      headers: { accept: 'application/openmetrics-text' },
    });
    const text = await metrics.text();
    const known = new Set(receiver.traces().keys());
    for (const name of ['audio_processing_duration_seconds', 'audio_queue_wait_seconds']) {
      const found = [...text.matchAll(new RegExp(`^${name}_bucket.*# \\{trace_id="(\\w+)"`, 'gm'))];
      expect(found.length, name).toBeGreaterThan(0);
      for (const [, traceId] of found) expect(known).toContain(traceId);
    }
    expect(text).toMatch(/^audio_processing_failures_total\{stage="\w+",reason="unreadable"\} 1$/m);
    expect(text).toMatch(/^audio_queue_jobs\{state="dead"\} \d+$/m);
  });
});
