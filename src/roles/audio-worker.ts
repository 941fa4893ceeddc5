import { availableParallelism } from 'node:os';
import { join, resolve } from 'node:path';
import { FAILURE_REASONS } from '../features/audio/failure.ts';
import { startMaintenance } from '../features/audio/maintenance.ts';
import { prepareWorkDir } from '../features/audio/pipeline/work-folder.ts';
import { STAGES } from '../features/audio/result.ts';
import { AUDIO_FORMATS } from '../integrations/ffmpeg/ffmpeg.ts';
import { consumeAudioJobs } from '../messaging/audio-jobs.ts';
import { log } from '../telemetry/log.ts';
import { declareAudio } from '../telemetry/metrics/audio.ts';
import { Closers } from './closers.ts';
import type { Role, RoleOptions } from './role.ts';

/** Turns uploads into playable loops. @throws Error when it has no place for the files in the making. */
export const startAudioWorker = async ({ config, stores }: RoleOptions): Promise<Role> => {
  const { pool, cache, bus, storage, jobs, ffmpeg } = stores;
  declareAudio({ formats: AUDIO_FORMATS, stages: STAGES, reasons: FAILURE_REASONS });
  // ffmpeg runs elsewhere and takes absolute paths only.
  const workDir = resolve(config.AUDIO_WORK_DIR ?? join(config.DATA_DIR, 'work'));
  await prepareWorkDir(workDir);
  const closers = new Closers();
  const maintenance = await startMaintenance({
    ...{ db: pool.db, storage, jobs, workDir },
    uploadTimeout: config.UPLOAD_TIMEOUT,
  });
  closers.add(() => maintenance.stop());
  if (!config.ROLES.includes('api') && config.REDIS_URL === undefined) {
    log.warn(
      'without REDIS_URL, apart from the API: cached feeds show what is published here when they expire, 30 s later',
    );
  }
  if (ffmpeg === undefined) {
    log.warn('no ffmpeg was found: uploads are not processed here; install it, or name it with FFMPEG_PATH');
    return { stop: () => closers.close() };
  }
  const limits = { stageTimeout: config.AUDIO_STAGE_TIMEOUT, maxDuration: config.AUDIO_MAX_DURATION / 1000 };
  const context = { db: pool.db, cache, bus, storage, ffmpeg, workDir, limits };
  const consumer = await consumeAudioJobs(jobs, context, config.AUDIO_CONCURRENCY ?? availableParallelism());
  closers.add(() => consumer.stop(config.SHUTDOWN_TIMEOUT));
  return { stop: () => closers.close() };
};
