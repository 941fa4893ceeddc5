import type { HydratedPost } from '../../data/repositories/feed-hydration.ts';

/**
 * Whether this post may be in this viewer's feed. The sources ask the database the same; this is asked again of what
 * was loaded, because things change between two queries and a recommender may know less than the database.
 */
export const mayBeShown = (post: HydratedPost, viewerId: string | undefined): boolean => {
  if (!post.playable) return false;
  if (viewerId !== undefined && post.userId === viewerId) return true;
  if (post.isMuted) return false;
  return post.listed || (post.isFollowing && post.visibility !== 'private');
};
