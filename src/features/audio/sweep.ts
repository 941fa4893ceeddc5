import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Database } from '../../data/database.ts';
import { findReferredTo } from '../../data/repositories/audio-sweep.ts';
import type { ObjectStorage } from '../../integrations/storage/storage.ts';
import { log } from '../../telemetry/log.ts';
import { recordFailure, tracer, withRoot } from '../../telemetry/spans.ts';
import { RENDITIONS } from './pipeline/store.ts';
import { removeDeadWorkFolders } from './pipeline/work-folder.ts';

const HOUR_MS = 3_600_000;
/** Younger things may belong to an upload that is arriving, or to an attempt that is about to be published. */
const GRACE_MS = HOUR_MS;
const FOLDERS_EVERY_MS = 60_000;
const BATCH = 500;

/** Where uploaded files lie. */
const SOURCES = 'uploads/';

export interface SweepContext {
  db: Database;
  storage: ObjectStorage;
  workDir: string;
}

/**
 * Removes what nobody will ever ask for, at start and every hour: uploaded files that no upload knows, what attempts
 * made that were not the ones to complete, the folders of dead workers. Never what a row refers to, and nothing that is
 * younger than an hour.
 */
export const startSweeper = async (ctx: SweepContext): Promise<{ stop(): Promise<void> }> => {
  let running: Promise<void> | undefined;
  const run = (work: () => Promise<void>): Promise<void> => {
    running ??= work().finally(() => {
      running = undefined;
    });
    return running;
  };
  await removeFolders(ctx);
  void run(() => sweepOnce(ctx));
  const timers = [
    setInterval(() => void run(() => sweepOnce(ctx)), HOUR_MS).unref(),
    setInterval(() => void run(() => removeFolders(ctx)), FOLDERS_EVERY_MS).unref(),
  ];
  return {
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      await running;
    },
  };
};

const removeFolders = async ({ db, workDir }: SweepContext): Promise<void> => {
  try {
    const removed = await removeDeadWorkFolders(workDir, db);
    if (removed > 0) log.info('folders of dead audio workers were removed', { removed });
  } catch (error) {
    log.warn('the folders of dead audio workers could not be removed', { error });
  }
};

const sweepOnce = async (ctx: SweepContext): Promise<void> => {
  // Out of whatever context started it: a trace of its own.
  const span = tracer.startSpan('audio.sweep', {}, ROOT_CONTEXT);
  try {
    const removed = await context.with(withRoot(ROOT_CONTEXT, span), () => sweep(ctx, new Date()));
    span.setAttribute('audio.sweep.removed', removed);
    if (removed > 0) log.info('files that nobody refers to were removed', { removed });
  } catch (error) {
    recordFailure(span, error);
    log.warn('the storage could not be swept', { error });
  } finally {
    span.end();
  }
};

/** One round. @returns how many objects were removed. */
export const sweep = async ({ db, storage }: SweepContext, now: Date): Promise<number> => {
  const before = new Date(now.getTime() - GRACE_MS);
  let removed = 0;
  for (const prefix of [SOURCES, RENDITIONS]) {
    let batch: string[] = [];
    const flush = async (): Promise<void> => {
      const known = await findReferredTo(db, batch);
      const orphans = batch.filter((key) => !known.has(key));
      if (orphans.length > 0) await storage.delete(orphans);
      removed += orphans.length;
      batch = [];
    };
    for await (const { key, modifiedAt } of storage.list(prefix)) {
      if (modifiedAt >= before) continue;
      batch.push(key);
      if (batch.length >= BATCH) await flush();
    }
    if (batch.length > 0) await flush();
    await storage.removeUnfinished(before, prefix);
  }
  return removed;
};
