import type { Bus } from '../../../data/bus.ts';
import type { Cache } from '../../../data/cache/cache.ts';
import type { Database } from '../../../data/database.ts';
import type { BegunAttempt, Lease } from '../../../data/repositories/audio-jobs.ts';
import type { AudioFormat, Ffmpeg } from '../../../integrations/ffmpeg/ffmpeg.ts';
import type { ObjectStorage } from '../../../integrations/storage/storage.ts';
import { log } from '../../../telemetry/log.ts';
import type { AudioResult } from '../result.ts';
import { estimate } from './analyse.ts';
import { findDuplicate } from './duplicates.ts';
import { fetchSource } from './fetch.ts';
import { LeaseLost } from './interruption.ts';
import { planLoudness } from './loudness.ts';
import { probeAudio } from './probe.ts';
import { ProgressReport } from './progress.ts';
import { type Made, publish } from './publish.ts';
import { makeRenditions } from './renditions.ts';
import { type RunStage, runStage } from './stage.ts';
import { removeRenditions, storeRenditions } from './store.ts';
import { makeWorkFolder, removeWorkFolder, workFolderOf } from './work-folder.ts';

export interface ProcessContext {
  db: Database;
  cache: Cache;
  bus: Bus;
  storage: ObjectStorage;
  ffmpeg: Ffmpeg;
  /** Folder in which every attempt has one of its own. */
  workDir: string;
  limits: {
    /** Milliseconds. */
    stageTimeout: number;
    /** Seconds. */
    maxDuration: number;
  };
}

export interface AttemptRun {
  jobId: string;
  lease: Lease;
  upload: BegunAttempt;
  signal: AbortSignal;
}

/**
 * Makes a playable loop of an upload, stage by stage, and publishes it. What it needs on this disk lies in a folder of
 * its own, of which nothing is left in the end.
 * @throws StageFailure; LeaseLost or ShuttingDown when it was interrupted.
 */
export const processUpload = async (ctx: ProcessContext, attempt: AttemptRun): Promise<void> => {
  const { jobId, lease } = attempt;
  const lost = new AbortController();
  const progress = new ProgressReport({
    ...{ db: ctx.db, bus: ctx.bus, jobId, lease },
    onLost: () => lost.abort(new LeaseLost()),
  });
  const signal = AbortSignal.any([attempt.signal, lost.signal]);
  const stage: RunStage = (name, work) => {
    const onProgress = (fraction: number): void => progress.tell(name, fraction);
    return runStage(name, { signal, timeout: ctx.limits.stageTimeout, onProgress }, work);
  };
  const folder = workFolderOf(ctx.workDir, jobId, lease.leaseId);
  try {
    const made = await make(ctx, attempt, folder, stage);
    await progress.close();
    await stage('publish', (run) => publish(ctx, lease, made, run));
  } finally {
    await progress.close();
    await removeWorkFolder(folder);
  }
};

/** All that can be done without anybody seeing it. */
const make = async (
  { db, storage, ffmpeg, limits: { maxDuration } }: ProcessContext,
  { lease, upload }: AttemptRun,
  folder: string,
  stage: RunStage,
): Promise<Made> => {
  const format = upload.format as AudioFormat;
  const path = await stage('fetch', async (run) => {
    await makeWorkFolder(folder);
    return fetchSource(storage, upload.sourceKey, folder, run);
  });
  const probe = await stage('probe', (run) => probeAudio(ffmpeg, path, format, { ...run, maxDuration }));
  const plan = await stage('loudness', async (run) => {
    const made = await planLoudness(ffmpeg, { path, format, probe }, { ...run, maxDuration });
    run.span.setAttributes({ 'audio.loudness.gain': made.gain.gain, 'audio.limited': made.gain.limited });
    return made;
  });
  const made = await makeRenditions(ffmpeg, plan, folder, stage);
  const { files, loudness, truePeak } = made;
  const { measured, gain } = made.plan;
  const { peaks, waveform, features } = made.drawn;
  const fingerprint = [...features.terms];
  const duplicateOf = await stage('fingerprint', () => findDuplicate(db, upload, fingerprint));
  const { tempo, key } = await stage('analyse', async () => estimate(features));
  const renditions = await stage('store', (run) => storeRenditions(storage, lease, files, run)).catch(
    async (error: unknown) => {
      await removeRenditions(storage, lease).catch((failed: unknown) =>
        log.warn('what an attempt had stored could not be removed; the sweeper will', { error: failed }),
      );
      throw error;
    },
  );
  const result: AudioResult = {
    duration: measured.duration,
    source: {
      codec: probe.codec,
      sampleRate: probe.sampleRate,
      channels: probe.channels,
      bitDepth: probe.bitDepth ?? null,
    },
    loudness: {
      sourceIntegrated: measured.integrated,
      sourceTruePeak: measured.truePeak,
      integrated: loudness.integrated,
      truePeak,
      ...gain,
    },
    waveform,
    tempo,
    key,
    duplicateOf,
    renditions,
  };
  return { result, peaks, fingerprint };
};
