import { context } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Cache } from '../../../data/cache/cache.ts';
import type { Database } from '../../../data/database.ts';
import { listFollowerIds } from '../../../data/repositories/follows.ts';
import { invalidateFeedsOfFollowers } from '../../feed/invalidation.ts';

const BATCH = 500;
/**
 * The followers whose cached feeds are dropped: those who followed last. The feeds of the others show the new post when
 * they expire, after 30 s, which is cheaper than hundreds of thousands of writes to the cache for one post.
 */
const MAX_FOLLOWERS = 10_000;

/**
 * Drops the cached personal feeds of an author's followers, so that their next request shows what was just published.
 * @returns of how many.
 */
export const tellFollowers = async (db: Database, cache: Cache, authorId: string): Promise<number> => {
  let told = 0;
  for (let since: { id: string; at: Date } | undefined; told < MAX_FOLLOWERS; ) {
    const batch = await listFollowerIds(db, authorId, since, BATCH);
    // Thousands of spans would bury the trace; how many there were stands on that of the stage.
    await context.with(suppressTracing(context.active()), () =>
      invalidateFeedsOfFollowers(
        cache,
        batch.map(({ id }) => id),
      ),
    );
    told += batch.length;
    since = batch.at(-1);
    if (batch.length < BATCH) break;
  }
  return told;
};
