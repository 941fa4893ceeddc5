import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHttpServer } from '../../src/http/server.ts';
import type { Accepted } from '../support/uploads.ts';
import { completeUpload } from './complete-upload.ts';
import { type AudioApp, startAudioApp } from './http-app.ts';
import { file, wav } from './multipart.ts';

let app: AudioApp;

beforeAll(async () => {
  app = await startAudioApp();
});
afterAll(() => app?.close());

interface Event {
  id?: string;
  event?: string;
  data?: string;
  retry?: string;
  comment?: string;
}

const parseEvent = (text: string): Event =>
  Object.fromEntries(
    text.split('\n').map((line) => {
      const colon = line.indexOf(':');
      return [colon === 0 ? 'comment' : line.slice(0, colon), line.slice(colon + 1).trim()];
    }),
  );

/** Reads a stream of events as it comes. */
class Events {
  readonly seen: Event[] = [];
  readonly response: Response;
  readonly ended: Promise<void>;
  readonly #abort: AbortController;

  constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.ended = this.#read().catch(() => {});
  }

  static async open(jobId: string, headers: Record<string, string> = app.alice.auth, base = app.url): Promise<Events> {
    const abort = new AbortController();
    const path = `${base}/api/v1/audio/status/${jobId}/events`;
    return new Events(await fetch(path, { headers, signal: abort.signal }), abort);
  }

  hangUp(): void {
    this.#abort.abort();
  }

  /** The statuses so far. */
  statuses(): { status: string; progress: number; stage: string | null; result?: object }[] {
    return this.seen.flatMap(({ event, data }) => (event === 'status' ? [JSON.parse(data ?? '')] : []));
  }

  async until(count: number, timeoutMs = 5000): Promise<void> {
    for (let waited = 0; waited < timeoutMs && this.statuses().length < count; waited += 10) await sleep(10);
    expect(this.statuses().length).toBeGreaterThanOrEqual(count);
  }

  async #read(): Promise<void> {
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of this.response.body ?? []) {
      text += decoder.decode(chunk as Uint8Array, { stream: true });
      for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
        this.seen.push(parseEvent(text.slice(0, end)));
        text = text.slice(end + 2);
      }
    }
  }
}

const begin = async (): Promise<Accepted> => (await app.sendParts([file(wav(0.2))])).json;

const change = async (upload: Accepted, data: Record<string, unknown>, tell = true): Promise<void> => {
  await app.test.database.db.audioUpload.update({ where: { id: upload.audio_id }, data });
  if (tell) await app.test.ctx.bus.publish('upload.changed', upload.job_id);
};

const openStreams = (): Promise<number> =>
  new Promise((resolve) => {
    void fetch(`${app.url}/health`).then(() => resolve(process.getActiveResourcesInfo().length));
  });

it('tells the status now, then every change, and ends with the last', async () => {
  const upload = await begin();
  const events = await Events.open(upload.job_id);
  expect(events.response.status).toBe(200);
  expect(events.response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(events.response.headers.get('cache-control')).toBe('no-store');
  await events.until(1);
  const began = Date.now();
  await change(upload, { status: 'processing', stage: 'probe', progress: 0.1, attempts: 1 });
  await events.until(2);
  // By the bus, not by the next look.
  expect(Date.now() - began).toBeLessThan(1000);
  await change(upload, {});
  await change(upload, { stage: 'transcode', progress: 0.5 });
  await events.until(3);
  await change(upload, { status: 'failed', failure: 'unreadable', error: 'this is no audio' });
  await events.ended;
  expect(events.statuses().map(({ status, stage, progress }) => [status, stage, progress])).toEqual([
    ['pending', null, 0],
    ['processing', 'probe', 0.1],
    ['processing', 'transcode', 0.5],
    ['failed', 'transcode', 0.5],
  ]);
  expect(events.statuses().at(-1)).toMatchObject({ error: 'this is no audio', reason: 'unreadable' });
  const ids = events.seen.flatMap(({ id }) => id ?? []);
  expect(new Set(ids).size).toBe(4);
});

it('sees what the bus does not tell', async () => {
  const upload = await begin();
  const events = await Events.open(upload.job_id);
  await events.until(1);
  await change(upload, { status: 'processing', stage: 'probe' }, false);
  await events.until(2);
  events.hangUp();
});

it('tells what is over at once, and ends; also to whoever comes back', async () => {
  const { jobId, id, postId } = await completeUpload(app);
  for (const headers of [{}, { 'last-event-id': 'nonsense-7' }]) {
    const events = await Events.open(jobId, { ...app.alice.auth, ...headers });
    await events.ended;
    expect(events.statuses()).toHaveLength(1);
    expect(events.statuses()[0]).toMatchObject({
      status: 'complete',
      progress: 1,
      result: { audio_id: id, post_id: postId, duration: 3, bpm: 123.4, duplicate_of: null },
    });
  }
});

it('tells the same as the status does', async () => {
  const { jobId } = await completeUpload(app);
  const events = await Events.open(jobId);
  await events.ended;
  const { body } = await app.test.http.get(`/api/v1/audio/status/${jobId}`).set(app.alice.auth).expect(200);
  expect(events.statuses()).toEqual([body]);
});

it('names no post that was deleted', async () => {
  const { jobId, postId } = await completeUpload(app);
  await app.test.http.delete(`/api/v1/posts/${postId}`).set(app.alice.auth).expect(200);
  const { body } = await app.test.http.get(`/api/v1/audio/status/${jobId}`).set(app.alice.auth).expect(200);
  expect(body.result.audio_id).toBe(body.audio_id);
  expect(JSON.stringify(body)).not.toContain('post_id');
});

it('tells nobody else', async () => {
  const upload = await begin();
  for (const path of [upload.poll_url, `${upload.poll_url}/events`]) {
    await app.test.http.get(path).set(app.bob.auth).expect(404);
    await app.test.http.get(path).expect(401);
  }
});

it('opens ten at once for one user and no more, and lets go of those whose clients hang up', async () => {
  const upload = await begin();
  const streams = await Promise.all(Array.from({ length: 10 }, () => Events.open(upload.job_id)));
  for (const stream of streams) await stream.until(1);
  const refused = await Events.open(upload.job_id);
  expect(refused.response.status).toBe(429);
  expect(refused.response.headers.get('retry-after')).toBe('5');
  for (const stream of streams) stream.hangUp();
  for (let tries = 0; ; tries += 1) {
    const again = await Events.open(upload.job_id);
    again.hangUp();
    if (again.response.status === 200) break;
    expect(tries).toBeLessThan(100);
    await sleep(20);
  }
  await sleep(50);
  expect(await openStreams()).toBeLessThan(100);
});

it('opens no more than ten for one user, though many ask at the same moment', async () => {
  const upload = await begin();
  const streams = await Promise.all(Array.from({ length: 30 }, () => Events.open(upload.job_id)));
  expect(streams.filter(({ response }) => response.status === 200)).toHaveLength(10);
  for (const stream of streams) stream.hangUp();
});

it('answers a HEAD at once', async () => {
  const upload = await begin();
  const response = await fetch(`${app.url}${upload.poll_url}/events`, { method: 'HEAD', headers: app.alice.auth });
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
});

it('does not keep a server from closing', async () => {
  const other = await startHttpServer(app.test.app, '127.0.0.1', 0);
  const upload = await begin();
  const events = await Events.open(upload.job_id, app.alice.auth, `http://127.0.0.1:${other.port}`);
  await events.until(1);
  const began = Date.now();
  await other.close(30_000);
  expect(Date.now() - began).toBeLessThan(3000);
  await events.ended;
});
