import { context, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import type { Database } from '../../data/database.ts';
import { findReferredTo } from '../../data/repositories/audio-sweep.ts';
import type { ObjectStorage } from '../../integrations/storage/storage.ts';
import { log } from '../../telemetry/log.ts';
import { recordFailure, tracer } from '../../telemetry/spans.ts';
import { RENDITIONS } from './pipeline/store.ts';

/** Younger things may belong to an upload that is arriving, or to an attempt that is about to be published. */
const GRACE_MS = 3_600_000;
const BATCH = 500;

/** Where uploaded files lie. */
const SOURCES = 'uploads/';

export interface SweepContext {
  db: Database;
  storage: ObjectStorage;
  /** Milliseconds that an upload may take: what has begun to arrive since then is no rest of anything. */
  uploadTimeout: number;
}

/** A round in a trace of its own. Never throws: there will be another. */
export const sweepOnce = async (ctx: SweepContext, stopping: AbortSignal): Promise<void> => {
  // Out of whatever context started it.
  const span = tracer.startSpan('audio.sweep', {}, ROOT_CONTEXT);
  try {
    const removed = await context.with(trace.setSpan(ROOT_CONTEXT, span), () => sweep(ctx, new Date(), stopping));
    span.setAttribute('audio.sweep.removed', removed);
    if (removed > 0) log.info('files that nobody refers to were removed', { removed });
  } catch (error) {
    recordFailure(span, error);
    log.warn('the storage could not be swept', { error });
  } finally {
    span.end();
  }
};

/**
 * Removes from the storage what nobody will ever ask for: uploaded files that no upload knows, and what attempts made
 * that were not the ones to complete. Never what a row refers to, and nothing that is younger than an hour.
 * @param stopping ends it early.
 * @returns how many objects were removed.
 */
export const sweep = async (
  { db, storage, uploadTimeout }: SweepContext,
  now: Date,
  stopping?: AbortSignal,
): Promise<number> => {
  // S3 dates an object that came in parts by its first byte.
  const before = new Date(now.getTime() - GRACE_MS - uploadTimeout);
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
      if (stopping?.aborted) return removed;
      if (modifiedAt >= before) continue;
      batch.push(key);
      if (batch.length >= BATCH) await flush();
    }
    if (batch.length > 0) await flush();
    await storage.removeUnfinished(before, prefix);
  }
  return removed;
};
