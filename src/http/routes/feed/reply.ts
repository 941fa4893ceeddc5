import type { IncomingHttpHeaders } from 'node:http';
import type { FeedContext, FeedType } from '../../../features/feed/feed.ts';
import { serveFeed } from '../../../features/feed/serve-feed.ts';
import { spellingsOf } from '../../../features/posts/musical-key.ts';
import type { Reply } from '../../contract.ts';
import { namesTag } from '../../ranges.ts';
import type { FeedQuery } from './query.ts';

/** `no-cache` among the directives of a request's Cache-Control. */
const asksForFresh = (headers: IncomingHttpHeaders): boolean =>
  (headers['cache-control'] ?? '').split(',').some((directive) => directive.trim().toLowerCase() === 'no-cache');

/** Serves a feed with the headers of HTTP caching. The public feeds of someone not signed in may be kept by anyone. */
export const replyWithFeed = async (
  ctx: FeedContext,
  type: FeedType,
  viewerId: string | undefined,
  query: FeedQuery,
  headers: IncomingHttpHeaders,
): Promise<Reply> => {
  const feed = await serveFeed(
    ctx,
    type,
    {
      viewerId,
      limit: query.limit,
      cursor: query.cursor,
      offset: query.offset ?? 0,
      filters: {
        genre: query.genre,
        keys: query.key === undefined ? undefined : spellingsOf(query.key),
        daw: query.daw,
        bpmMin: query.bpm_min,
        bpmMax: query.bpm_max,
      },
    },
    asksForFresh(headers),
  );
  const caching = {
    'X-Cache': feed.outcome,
    ETag: feed.etag,
    // Whoever posts or follows sees it in their own next request, so a browser has to ask us each time; the ETag makes it cheap.
    'Cache-Control': viewerId === undefined ? `public, max-age=${feed.maxAge}` : 'private, max-age=0',
    Vary: 'Authorization, Origin, Accept-Encoding',
  };
  if (namesTag(headers['if-none-match'], feed.etag)) return { status: 304, headers: caching };
  return { status: 200, raw: { contentType: 'application/json; charset=utf-8', content: feed.body }, headers: caching };
};
