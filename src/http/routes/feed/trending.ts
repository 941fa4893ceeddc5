import { route } from '../../contract.ts';
import { Feed } from '../../schemas/activity.ts';
import { FeedQuery } from './query.ts';
import { replyWithFeed } from './reply.ts';

export const trending = route(
  {
    method: 'GET',
    path: '/api/v1/feed/trending',
    tag: 'feeds',
    summary: 'Public posts of the last 7 days, the most popular first',
    auth: 'optional',
    query: FeedQuery,
    responses: { 200: Feed, 304: 'The client has this answer already' },
  },
  (ctx, { viewer, query, request }) => replyWithFeed(ctx, 'trending', viewer?.id, query, request.headers),
);
