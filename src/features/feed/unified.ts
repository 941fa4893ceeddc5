import { followingStretch } from '../../data/repositories/feed-following.ts';
import { trendingCandidates } from '../../data/repositories/feed-rankings.ts';
import { recentStretch } from '../../data/repositories/feed-recent.ts';
import type { Candidate, FeedPosition, Stretch } from '../../data/repositories/feed-rows.ts';
import { takeSnapshot } from '../../data/repositories/feed-snapshot.ts';
import { AppError } from '../../errors.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { admissionTo } from './admission.ts';
import { assertFresh, type CursorScope, decodePosition, encodePosition, openCursor, sealCursor } from './cursor.ts';
import type { FeedContext, FeedPage, PersonalFeedRequest } from './feed.ts';
import { filtersKey } from './filters.ts';
import { hydrate, pageOf } from './page.ts';
import { advance, beginningOf, choose, isAtEnd, isShown, MAX_EXTRAS } from './progress.ts';
import { merge, rank } from './ranking.ts';
import type { Recommendation } from './recommender.ts';
import { readWithinBudget, type SourceResult } from './source-budget.ts';
import { FEED_SOURCES, type FeedSource } from './sources.ts';

/** Each source brings up to this many times what is shown, so that ranking has something to choose from. */
const WINDOW_FACTOR = 3;
const RETRY_AFTER_SECONDS = 5;

/**
 * The feed that merges four sources. Where a client is in it stands in its cursor alone: a snapshot, and exactly which
 * posts of it were shown, so that paging shows each once and skips none whatever happens meanwhile.
 * @throws AppError VALIDATION_ERROR for a bad cursor, SERVICE_UNAVAILABLE when no source answers.
 */
export const unifiedFeed = (ctx: FeedContext, request: PersonalFeedRequest): Promise<FeedPage> =>
  admissionTo(ctx.db, ctx.config.DATABASE_POOL_SIZE).run(() => buildFeed(ctx, request));

const buildFeed = async (ctx: FeedContext, request: PersonalFeedRequest): Promise<FeedPage> => {
  const scope: CursorScope = { feed: 'unified', viewerId: request.viewerId, filters: filtersKey(request.filters) };
  const position = await positionOf(ctx, request, scope);
  const wanted = request.offset + request.limit;
  const sources = await readSources(ctx, request, position, wanted * WINDOW_FACTOR);
  const degraded = FEED_SOURCES.filter((source) => !sources[source].ok);
  if (degraded.length === FEED_SOURCES.length) throw nothingAnswered(sources);

  const bySource = {
    following: answerOf(sources.following)?.posts ?? [],
    // A recommender may be someone else's: what it brings is checked.
    recommended: (answerOf(sources.recommended) ?? []).filter((post) => !isShown(position, post)),
    trending: answerOf(sources.trending) ?? [],
    recent: answerOf(sources.recent)?.posts ?? [],
  };
  const ranked = await withSpan('feed.rank', {}, async (span) => {
    const candidates = merge(bySource);
    span.setAttribute('feed.rank.candidates', candidates.length);
    return rank(candidates, position.snapshot.at);
  });

  const stretches = { followed: answerOf(sources.following), others: answerOf(sources.recent) };
  const chosen = choose(position, ranked, wanted, stretches);
  const shown = await hydrate(ctx.db, chosen.slice(request.offset), request.viewerId);
  const next = advance(position, stretches, chosen);
  const hasMore = !isAtEnd(next);
  // An offset passes over posts without showing them, which no cursor can stand for.
  const nextCursor =
    hasMore && request.offset === 0 ? sealCursor(ctx.secrets.appSecret, scope, encodePosition(next)) : null;
  return pageOf(shown, { limit: request.limit, viewerId: request.viewerId, nextCursor, hasMore, degraded });
};

const positionOf = async (
  ctx: FeedContext,
  { cursor, viewerId }: PersonalFeedRequest,
  scope: CursorScope,
): Promise<FeedPosition> => {
  if (cursor === undefined)
    return beginningOf(await withSpan('feed.snapshot', {}, () => takeSnapshot(ctx.db, viewerId)));
  const position = decodePosition(openCursor(ctx.secrets.appSecret, scope, cursor));
  assertFresh(position.snapshot.at, ctx.now().getTime());
  return position;
};

interface Sources {
  following: SourceResult<Stretch>;
  recommended: SourceResult<Recommendation[]>;
  trending: SourceResult<Candidate[]>;
  recent: SourceResult<Stretch>;
}

const readSources = async (
  { config, db, recommender }: FeedContext,
  { viewerId, filters }: PersonalFeedRequest,
  position: FeedPosition,
  window: number,
): Promise<Sources> => {
  const each = { budget: config.FEED_SOURCE_TIMEOUT, database: db };
  const rankingsRest = position.extras.length >= MAX_EXTRAS;
  const stretch = (value: Stretch) => value.posts.length;
  const list = (value: readonly unknown[]) => value.length;
  const [following, recommended, trending, recent] = await Promise.all([
    readWithinBudget({
      ...each,
      source: 'following',
      read: () => followingStretch(db, viewerId, position, filters, window),
      count: stretch,
    }),
    readWithinBudget({
      ...each,
      source: 'recommended',
      read: async () =>
        rankingsRest ? [] : await recommender.recommend({ viewerId, limit: window, filters, position }),
      count: list,
    }),
    readWithinBudget({
      ...each,
      source: 'trending',
      read: async () => (rankingsRest ? [] : await trendingCandidates(db, viewerId, position, filters, window)),
      count: list,
    }),
    readWithinBudget({
      ...each,
      source: 'recent',
      read: () => recentStretch(db, viewerId, position, filters, window),
      count: stretch,
    }),
  ]);
  return { following, recommended, trending, recent };
};

const answerOf = <T>(result: SourceResult<T>): T | undefined => (result.ok ? result.value : undefined);

const nothingAnswered = (sources: Record<FeedSource, SourceResult<unknown>>): AppError =>
  new AppError('SERVICE_UNAVAILABLE', 'the feed cannot be read right now', {
    retryAfter: RETRY_AFTER_SECONDS,
    cause: Object.values(sources).find((result) => !result.ok)?.reason,
  });
