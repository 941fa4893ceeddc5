import { hash } from 'node:crypto';
import type { CacheNamespace } from '../../data/cache/cache.ts';
import { AppError } from '../../errors.ts';
import { log } from '../../telemetry/log.ts';
import { recordFeedGeneration, recordFeedItems } from '../../telemetry/metrics/record.ts';
import { addEvent, setRootAttributes, withSpan } from '../../telemetry/spans.ts';
import type { FeedContext, FeedPage, FeedRequest, FeedType, PersonalFeedRequest } from './feed.ts';
import { filtersKey } from './filters.ts';
import { globalFeed } from './global.ts';
import { PUBLIC_GROUP } from './invalidation.ts';
import { flightsOf } from './single-flight.ts';
import { FEED_SOURCES } from './sources.ts';
import { parse, type StoredFeed, serialize, storedFeedOf } from './stored-feed.ts';
import { timelineFeed } from './timeline.ts';
import { trendingFeed } from './trending.ts';
import { unifiedFeed } from './unified.ts';

export type CacheOutcome = 'HIT' | 'MISS' | 'BYPASS' | 'STALE';

export interface ServedFeed {
  /** JSON. */
  body: string;
  etag: string;
  /** Seconds for which a client may go on using it. */
  maxAge: number;
  outcome: CacheOutcome;
}

/** How long a stored feed is served without asking the database, in seconds. */
const FRESH_SECONDS: Record<FeedType, number> = { unified: 30, timeline: 30, global: 60, trending: 300 };
/** How long it is kept for when the database cannot be asked. */
const KEPT_SECONDS = 600;
/** Entries of one group at most: whoever pages for hours does not fill the cache. */
const MAX_ENTRIES = { personal: 64, public: 1024 };

/**
 * A feed, from the cache where it is fresh there. Each viewer has a group of entries, invalidated by what the viewer
 * does; everyone who is not signed in shares one.
 * @param bypass asks the database whatever the cache has, and refreshes that.
 * @throws AppError for a bad cursor, or when neither database nor cache has an answer.
 */
export const serveFeed = async (
  ctx: FeedContext,
  type: FeedType,
  request: FeedRequest,
  bypass: boolean,
): Promise<ServedFeed> => {
  const begin = performance.now();
  setRootAttributes({ 'feed.type': type, 'feed.limit': request.limit, 'feed.cursor': request.cursor !== undefined });
  const [stored, outcome] = await lookUp(ctx, type, request, bypass);
  const remaining = Math.max(0, Math.floor((stored.freshUntil - ctx.now().getTime()) / 1000));
  observe(type, stored, outcome, (performance.now() - begin) / 1000);
  return { body: stored.body, etag: stored.etag, maxAge: outcome === 'STALE' ? 0 : remaining, outcome };
};

const lookUp = async (
  ctx: FeedContext,
  type: FeedType,
  request: FeedRequest,
  bypass: boolean,
): Promise<[StoredFeed, CacheOutcome]> => {
  const namespace: CacheNamespace = `feed:${type}`;
  const group = request.viewerId ?? PUBLIC_GROUP;
  const key = requestKey(request);
  const maxEntries = request.viewerId === undefined ? MAX_ENTRIES.public : MAX_ENTRIES.personal;
  const { value, generation } = await ctx.cache.getFromGroup(namespace, group, key);
  const kept = parse(value);
  if (kept && !bypass && kept.freshUntil > ctx.now().getTime()) {
    addEvent('feed cached', { 'feed.type': type });
    return [kept, 'HIT'];
  }
  const fill = async (): Promise<StoredFeed> => {
    const page = await withSpan('feed.get', { 'feed.type': type }, () => generate(ctx, type, request));
    // A feed that lacks a source is an answer for now, not one to keep.
    if (page.meta.degraded_sources.length > 0) return storedFeedOf(page, 0);
    const stored = storedFeedOf(page, ctx.now().getTime() + FRESH_SECONDS[type] * 1000);
    const options = { ttlSeconds: KEPT_SECONDS, maxEntries, generation };
    await ctx.cache.setInGroup(namespace, group, key, serialize(stored), options);
    return stored;
  };
  // Part of the key: whoever asks after an invalidation by any instance read another generation.
  const flight = `${generation ?? ''}:${key}`;
  try {
    return bypass ? [await fill(), 'BYPASS'] : [await flightsOf(ctx.cache).run(namespace, group, flight, fill), 'MISS'];
  } catch (error) {
    const ours = !(error instanceof AppError) || error.status >= 500;
    if (!kept || !ours) throw error;
    log.warn('a stale feed was served', { feed_type: type, error });
    addEvent('stale feed served', { 'feed.type': type });
    return [kept, 'STALE'];
  }
};

const generate = (ctx: FeedContext, type: FeedType, request: FeedRequest): Promise<FeedPage> => {
  switch (type) {
    case 'unified':
      return unifiedFeed(ctx, personal(request));
    case 'timeline':
      return timelineFeed(ctx, personal(request));
    case 'global':
      return globalFeed(ctx, request);
    case 'trending':
      return trendingFeed(ctx, request);
  }
};

const personal = (request: FeedRequest): PersonalFeedRequest => {
  if (request.viewerId === undefined) throw new AppError('UNAUTHORIZED', 'sign in to see your feed');
  return { ...request, viewerId: request.viewerId };
};

const requestKey = ({ limit, cursor, offset, filters }: FeedRequest): string =>
  hash('sha256', JSON.stringify([limit, cursor ?? null, offset, filtersKey(filters)]), 'base64url');

const observe = (type: FeedType, stored: StoredFeed, outcome: CacheOutcome, seconds: number): void => {
  const count = FEED_SOURCES.reduce((sum, source) => sum + stored.counts[source], 0);
  setRootAttributes({
    'feed.count': count,
    'cache.hit': outcome === 'HIT' || outcome === 'STALE',
    ...(stored.degraded.length > 0 ? { 'feed.sources.degraded': stored.degraded } : {}),
  });
  recordFeedGeneration({ feedType: type, cache: outcome.toLowerCase() as Lowercase<CacheOutcome>, seconds });
  for (const source of FEED_SOURCES) {
    const items = stored.counts[source];
    if (items > 0) recordFeedItems({ feedType: type, source, count: items });
  }
};
