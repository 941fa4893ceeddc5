import { z } from 'zod';
import type { Secrets } from '../../config/secrets.ts';
import type { Database } from '../../data/database.ts';
import { decodeCursor, encodeCursor, toPage } from '../../data/pagination.ts';
import { hydratePosts } from '../../data/repositories/feed-hydration.ts';
import { findFollowStatus } from '../../data/repositories/follows.ts';
import { listPostIds } from '../../data/repositories/users-profile.ts';
import { withSpan } from '../../telemetry/spans.ts';
import { type Activity, activityOf } from '../feed/activity.ts';
import { requireUser } from './find-user.ts';
import type { ListRequest } from './lists.ts';

const Position = z.tuple([z.int()]);

export interface UserPosts {
  items: Activity[];
  nextCursor: string | null;
  /** The account is private and the viewer is not among its followers: nothing is shown. */
  isHidden: boolean;
}

/**
 * A user's posts, the latest first: followers see those for followers too, and only they see a private account's.
 * @throws AppError NOT_FOUND
 */
export const getUserPosts = (
  ctx: { db: Database; secrets: Secrets },
  viewerId: string | undefined,
  idOrUsername: string,
  { limit, cursor }: ListRequest,
): Promise<UserPosts> =>
  withSpan('user.get_posts', {}, async (span) => {
    const author = await requireUser(ctx.db, idOrUsername);
    span.setAttribute('target.user.id', author.id);
    const list = `posts:${author.id}`;
    const [before] = decodeCursor(ctx.secrets.appSecret, list, Position, cursor) ?? [];
    const viewer = await standing(ctx.db, viewerId, author.id);
    if (author.isPrivate && viewer === 'stranger') return { items: [], nextCursor: null, isHidden: true };
    const rows = await listPostIds(ctx.db, author.id, viewer, before, limit + 1);
    const page = toPage(rows, limit, (last) => encodeCursor(ctx.secrets.appSecret, list, [last.seq]));
    const ids = page.items.map((row) => row.id);
    const posts = new Map((await hydratePosts(ctx.db, ids, viewerId)).map((post) => [post.id, post]));
    const items = ids.flatMap((id) => {
      const post = posts.get(id);
      const source = viewer === 'stranger' ? 'recent' : 'following';
      return post ? [activityOf(post, { source, score: 0 }, viewerId)] : [];
    });
    return { items, nextCursor: page.nextCursor, isHidden: false };
  });

const standing = async (
  db: Database,
  viewerId: string | undefined,
  authorId: string,
): Promise<'self' | 'follower' | 'stranger'> => {
  if (viewerId === undefined) return 'stranger';
  if (viewerId === authorId) return 'self';
  return (await findFollowStatus(db, viewerId, authorId)) === 'following' ? 'follower' : 'stranger';
};
