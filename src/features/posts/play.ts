import type { Database } from '../../data/database.ts';
import { insertPlay, type NewPlay } from '../../data/repositories/plays.ts';
import { notFound } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';

/**
 * Counts that somebody listened, known or not. Feeds show it when they are next computed.
 * @returns how often the post was played.
 * @throws AppError NOT_FOUND
 */
export const playPost = (
  ctx: { db: Database },
  viewerId: string | undefined,
  postId: string,
  play: NewPlay,
): Promise<number> =>
  withSpan('posts.play', { 'post.id': postId, 'play.completed': play.completed }, async () => {
    const count = await insertPlay(ctx.db, postId, viewerId, play);
    if (count === undefined) throw notFound('post');
    addEvent('post played');
    return count;
  });
