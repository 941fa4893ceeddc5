import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { listJobs } from '../../src/data/jobs/list-jobs.ts';
import type { AudioResult } from '../../src/features/audio/result.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import { until, upload } from './worker.ts';

/** `AUDIO_KILL_JOBS=50 npx vitest run test/audio/kills.test.ts` for more of it. */
const JOBS = Number(process.env.AUDIO_KILL_JOBS ?? 10);

let test: TestApp;
let alice: TestUser;
let data: string;
let worker: ServerProcess | undefined;

const startWorkerProcess = (): Promise<ServerProcess> =>
  startServer({
    databaseUrl: test.database.url,
    env: {
      ROLES: 'audio-worker',
      DATA_DIR: data,
      AUDIO_LEASE: '2s',
      AUDIO_RETRY_DELAY: '1ms',
      AUDIO_CONCURRENCY: '2',
    },
  });

beforeAll(async () => {
  data = temporaryFolder('data');
  test = await startTestApp({ DATA_DIR: data });
  alice = await test.register('alice');
});

afterAll(async () => {
  await worker?.stop('SIGKILL');
  await test?.close();
});

it(
  `loses none of ${JOBS} uploads to a worker that is killed again and again`,
  async () => {
    const folder = join(data, 'files');
    mkdirSync(folder);
    const file = await makeAudio(folder, { kind: 'music', seconds: 2, format: 'flac' });
    worker = await startWorkerProcess();
    const created = [];
    for (let i = 0; i < JOBS; i += 1) created.push(await upload(test.ctx, alice.id, file, { post: true }));

    const open = () => test.ctx.db.audioUpload.count({ where: { status: { in: ['pending', 'processing'] } } });
    let kills = 0;
    for (; kills < Math.max(3, JOBS / 5) && (await open()) > 0; kills += 1) {
      await sleep(300 + Math.random() * 1500);
      await worker.stop('SIGKILL');
      worker = await startWorkerProcess();
    }
    await until(async () => (await open()) === 0, JOBS * 4000 + 20_000);
    await until(async () => (await listJobs(test.ctx.db, { dead: false })).every(({ state }) => state === 'dead'));

    const rows = await test.ctx.db.audioUpload.findMany({ include: { posts: true } });
    expect(rows).toHaveLength(JOBS);
    const dead = await listJobs(test.ctx.db, { dead: true });
    const complete = rows.filter(({ status }) => status === 'complete');
    expect(complete.length).toBeGreaterThan(JOBS / 2);
    for (const { jobId, status, failure, attempts, posts } of rows) {
      expect(attempts).toBeLessThanOrEqual(3);
      expect(posts).toMatchObject([{ audioStatus: status === 'complete' ? 'ready' : 'failed' }]);
      if (status === 'failed') expect(failure).toBe('worker_lost');
      expect(dead.filter((job) => job.jobId === jobId)).toHaveLength(status === 'failed' ? 1 : 0);
    }

    // What is stored is what is referred to; an attempt that was killed while it stored is for the sweeper.
    for (const row of complete) {
      for (const { key, bytes } of (row.result as unknown as AudioResult).renditions)
        expect(await test.ctx.storage.stat(key)).toMatchObject({ bytes });
    }
    const listed = await test.http.get('/api/v1/feed/global?limit=100').expect(200);
    expect(listed.body.activities).toHaveLength(complete.length);

    // A worker that starts finds the folders of the dead, and removes them.
    await worker.stop();
    worker = await startWorkerProcess();
    expect(readdirSync(join(data, 'work'))).toEqual([]);
    const killed = rows.filter(({ attempts }) => attempts > 1).length;
    console.info(`${kills} kills, ${killed} uploads tried again, ${dead.length} given up`);
  },
  JOBS * 6000 + 60_000,
);
