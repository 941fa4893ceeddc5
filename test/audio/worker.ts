import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { v7 } from 'uuid';
import { type AudioQueueOptions, openAudioQueue } from '../../src/data/jobs/open-audio-queue.ts';
import type { OpenAudioQueue } from '../../src/data/jobs.ts';
import type { AttemptContext } from '../../src/features/audio/attempt.ts';
import { type CreatedUpload, createUpload, type UploadDraft } from '../../src/features/audio/create-upload.ts';
import type { AudioFormat, Ffmpeg } from '../../src/integrations/ffmpeg/ffmpeg.ts';
import { openFfmpeg } from '../../src/integrations/ffmpeg/open-ffmpeg.ts';
import type { ObjectStorage } from '../../src/integrations/storage/storage.ts';
import { consumeAudioJobs } from '../../src/messaging/audio-jobs.ts';
import type { TestApp } from '../support/app.ts';
import { temporaryFolder } from '../support/servers.ts';

/** A worker in the test's own process, on a test app's database, storage, cache and bus. */
export interface TestWorker {
  workDir: string;
  jobs: OpenAudioQueue;
  /** Folders of attempts that lie there. */
  workFolders(): string[];
  stop(timeout?: number): Promise<void>;
}

export interface WorkerOptions extends Partial<AudioQueueOptions> {
  concurrency?: number;
  /** Replaces parts of what the pipeline uses. */
  context?: Partial<AttemptContext>;
}

let ffmpeg: Promise<Ffmpeg> | undefined;
const theFfmpeg = (): Promise<Ffmpeg> => {
  ffmpeg ??= openFfmpeg({ FFMPEG_PATH: process.env.FFMPEG_PATH }).then((found) => {
    if (!found) throw new Error('there is no ffmpeg');
    return found;
  });
  return ffmpeg;
};

/** The real one, whose encoder fails. */
export const brokenFfmpeg = (failure: () => Error): Promise<Ffmpeg> =>
  theFfmpeg().then((real) => ({
    version: real.version,
    probe: (...args) => real.probe(...args),
    run: (args, options) => (args.includes('libmp3lame') ? Promise.reject(failure()) : real.run(args, options)),
  }));

/** What attempts use, with a work folder of its own. */
export const attemptContext = async ({ ctx: { db, cache, bus, storage } }: TestApp): Promise<AttemptContext> => {
  const limits = { stageTimeout: 60_000, maxDuration: 1200 };
  return { db, cache, bus, storage, ffmpeg: await theFfmpeg(), workDir: temporaryFolder('work'), limits };
};

/** Retries at once and misses dead workers after 2 s, unless told otherwise. */
export const startWorker = async (test: TestApp, options: WorkerOptions = {}): Promise<TestWorker> => {
  const { concurrency = 2, context = {}, ...timing } = options;
  const whole = { ...(await attemptContext(test)), ...context };
  const { workDir } = whole;
  const jobs = await openAudioQueue({ url: test.database.url, works: true, lease: 2, retryDelay: 0, ...timing });
  const consumer = await consumeAudioJobs(jobs, whole, concurrency);
  return {
    workDir,
    jobs,
    workFolders: () => (existsSync(workDir) ? readdirSync(workDir) : []),
    stop: async (timeout = 30_000) => {
      await consumer.stop(timeout);
      await jobs.close();
    },
  };
};

/** Puts a file into the storage and takes it on, as the route does. */
export const upload = async (
  ctx: {
    db: TestApp['ctx']['db'];
    cache: TestApp['ctx']['cache'];
    jobs: TestApp['ctx']['jobs'];
    storage: ObjectStorage;
  },
  userId: string,
  file: string,
  said: Partial<UploadDraft> = {},
): Promise<CreatedUpload> => {
  const audioId = v7();
  const format = file.split('.').at(-1) as AudioFormat;
  const sourceKey = `uploads/${audioId}/source.${format}`;
  const { bytes } = await ctx.storage.put(sourceKey, createReadStream(file), { contentType: 'audio/wav' });
  const sha256 = createHash('sha256').update(readFileSync(file)).digest();
  const draft = { audioId, sourceKey, bytes, sha256, format, filename: `loop.${format}`, genre: [] };
  return createUpload(ctx, userId, { ...draft, post: false, visibility: 'public', ...said });
};

export const until = async <T>(look: () => Promise<T | undefined | false>, milliseconds = 20_000): Promise<T> => {
  for (const deadline = Date.now() + milliseconds; ; await sleep(25)) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not within ${milliseconds} ms: ${look.toString()}`);
  }
};

/** Waits until an upload is complete or was given up. */
export const untilEnded = ({ ctx }: TestApp, jobId: string, milliseconds?: number) =>
  until(async () => {
    const row = await ctx.db.audioUpload.findFirst({ where: { jobId } });
    return row?.status === 'complete' || row?.status === 'failed' ? row : undefined;
  }, milliseconds);

/** A file of a name of its own, beside others. */
export const somewhere = (folder: string, name: string): string => join(folder, `${randomUUID()}-${name}`);
