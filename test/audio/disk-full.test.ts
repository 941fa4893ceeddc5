import { randomUUID } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type AttemptContext, attemptUpload } from '../../src/features/audio/attempt.ts';
import { explain } from '../../src/features/audio/pipeline/explain.ts';
import type { AudioResult } from '../../src/features/audio/result.ts';
import type { Ffmpeg } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import { input } from '../../src/integrations/ffmpeg/input.ts';
import { LocalStorage } from '../../src/integrations/storage/local-storage.ts';
import type { ObjectStorage } from '../../src/integrations/storage/storage.ts';
import { makeAudio } from './files.ts';
import { type AudioApp, startAudioApp } from './http-app.ts';
import { file as filePart, wav } from './multipart.ts';
import { installedFfmpegs, measure } from './pipeline-run.ts';
import { mountSmallDisk, type SmallDisk } from './small-disk.ts';
import { attemptContext, startWorker, until, untilEnded, upload } from './worker.ts';

const MIB = 1 << 20;
const KIB = 1 << 10;

const mounted = mountSmallDisk(8 * MIB);
afterAll(() => mounted?.unmount());

/** All files of a disk but its ballast. */
const files = ({ folder }: SmallDisk): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name !== 'ballast')
    .map((entry) => join(entry.parentPath, entry.name));

