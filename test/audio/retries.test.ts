import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listJobs } from '../../src/data/jobs/list-jobs.ts';
import { FfmpegError } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import { startTestApp, type TestApp, type TestUser } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';
import { makeAudio } from './files.ts';
import { brokenFfmpeg, somewhere, startWorker, type TestWorker, until, untilEnded, upload } from './worker.ts';

const run = promisify(execFile);

let test: TestApp;
let alice: TestUser;
let folder: string;
let file: string;
let worker: TestWorker | undefined;

beforeAll(async () => {
  test = await startTestApp();
  alice = await test.register('alice');
  folder = temporaryFolder('files');
  file = await makeAudio(folder, { kind: 'chords', seconds: 1, format: 'wav' });
});

afterAll(async () => {
  await worker?.stop();
  await test?.close();
});

const jobs = async (...args: string[]): Promise<{ code: number; said: string }> => {
  try {
    const { stdout } = await run(process.execPath, ['scripts/jobs.ts', ...args], {
      env: { PATH: process.env.PATH, DATABASE_URL: test.database.url },
    });
    return { code: 0, said: stdout };
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string };
    return { code, said: stderr };
  }
};

const postOf = (audioId: string) => test.ctx.db.post.findFirst({ where: { audioId } });

describe('an upload whose stages fail', () => {
  it('is tried three times, then is a dead letter with the words of ffmpeg, which an operator can try again', async () => {
    worker = await startWorker(test, {
      context: {
        ffmpeg: await brokenFfmpeg(() => new FfmpegError('failed', 'ffmpeg ended with 1', 'the end is\nnigh')),
      },
    });
    const { jobId, audioId } = await upload(test.ctx, alice.id, file, { post: true });
    const row = await untilEnded(test, jobId);
    expect(row).toMatchObject({ status: 'failed', attempts: 3, stage: 'transcode', failure: 'ffmpeg' });
    expect(await postOf(audioId)).toMatchObject({ audioStatus: 'failed', listed: false });

    const [dead] = await until(async () => {
      const found = await listJobs(test.ctx.db, { dead: true });
      return found.length > 0 && found;
    });
    expect(dead).toMatchObject({ jobId, state: 'dead', attempts: 3, stage: 'transcode', reason: 'ffmpeg' });
    expect(dead?.words).toBe('the end is\nnigh');
    const listed = await jobs('list', '--dead');
    expect(listed.said).toMatch(new RegExp(`${jobId}  dead .* 3 attempts .*loop.wav`));
    expect(listed.said).toMatch(/transcode: ffmpeg: .*\n {4}\| the end is\n {4}\| nigh/);
    expect(JSON.parse((await jobs('list', '--json')).said)).toMatchObject([{ jobId, audioId, state: 'dead' }]);

    await worker.stop();
    expect((await jobs('retry', jobId)).said).toContain('waits again');
    expect(await test.ctx.db.audioUpload.findFirst({ where: { jobId } })).toMatchObject({
      status: 'pending',
      attempts: 0,
      failure: null,
    });
    expect(await postOf(audioId)).toMatchObject({ audioStatus: 'processing' });
    expect((await jobs('list')).said).toContain('waiting');

    worker = await startWorker(test);
    expect(await untilEnded(test, jobId)).toMatchObject({ status: 'complete', attempts: 1 });
    expect(await postOf(audioId)).toMatchObject({ audioStatus: 'ready', listed: true });
    expect((await jobs('list')).said).toBe('no such jobs\n');
  });

  it('is given up at once where the file is to blame', async () => {
    const broken = somewhere(folder, 'broken.wav');
    writeFileSync(broken, readFileSync(file).fill(0x55, 20));
    const { jobId } = await upload(test.ctx, alice.id, broken);
    expect(await untilEnded(test, jobId)).toMatchObject({ status: 'failed', attempts: 1, failure: 'unreadable' });
    const dead = await until(async () =>
      (await listJobs(test.ctx.db, { dead: true })).find((job) => job.jobId === jobId),
    );
    expect(dead).toMatchObject({ reason: 'unreadable' });
    expect(worker?.workFolders()).toEqual([]);

    expect((await jobs('discard', jobId)).said).toContain('thrown away');
    expect((await listJobs(test.ctx.db, { dead: true })).some((job) => job.jobId === jobId)).toBe(false);
    expect(await test.ctx.db.audioUpload.findFirst({ where: { jobId } })).toMatchObject({ status: 'failed' });
  });
});

describe('npm run jobs', () => {
  it('says what is wrong with what it is asked', async () => {
    expect(await jobs('retry')).toMatchObject({ code: 2, said: expect.stringContaining('usage:') });
    expect(await jobs('retry', 'nonsense')).toMatchObject({
      code: 2,
      said: expect.stringContaining('nonsense is not among the dead letters'),
    });
    const env = { PATH: process.env.PATH, DATA_DIR: temporaryFolder('empty') };
    await expect(run(process.execPath, ['scripts/jobs.ts', 'list'], { env })).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('DATABASE_URL is not set'),
    });
  });
});
