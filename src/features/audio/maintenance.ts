import { setTimeout as sleep } from 'node:timers/promises';
import type { OpenAudioQueue } from '../../data/jobs.ts';
import { log } from '../../telemetry/log.ts';
import { removeDeadWorkFolders } from './pipeline/work-folder.ts';
import { putBackLostUploads } from './put-back.ts';
import { type SweepContext, sweepOnce } from './sweep.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
/** How long a stop waits for a round: one that hangs on a storage that does not answer is left alone. */
const LAST_ROUND_MS = 2000;

export interface MaintenanceContext extends SweepContext {
  jobs: OpenAudioQueue;
  workDir: string;
}

/**
 * Sets right, at start and again and again, what killed processes and lost jobs have left behind: work folders and jobs
 * every minute, the storage every hour.
 */
export const startMaintenance = async (ctx: MaintenanceContext): Promise<{ stop(): Promise<void> }> => {
  const stopping = new AbortController();
  await removeFolders(ctx);
  const rounds = [
    repeat(MINUTE_MS, () => removeFolders(ctx)),
    repeat(MINUTE_MS, () => putBack(ctx)),
    repeat(HOUR_MS, () => sweepOnce(ctx, stopping.signal)),
  ];
  return {
    stop: async () => {
      stopping.abort();
      const ended = Promise.all(rounds.map((round) => round.stop()));
      const waited = new AbortController();
      await Promise.race([ended, sleep(LAST_ROUND_MS, undefined, { signal: waited.signal }).catch(() => {})]);
      waited.abort();
    },
  };
};

/** Runs `work`, which never throws, now and every `milliseconds`, one round at a time. */
const repeat = (milliseconds: number, work: () => Promise<void>): { stop(): Promise<void> } => {
  let running: Promise<void> | undefined;
  const run = (): void => {
    running ??= work().finally(() => {
      running = undefined;
    });
  };
  run();
  const timer = setInterval(run, milliseconds).unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
};

const removeFolders = async ({ db, workDir }: MaintenanceContext): Promise<void> => {
  try {
    const removed = await removeDeadWorkFolders(workDir, db);
    if (removed > 0) log.info('folders of dead audio workers were removed', { removed });
  } catch (error) {
    log.warn('the folders of dead audio workers could not be removed', { error });
  }
};

const putBack = async (ctx: MaintenanceContext): Promise<void> => {
  try {
    await putBackLostUploads(ctx);
  } catch (error) {
    log.warn('uploads without a job could not be looked for', { error });
  }
};