describe.runIf(mounted)('a full disk (mounting one needs root)', () => {
  const disk = mounted as SmallDisk;
  let app: AudioApp;
  let source: string;
  let context: AttemptContext;

  beforeAll(async () => {
    app = await startAudioApp();
    // 0.7 MB, and 0.1 MB each of what is served.
    source = await makeAudio(app.test.ctx.config.DATA_DIR, { kind: 'music', seconds: 4, format: 'wav' });
    context = { ...(await attemptContext(app.test)), workDir: join(disk.folder, 'work') };
  });
  afterAll(() => app?.close());
  beforeEach(() => {
    app.test.ctx.storage = app.storage;
    disk.leave(8 * MIB);
  });

  const rowOf = (jobId: string) => app.db.audioUpload.findFirstOrThrow({ where: { jobId } });
  const smallStorage = (): Promise<ObjectStorage> => LocalStorage.open(join(disk.folder, 'storage'));
  const attempt = (jobId: string, audioId: string, ctx = context) =>
    attemptUpload(ctx, jobId, audioId, new AbortController().signal);

  it('of the storage is a 503 that says so, and nothing is left of the upload', async () => {
    app.test.ctx.storage = await smallStorage();
    const known = await app.uploads();
    const large = filePart(Buffer.concat([wav(1), Buffer.alloc(3 * MIB, 1)]));
    disk.leave(2 * MIB);
    for (let i = 0; i < 3; i += 1) {
      const answer = await app.sendParts([large]);
      expect(answer).toMatchObject({
        status: 503,
        json: { code: 'SERVICE_UNAVAILABLE', message: 'the storage is full' },
      });
      expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
      await until(async () => files(disk).length === 0);
    }
    disk.leave(0);
    expect((await app.sendParts([filePart(wav(0.1))])).status).toBe(503);
    expect(files(disk)).toEqual([]);
    expect(await app.uploads()).toBe(known);
    disk.leave(8 * MIB);
    const answer = await app.sendParts([large]);
    expect(answer.status).toBe(202);
    expect(files(disk)).toHaveLength(1);
    await app.storage.delete([]);
    await app.test.ctx.storage.delete([`uploads/${answer.json.audio_id}/source.wav`]);
    await app.db.audioUpload.delete({ where: { id: answer.json.audio_id } });
  });

  /** Kilobytes: nothing, not enough for the upload, hardly more than that, and more and more of what is made of it. */
  it.each([0, 4, 500, 720, 780, 900, 2000])(
    'of the worker ends an attempt with a retry, or does it no harm: %i kB were free',
    async (free) => {
      const { jobId, audioId } = await upload(app.test.ctx, app.alice.id, source);
      disk.leave(free * KIB);
      const { outcome } = await attempt(jobId, audioId);
      expect(files(disk)).toEqual([]);
      disk.leave(8 * MIB);
      if (free < 800 || outcome.status !== 'done') {
        const stage = free < 700 ? 'fetch' : expect.not.stringMatching('fetch');
        expect(outcome).toMatchObject({ status: 'retry', error: { stage, reason: 'disk_full' } });
        expect(await rowOf(jobId)).toMatchObject({ status: 'pending', attempts: 1, failure: 'disk_full' });
        expect((await attempt(jobId, audioId)).outcome).toEqual({ status: 'done' });
        expect(files(disk)).toEqual([]);
      }
      const row = await rowOf(jobId);
      expect(row).toMatchObject({ status: 'complete', failure: null, error: null });
      // Of both files all is there: a part of a loop would be worse than none.
      for (const { key } of (row.result as unknown as AudioResult).renditions) {
        const served = join(app.test.ctx.config.DATA_DIR, 'served');
        await app.test.ctx.storage.getFile(key, served);
        expect((await measure(served)).played, key).toBeCloseTo(4, 1);
      }
    },
  );

  it('of the storage behind a worker ends the stage store with a retry, and what it had stored is gone', async () => {
    const storage = await smallStorage();
    const { jobId, audioId } = await upload({ ...app.test.ctx, storage }, app.alice.id, source);
    const ctx = { ...context, storage, workDir: app.test.ctx.config.DATA_DIR };
    const before = files(disk);
    // One of the two fits.
    disk.leave(140 * KIB);
    const { outcome } = await attempt(jobId, audioId, ctx);
    expect(outcome).toMatchObject({ status: 'retry', error: { stage: 'store', reason: 'disk_full' } });
    expect(files(disk)).toEqual(before);
    disk.leave(8 * MIB);
    expect((await attempt(jobId, audioId, ctx)).outcome).toEqual({ status: 'done' });
    expect(files(disk)).toHaveLength(3);
    for (const path of files(disk)) await storage.delete([path.slice(join(disk.folder, 'storage').length + 1)]);
  });

  it('is waited out by the queue: the job is tried again, and completes once there is room', async () => {
    const worker = await startWorker(app.test, { retryDelay: 1, context: { workDir: context.workDir } });
    try {
      disk.leave(100 * KIB);
      const { jobId } = await upload(app.test.ctx, app.alice.id, source, { post: true });
      await until(async () => (await rowOf(jobId)).failure === 'disk_full');
      disk.leave(8 * MIB);
      expect(await untilEnded(app.test, jobId)).toMatchObject({ status: 'complete', attempts: 2, failure: null });
      await until(async () => files(disk).length === 0);
    } finally {
      await worker.stop();
    }
  });
});

const { PATH, npm } = await installedFfmpegs();
describe.each([
  ['of the PATH', PATH],
  ['of npm', npm],
])('ffmpeg %s on a full disk', (_, ffmpeg) => {
  it.runIf(ffmpeg && mounted).each([20, 100, 180, 220])(
    'has failed, also when it ends with 0: room for %i of 240 kB',
    async (room) => {
      const disk = mounted as SmallDisk;
      disk.leave(8 * MIB);
      const path = await makeAudio(disk.folder, { kind: 'tone', seconds: 10, format: 'wav', rate: 8000, channels: 1 });
      disk.leave(room * 1000);
      const output = ['-ar', '44100', '-c:a', 'libmp3lame', '-b:a', '192k', '-f', 'mp3'];
      const args = [...input(path, 'wav'), ...output, `file:${join(disk.folder, `${randomUUID()}.mp3`)}`];
      const failure = await (ffmpeg as Ffmpeg).run(args, { timeout: 20_000 }).catch((error: unknown) => error);
      expect(failure).toMatchObject({ reason: 'full', words: expect.stringContaining('No space left on device') });
      expect(explain(failure).reason).toBe('disk_full');
      for (const file of files(disk)) if (file.endsWith('.mp3')) rmSync(file);
    },
  );
});
