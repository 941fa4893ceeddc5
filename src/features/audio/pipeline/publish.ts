import { setTimeout as sleep } from 'node:timers/promises';
import { isDatabaseUnavailable } from '../../../data/availability.ts';
import type { Cache } from '../../../data/cache/cache.ts';
import { type Database, PATIENT } from '../../../data/database.ts';
import { type Completion, completeUpload, type Published } from '../../../data/repositories/audio-completion.ts';
import type { Lease } from '../../../data/repositories/audio-jobs.ts';
import type { ObjectStorage } from '../../../integrations/storage/storage.ts';
import { log } from '../../../telemetry/log.ts';
import { addEvent } from '../../../telemetry/spans.ts';
import { invalidatePersonalFeeds, invalidatePublicFeeds } from '../../feed/invalidation.ts';
import type { AudioResult } from '../result.ts';
import { LeaseLost } from './interruption.ts';
import type { StageRun } from './stage.ts';
import { removeOtherRenditions, removeRenditions } from './store.ts';
import { tellFollowers } from './tell-followers.ts';

/** Milliseconds between tries while the database is away; all the work is done, so it is worth waiting. */
const PATIENCE = [100, 200, 500, 1000, 2000, 4000, 8000, 16_000];

interface PublishContext {
  db: Database;
  cache: Cache;
  storage: ObjectStorage;
}

/** What an attempt has found and made, to be kept if it is the one that completes the upload. */
export interface Made extends Omit<Completion, 'result' | 'duration' | 'bpm' | 'key'> {
  result: AudioResult;
}

/**
 * Completes the upload and publishes its posts, in one transaction; then lets the feeds of the author and of those who
 * follow know, and removes what other attempts have stored.
 * @throws LeaseLost when another attempt has taken over: then nothing was published by this one. AudioFailure; the
 * signal's reason.
 */
export const publish = async (
  ctx: PublishContext,
  lease: Lease,
  made: Made,
  { signal, span }: StageRun,
): Promise<Published> => {
  const { duration, tempo, key } = made.result;
  const completion: Completion = { ...made, duration, bpm: tempo?.bpm, key: key?.name };
  const published = await patiently(signal, () =>
    ctx.db.$transaction((transaction) => completeUpload(transaction, lease, completion), PATIENT),
  );
  if (!published) {
    // Known for sure. Where it is not known, the files are left to the sweeper: they may be the ones that are served.
    await removeRenditions(ctx.storage, lease);
    throw new LeaseLost();
  }
  for (const post of published.posts) addEvent('audio published', { 'post.id': post.id, 'post.listed': post.listed });
  try {
    span.setAttribute('result.count', await letKnow(ctx, published));
    await removeOtherRenditions(ctx.storage, lease);
  } catch (error) {
    // It is published all the same: feeds find it when they expire, and the sweeper finds the files.
    log.warn('not all is tidied up after an upload was published', { error });
  }
  return published;
};

/** @returns how many followers' feeds know. */
const letKnow = async ({ db, cache }: PublishContext, { userId, posts }: Published): Promise<number> => {
  if (posts.length === 0) return 0;
  await Promise.all([
    invalidatePersonalFeeds(cache, userId),
    posts.some(({ listed }) => listed) ? invalidatePublicFeeds(cache) : undefined,
  ]);
  return await tellFollowers(db, cache, userId);
};

const patiently = async <T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> => {
  for (const wait of PATIENCE) {
    try {
      return await work();
    } catch (error) {
      if (!isDatabaseUnavailable(error)) throw error;
      await sleep(wait, undefined, { signal });
    }
  }
  return await work();
};
