import type { Cache } from '../../data/cache/cache.ts';
import type { Database, Queryable } from '../../data/database.ts';
import { hydratePosts } from '../../data/repositories/feed-hydration.ts';
import { findPostAccess } from '../../data/repositories/posts.ts';
import { notFound } from '../../errors.ts';
import { type Activity, activityOf } from '../feed/activity.ts';

/** What changes of posts use. */
export interface PostContext {
  db: Database;
  cache: Cache;
}

/**
 * To be called before anything is told about a post: one that may not be seen does not exist.
 * @throws AppError NOT_FOUND
 */
export const requireVisiblePost = async (
  db: Queryable,
  postId: string,
  viewerId: string | undefined,
): Promise<void> => {
  const access = await findPostAccess(db, postId, viewerId);
  if (!access?.isVisible) throw notFound('post');
};

/** Posts in the order of `ids`, as they look outside a feed: with a source, without a score. */
export const loadActivities = async (
  db: Queryable,
  ids: readonly string[],
  viewerId: string | undefined,
): Promise<Activity[]> => {
  const posts = new Map((await hydratePosts(db, ids, viewerId)).map((post) => [post.id, post]));
  return ids.flatMap((id) => {
    const post = posts.get(id);
    if (!post) return [];
    const source = post.isFollowing || post.userId === viewerId ? 'following' : 'recent';
    return [activityOf(post, { source, score: 0 }, viewerId)];
  });
};
