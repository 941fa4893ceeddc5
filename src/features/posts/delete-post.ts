import { deletePost, findPostAccess } from '../../data/repositories/posts.ts';
import { AppError, notFound } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { invalidatePersonalFeeds, invalidatePublicFeeds } from '../feed/invalidation.ts';
import type { PostContext } from './access.ts';

/**
 * Deletes one's own post. Again changes nothing.
 * @throws AppError NOT_FOUND; FORBIDDEN for somebody else's.
 */
export const removePost = (ctx: PostContext, viewerId: string, postId: string): Promise<void> =>
  withSpan('posts.delete', { 'user.id': viewerId, 'post.id': postId }, async () => {
    const access = await findPostAccess(ctx.db, postId, viewerId);
    if (!access || (access.authorId !== viewerId && !access.isVisible)) throw notFound('post');
    if (access.authorId !== viewerId) throw new AppError('FORBIDDEN', 'only its author can delete a post');
    const deleted = await deletePost(ctx.db, viewerId, postId);
    if (!deleted) return;
    addEvent('post deleted');
    await Promise.all([
      invalidatePersonalFeeds(ctx.cache, viewerId),
      deleted.wasListed ? invalidatePublicFeeds(ctx.cache) : undefined,
    ]);
  });
