import type { Database } from '../../data/database.ts';
import { notFound } from '../../errors.ts';
import { withSpan } from '../../telemetry/spans.ts';
import type { Activity } from '../feed/activity.ts';
import { loadActivities, requireVisiblePost } from './access.ts';

/** One post. @throws AppError NOT_FOUND also for one that the viewer may not see. */
export const getPost = (ctx: { db: Database }, viewerId: string | undefined, postId: string): Promise<Activity> =>
  withSpan('posts.get', { 'post.id': postId }, async () => {
    await requireVisiblePost(ctx.db, postId, viewerId);
    const [activity] = await loadActivities(ctx.db, [postId], viewerId);
    if (!activity) throw notFound('post');
    return activity;
  });
