import { insertPost, type NewPost } from '../../data/repositories/posts.ts';
import { AppError, invalid } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import type { Activity } from '../feed/activity.ts';
import { invalidatePersonalFeeds, invalidatePublicFeeds } from '../feed/invalidation.ts';
import { loadActivities, type PostContext } from './access.ts';

/** A loop to publish, whose audio lies at an address of its own or was uploaded before. */
export type PostDraft = Omit<NewPost, 'audioUrl'> & ({ audioUrl: string } | { audioId: string });

/**
 * Publishes a loop. Its author sees it in their own next request for any feed.
 * @throws AppError VALIDATION_ERROR for an unknown `audio_id`; UNAUTHORIZED when the account is gone.
 */
export const createPost = (
  ctx: PostContext,
  viewerId: string,
  draft: PostDraft,
): Promise<{ activity: Activity; createdAt: Date }> =>
  withSpan('posts.create', { 'user.id': viewerId, 'post.visibility': draft.visibility }, async (span) => {
    // Uploads do not exist yet, so no id of one can be known.
    if ('audioId' in draft) throw invalid('audio_id', 'unknown audio');
    const post = await insertPost(ctx.db, viewerId, draft);
    if (!post) throw new AppError('UNAUTHORIZED', 'the account does not exist any more');
    span.setAttributes({ 'post.id': post.id, 'post.listed': post.listed });
    addEvent('post created');
    const [activities] = await Promise.all([
      loadActivities(ctx.db, [post.id], viewerId),
      invalidatePersonalFeeds(ctx.cache, viewerId),
      post.listed ? invalidatePublicFeeds(ctx.cache) : undefined,
    ]);
    const [activity] = activities;
    if (!activity) throw new AppError('UNAUTHORIZED', 'the account does not exist any more');
    return { activity, createdAt: post.createdAt };
  });
