import { addReaction, type Reaction, type ReactionChange, removeReaction } from '../../data/repositories/reactions.ts';
import { notFound } from '../../errors.ts';
import type { DomainEvent } from '../../telemetry/schema.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { invalidatePersonalFeeds } from '../feed/invalidation.ts';
import type { PostContext } from './access.ts';

const NAMES = {
  like: { add: 'posts.like', remove: 'posts.unlike', added: 'post liked', removed: 'post unliked' },
  repost: { add: 'posts.repost', remove: 'posts.unrepost', added: 'post reposted', removed: 'post unreposted' },
  save: { add: 'posts.save', remove: 'posts.unsave', added: 'post saved', removed: 'post unsaved' },
} as const satisfies Record<Reaction, Record<string, string>>;

/** Whoever likes sees it in their own next request; feeds say nothing of reposts and saves. */
const settle = async (
  { cache }: PostContext,
  viewerId: string,
  reaction: Reaction,
  change: ReactionChange | undefined,
  event: DomainEvent,
): Promise<number> => {
  if (!change) throw notFound('post');
  if (change.changed) {
    addEvent(event);
    if (reaction === 'like') await invalidatePersonalFeeds(cache, viewerId);
  }
  return change.count;
};

/**
 * Likes, reposts or saves a post. Again changes nothing.
 * @returns how many have done so.
 * @throws AppError NOT_FOUND
 */
export const react = (ctx: PostContext, viewerId: string, postId: string, reaction: Reaction): Promise<number> =>
  withSpan(NAMES[reaction].add, { 'user.id': viewerId, 'post.id': postId }, async () => {
    const change = await addReaction(ctx.db, reaction, postId, viewerId);
    return settle(ctx, viewerId, reaction, change, NAMES[reaction].added);
  });

/**
 * Takes a like, a repost or a save back. Again changes nothing.
 * @returns how many are left.
 * @throws AppError NOT_FOUND
 */
export const unreact = (ctx: PostContext, viewerId: string, postId: string, reaction: Reaction): Promise<number> =>
  withSpan(NAMES[reaction].remove, { 'user.id': viewerId, 'post.id': postId }, async () => {
    const change = await removeReaction(ctx.db, reaction, postId, viewerId);
    return settle(ctx, viewerId, reaction, change, NAMES[reaction].removed);
  });
