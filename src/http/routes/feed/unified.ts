import { route } from '../../contract.ts';
import { Feed } from '../../schemas/activity.ts';
import { FeedQuery } from './query.ts';
import { replyWithFeed } from './reply.ts';

export const unified = route(
  {
    method: 'GET',
    path: '/api/v1/feed/unified',
    tag: 'feeds',
    summary: 'Followed people, recommendations, trending and recent posts, the best first',
    auth: 'required',
    query: FeedQuery,
    responses: { 200: Feed, 304: 'The client has this answer already' },
  },
  (ctx, { viewer, query, request }) => replyWithFeed(ctx, 'unified', viewer.id, query, request.headers),
);
