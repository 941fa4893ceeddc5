import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AudioResult } from '../../src/features/audio/result.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import { startWorker, type TestWorker, until, untilEnded, upload } from './worker.ts';

let test: TestApp;
let worker: TestWorker;
let alice: TestUser;
let folder: string;

beforeAll(async () => {
  test = await startTestApp();
  worker = await startWorker(test);
  alice = await test.register('alice');
  folder = temporaryFolder('files');
});

afterAll(async () => {
  await worker?.stop();
  await test?.close();
});

const keysUnder = async (prefix: string): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of test.ctx.storage.list(prefix)) keys.push(key);
  return keys;
};

describe('an upload', () => {
  it('becomes a loop that can be played, and leaves no temporary file', async () => {
    const file = await makeAudio(folder, { kind: 'music', seconds: 4, format: 'wav', bpm: 120 });
    const { jobId, audioId } = await upload(test.ctx, alice.id, file);
    const row = await untilEnded(test, jobId);
    expect(row).toMatchObject({ status: 'complete', progress: 1, attempts: 1, failure: null, error: null });
    const result = row.result as unknown as AudioResult;
    expect(result.duration).toBeCloseTo(4, 1);
    expect(result.renditions.map(({ name }) => name)).toEqual(['aac', 'mp3']);
    expect(await keysUnder(`audio/${audioId}/`)).toEqual(result.renditions.map(({ key }) => key).sort());
    // It is complete for everybody a moment before the folder is removed.
    await until(async () => worker.workFolders().length === 0 || undefined);
  });

  it('tells how far it is, and goes back to the queue uncounted when its worker is shut down', async () => {
    const file = await makeAudio(folder, { kind: 'music', seconds: 60, format: 'wav' });
    const heard: string[] = [];
    test.ctx.bus.subscribe('upload.changed', (jobId) => heard.push(jobId));
    const { jobId } = await upload(test.ctx, alice.id, file);
    const find = () => test.ctx.db.audioUpload.findFirst({ where: { jobId } });
    const running = await until(async () => {
      const row = await find();
      return row?.progress ? row : undefined;
    });
    expect(running).toMatchObject({ status: 'processing', attempts: 1, stage: expect.any(String) });
    const began = Date.now();
    await worker.stop(0);
    expect(Date.now() - began).toBeLessThan(5000);
    expect(worker.workFolders()).toEqual([]);
    expect(await find()).toMatchObject({ status: 'pending', attempts: 0, progress: 0, failure: null });
    expect(heard.filter((id) => id === jobId).length).toBeGreaterThan(2);

    worker = await startWorker(test);
    expect(await untilEnded(test, jobId, 40_000)).toMatchObject({ status: 'complete', attempts: 1 });
  }, 60_000);

  it('fails with the stage and the reason where a stage takes too long, or the storage has lost it', async () => {
    await worker.stop();
    const limits = { stageTimeout: 60, maxDuration: 1200 };
    const hasty = await startWorker(test, { context: { limits } });
    const file = await makeAudio(folder, { kind: 'music', seconds: 30, format: 'wav' });
    const late = await upload(test.ctx, alice.id, file);
    expect(await untilEnded(test, late.jobId)).toMatchObject({ status: 'failed', attempts: 3, failure: 'timeout' });
    expect(hasty.workFolders()).toEqual([]);
    await hasty.stop();

    worker = await startWorker(test);
    const lost = await upload(test.ctx, alice.id, file, { sourceKey: 'uploads/nowhere/source.wav' });
    expect(await untilEnded(test, lost.jobId)).toMatchObject({
      status: 'failed',
      attempts: 3,
      stage: 'fetch',
      failure: 'storage',
    });
    expect(worker.workFolders()).toEqual([]);
  });
});
