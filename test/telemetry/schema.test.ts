import { mkdtempSync, rmSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CONVENTIONAL_ATTRIBUTES, DOMAIN_SPANS, EVENTS, OWN_ATTRIBUTES } from '../../src/telemetry/schema.ts';
import { makeAudio } from '../audio/files.ts';
import { call, PASSWORD, type Person, post, register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type OtlpReceiver, startOtlpReceiver } from '../support/otlp-receiver.ts';
import { has } from '../support/parts.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { orphans } from '../support/trace-tree.ts';
import { finished, sendFile, upload } from '../support/uploads.ts';

let database: TestDatabase;
let receiver: OtlpReceiver;
let server: ServerProcess;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sidechain-schema-'));
  [database, receiver] = await Promise.all([
    createTestDatabase(has('postgres15') ? 'postgres15' : 'embedded'),
    startOtlpReceiver(),
  ]);
  server = await startServer({
    databaseUrl: database.url,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      RATE_LIMIT_ENABLED: 'false',
    },
  });
});

afterAll(async () => {
  server?.process.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
  await Promise.all([database?.close(), receiver?.close()]);
});

/** Something of everything that the product does. */
const useEverything = async (alice: Person, bob: Person, base: string): Promise<void> => {
  const id = await post(bob);
  await bob.fetch('/api/v1/users/me', { method: 'PUT', json: { bio: 'loops', is_private: true } });
  await alice.fetch('/api/v1/users/bob/follow', { method: 'POST' });
  const requests = (await (await bob.fetch('/api/v1/users/me/follow-requests')).json()) as {
    requests: { id: string }[];
  };
  await bob.fetch(`/api/v1/follow-requests/${requests.requests[0]?.id}/accept`, { method: 'POST' });
  for (const path of ['like', 'repost', 'save']) await alice.fetch(`/api/v1/posts/${id}/${path}`, { method: 'POST' });
  await alice.fetch(`/api/v1/posts/${id}/play`, { method: 'POST', json: { duration: 3, completed: true } });
  const comment = (await (
    await alice.fetch(`/api/v1/posts/${id}/comments`, {
      method: 'POST',
      json: { body: 'nice' },
      headers: { 'idempotency-key': 'k1' },
    })
  ).json()) as { comment: { id: string } };
  await alice.fetch(`/api/v1/comments/${comment.comment.id}`, { method: 'PUT', json: { body: 'very nice' } });
  for (const path of [
    'feed/unified',
    'feed/unified',
    'feed/timeline',
    'feed/global',
    'feed/trending',
    'users/me',
    'auth/me',
    'users/bob/profile',
    'users/bob/posts',
    'users/bob/followers',
    'users/alice/following',
    'users/recommended',
    'users/me/muted',
    'search/users?q=bo',
    'search/posts?q=loop',
    `posts/${id}`,
    `posts/${id}/comments`,
    'feed/unified?limit=0',
    'nothing',
  ])
    await (await alice.fetch(`/api/v1/${path}`)).text();
  for (const path of ['like', 'repost', 'save']) await alice.fetch(`/api/v1/posts/${id}/${path}`, { method: 'DELETE' });
  await alice.fetch(`/api/v1/comments/${comment.comment.id}`, { method: 'DELETE' });
  await alice.fetch('/api/v1/users/bob/mute', { method: 'POST' });
  await alice.fetch('/api/v1/users/bob/mute', { method: 'DELETE' });
  await alice.fetch('/api/v1/users/bob/follow', { method: 'DELETE' });
  await bob.fetch(`/api/v1/posts/${id}`, { method: 'DELETE' });
  await call(base, '/api/v1/auth/login', { method: 'POST', json: { email: 'bob@example.com', password: PASSWORD } });
  await call(base, '/api/v1/auth/login', { method: 'POST', json: { email: 'bob@example.com', password: 'wrong' } });
  const refreshed = (await (
    await call(base, '/api/v1/auth/refresh', { method: 'POST', json: { refresh_token: bob.refreshToken } })
  ).json()) as { auth?: unknown };
  expect(refreshed).toHaveProperty('auth');
  await call(base, '/api/v1/auth/refresh', { method: 'POST', json: { refresh_token: bob.refreshToken } });
  await alice.fetch('/api/v1/auth/logout', { method: 'POST', json: {} });
};

