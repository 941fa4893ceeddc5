import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { listJobs } from '../../src/data/jobs/list-jobs.ts';
import { openAudioQueue } from '../../src/data/jobs/open-audio-queue.ts';
import type { OpenAudioQueue } from '../../src/data/jobs.ts';
import { startMaintenance } from '../../src/features/audio/maintenance.ts';
import { putBackLostUploads } from '../../src/features/audio/put-back.ts';
import type { StoredObject } from '../../src/integrations/storage/storage.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import { startWorker, until, untilEnded, upload } from './worker.ts';

let test: TestApp;
let alice: TestUser;
let jobs: OpenAudioQueue;
let file: string;

beforeAll(async () => {
  test = await startTestApp();
  alice = await test.register('alice');
  jobs = await openAudioQueue({ url: test.database.url, works: false, lease: 2, retryDelay: 0 });
  file = await makeAudio(temporaryFolder('files'), { kind: 'tone', seconds: 1, format: 'wav' });
});

beforeEach(async () => {
  await test.ctx.db.audioUpload.deleteMany();
  await test.ctx.db.$executeRaw`DELETE FROM pgboss.job`;
});

afterAll(async () => {
  await jobs?.close();
  await test?.close();
});

const longAgo = (audioId: string, data: object = {}) =>
  test.ctx.db.audioUpload.update({ where: { id: audioId }, data: { updatedAt: new Date(0), ...data } });

const uploadWithoutJob = async (data: object = {}) => {
  const made = await upload(test.ctx, alice.id, file);
  await test.ctx.db.$executeRaw`DELETE FROM pgboss.job WHERE id = ${made.jobId}::uuid`;
  await longAgo(made.audioId, data);
  return made;
};

const putBack = () => putBackLostUploads({ db: test.ctx.db, jobs });

it('an upload whose job was lost goes back to the queue once, whoever looks, and becomes complete', async () => {
  const waiting = await uploadWithoutJob();
  const begun = await uploadWithoutJob({
    status: 'processing',
    leaseId: crypto.randomUUID(),
    stage: 'transcode',
    attempts: 1,
  });
  const found = await Promise.all([putBack(), putBack(), putBack()]);
  expect(found.reduce((sum, one) => sum + one)).toBe(2);
  expect(await listJobs(test.ctx.db, { dead: false })).toHaveLength(2);

  const worker = await startWorker(test);
  expect(await untilEnded(test, waiting.jobId)).toMatchObject({ status: 'complete', attempts: 1 });
  // The attempt that was lost with its job counts.
  expect(await untilEnded(test, begun.jobId)).toMatchObject({ status: 'complete', attempts: 2 });
  await worker.stop();
});

it('leaves alone what waits, runs, is over or has just changed', async () => {
  const [waits, , isNew] = [
    await upload(test.ctx, alice.id, file),
    await uploadWithoutJob({ status: 'complete', result: {} }),
    await uploadWithoutJob({ updatedAt: new Date() }),
    await uploadWithoutJob({ status: 'failed' }),
  ];
  await longAgo(waits.audioId);
  await test.ctx.db.$executeRaw`UPDATE pgboss.job SET state = 'active' WHERE id = ${waits.jobId}::uuid`;
  expect(await putBack()).toBe(0);
  await longAgo(isNew.audioId);
  expect(await putBack()).toBe(1);
});

it('takes the dead letter away that the queue has made of the job by itself', async () => {
  const { audioId, jobId } = await uploadWithoutJob();
  await test.ctx.db.$executeRaw`INSERT INTO pgboss.job (name, data)
    VALUES ('audio-dead', jsonb_build_object('audioId', ${audioId}::text))`;
  await test.ctx.db.$executeRaw`INSERT INTO pgboss.job (id, name, data, state)
    VALUES (${jobId}::uuid, 'audio', jsonb_build_object('audioId', ${audioId}::text), 'failed')`;
  expect(await putBack()).toBe(1);
  expect(await listJobs(test.ctx.db, { dead: false })).toMatchObject([{ jobId, audioId, state: 'waiting' }]);
});

/** @param list what the storage lists. */
const maintain = (list: () => AsyncIterable<StoredObject>) => {
  const storage = Object.assign(Object.create(test.ctx.storage), { list });
  return startMaintenance({ db: test.ctx.db, storage, jobs, workDir: temporaryFolder('work'), uploadTimeout: 0 });
};

const secondsToStop = async (maintenance: { stop(): Promise<void> }): Promise<number> => {
  const began = performance.now();
  await maintenance.stop();
  return (performance.now() - began) / 1000;
};

it('is part of the maintenance, which stops in the middle of a sweep', async () => {
  const { jobId } = await uploadWithoutJob();
  const maintenance = await maintain(async function* endless() {
    for (;;) yield await sleep(5, { key: 'other/file', bytes: 1, modifiedAt: new Date() });
  });
  await until(async () => (await listJobs(test.ctx.db, { dead: false })).some((job) => job.jobId === jobId), 3000);
  expect(await secondsToStop(maintenance)).toBeLessThan(0.5);
});

it('maintenance does not wait for a storage that does not answer', async () => {
  const maintenance = await maintain(async function* silent() {
    await new Promise(() => {});
  });
  expect(await secondsToStop(maintenance)).toBeLessThan(3);
});
