import { route } from '../../contract.ts';
import { Feed } from '../../schemas/activity.ts';
import { FeedQuery } from './query.ts';
import { replyWithFeed } from './reply.ts';

export const timeline = route(
  {
    method: 'GET',
    path: '/api/v1/feed/timeline',
    tag: 'feeds',
    summary: 'Posts of the people one follows and one’s own, newest first',
    auth: 'required',
    query: FeedQuery,
    responses: { 200: Feed, 304: 'The client has this answer already' },
  },
  (ctx, { viewer, query, request }) => replyWithFeed(ctx, 'timeline', viewer.id, query, request.headers),
);