/** Uploads that end in every way there is, and all that one can ask for of one. */
const useAudio = async (alice: Person, folder: string): Promise<void> => {
  const file = await makeAudio(folder, { kind: 'music', seconds: 4, format: 'wav' });
  const { audio_id, poll_url } = await upload(alice, file, { post: 'true' });
  expect(await finished(alice, { poll_url })).toMatchObject({ status: 'complete' });
  for (const path of ['', '/stream', '/waveform.json', '/waveform.svg'])
    await (await alice.fetch(`/api/v1/audio/${audio_id}${path}`)).arrayBuffer();
  expect(await finished(alice, await upload(alice, file))).toMatchObject({ status: 'complete' });

  expect((await sendFile(alice, file, { bpm: '999' })).status).toBe(422);

  const broken = join(folder, 'broken.flac');
  await writeFile(
    broken,
    (await readFile(await makeAudio(folder, { kind: 'noise', seconds: 1, format: 'flac' }))).fill(0x55, 200),
  );
  expect(await finished(alice, await upload(alice, broken))).toMatchObject({ status: 'failed' });

  const giveUp = new AbortController();
  const endless = new ReadableStream({
    start: (controller) =>
      controller.enqueue(
        Buffer.from('--b\r\ncontent-disposition: form-data; name="audio"; filename="a.wav"\r\n\r\nRIFF'),
      ),
  });
  const sending = alice.fetch('/api/v1/audio/upload', {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
    body: endless,
    signal: giveUp.signal,
    duplex: 'half',
  } as RequestInit);
  setTimeout(() => giveUp.abort(), 300);
  await expect(sending).rejects.toThrow();
};

it('emits no name that the schema does not list, and no orphan', async () => {
  const alice = await register(server.url, 'alice');
  await useAudio(alice, folder);
  await useEverything(alice, await register(server.url, 'bob'), server.url);
  expect(await server.stop()).toBe(0);

  const spans = [...receiver.traces().values()].flat();
  expect(spans.length).toBeGreaterThan(200);
  for (const trace of receiver.traces().values()) expect(orphans(trace)).toEqual([]);

  const known: string[] = [...OWN_ATTRIBUTES, ...CONVENTIONAL_ATTRIBUTES];
  const domain = new Set<string>();
  for (const span of spans) {
    for (const name of Object.keys(span.attributes)) expect(known, `${span.name} has it`).toContain(name);
    for (const event of span.events) {
      expect([...EVENTS, 'exception'], `on ${span.name}`).toContain(event.name);
      for (const name of Object.keys(event.attributes)) expect(known).toContain(name);
    }
    if (span.kind === 'INTERNAL' || span.kind === 'CONSUMER') domain.add(span.name);
    else
      expect(span.name).toMatch(
        /^(GET|POST|PUT|DELETE)( \/[\w/:.-]*)?$|^(SELECT|INSERT|UPDATE|DELETE) [a-z_]+$|^(GET|SET|DEL) feed:[a-z]+$|^(BEGIN|COMMIT|ROLLBACK|SELECT)$/,
      );
  }
  for (const name of domain) expect(DOMAIN_SPANS).toContain(name);
  // And the other way round: the schema does not list what nobody emits.
  const rare = ['storage.stat', 'feed.wait', 'social.reject_follow_request', 'social.list_followers'];
  for (const name of DOMAIN_SPANS)
    if (!rare.includes(name)) expect([...domain], `nobody emitted ${name}`).toContain(name);

  // Names of tables, never of a statement's own common tables.
  const tables = (
    await database.db.$queryRaw<
      { tablename: string }[]
    >`SELECT tablename FROM pg_tables WHERE schemaname IN ('public', 'pgboss')`
  ).map(({ tablename }) => tablename);
  for (const { attributes } of spans)
    if (attributes['db.collection.name'] !== undefined) expect(tables).toContain(attributes['db.collection.name']);
});
