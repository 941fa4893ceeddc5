import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../src/integrations/postgres/embedded.ts';
import { log } from '../../src/telemetry/log.ts';
import { type Person, register } from '../support/client.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { temporaryFolder } from '../support/servers.ts';
import { type Accepted, upload } from '../support/uploads.ts';
import { makeAudio } from './files.ts';
import { until } from './worker.ts';

let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>;
let folder: string;
let dataDir: string;
let server: ServerProcess;
let alice: Person;

beforeAll(async () => {
  folder = temporaryFolder('away');
  dataDir = temporaryFolder('postgres');
  postgres = await startEmbeddedPostgres({ dataDir, log });
  const env = { DATA_DIR: folder, AUDIO_LEASE: '2s', AUDIO_RETRY_DELAY: '1ms', RATE_LIMIT_ENABLED: 'false' };
  server = await startServer({ databaseUrl: postgres.url, env });
  alice = await register(server.url, 'alice');
});

afterAll(async () => {
  await server?.stop();
  await postgres?.stop();
});

const statusOf = async (accepted: Accepted): Promise<string | undefined> => {
  const response = await alice.fetch(accepted.poll_url);
  const body = (await response.json()) as { status?: string };
  return response.status === 200 ? body.status : undefined;
};

it('completes every upload although PostgreSQL stops in the middle', async () => {
  const file = await makeAudio(folder, { kind: 'music', seconds: 8, format: 'wav' });
  const accepted: Accepted[] = [];
  // More often by hand: `AUDIO_STOPS=5 npx vitest run test/audio/database-away.test.ts`.
  for (let stops = Number(process.env.AUDIO_STOPS ?? 1); stops > 0; stops -= 1) {
    for (let i = 0; i < 3; i += 1) accepted.push(await upload(alice, file, { post: 'true' }));
    await sleep(500 + Math.random() * 1500);
    const { port } = postgres;
    await postgres.stop();
    await sleep(3000);
    postgres = await startEmbeddedPostgres({ dataDir, port, log });
  }
  for (const one of accepted) await until(async () => (await statusOf(one)) === 'complete', 40_000);
  const feed = (await (await alice.fetch('/api/v1/feed/timeline?limit=50')).json()) as { activities: { id: string }[] };
  expect(feed.activities.map(({ id }) => id).sort()).toEqual(accepted.map(({ post_id }) => post_id).sort());
  expect(readdirSync(join(folder, 'work'))).toEqual([]);
  expect(server.process.exitCode).toBeNull();
  // What cannot be reached is told, and not over and over.
  const told = server.logLines().filter(({ message }) => message === 'the job queue is in trouble');
  expect(told.length).toBeLessThanOrEqual(2);
}, 120_000);
