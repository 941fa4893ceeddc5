import { route } from '../../contract.ts';
import { Feed } from '../../schemas/activity.ts';
import { FeedQuery } from './query.ts';
import { replyWithFeed } from './reply.ts';

export const global = route(
  {
    method: 'GET',
    path: '/api/v1/feed/global',
    tag: 'feeds',
    summary: 'All public posts, newest first',
    auth: 'optional',
    query: FeedQuery,
    responses: { 200: Feed, 304: 'The client has this answer already' },
  },
  (ctx, { viewer, query, request }) => replyWithFeed(ctx, 'global', viewer?.id, query, request.headers),
);
