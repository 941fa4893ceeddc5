import { v7 } from 'uuid';
import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { lockedPost, visibleTo } from './posts-visibility.ts';

/** A comment with its author. */
export interface CommentRow {
  id: string;
  postId: string;
  userId: string;
  body: string;
  createdAt: Date;
  editedAt: Date | null;
  username: string;
  displayName: string;
  avatarUrl: string | null;
  authorIsPrivate: boolean;
}

/** Columns of a CommentRow of `c`, a comment, and `users u`. */
const COLUMNS = Prisma.sql`c.id, c.post_id AS "postId", c.user_id AS "userId", c.body, c.created_at AS "createdAt",
  c.edited_at AS "editedAt", u.username, u.display_name AS "displayName", u.avatar_url AS "avatarUrl",
  u.is_private AS "authorIsPrivate"`;

/** The comments on a post, newest first. Ids are UUIDv7, so their order is that of time. */
export const listComments = (
  db: Queryable,
  postId: string,
  beforeId: string | undefined,
  count: number,
): Promise<CommentRow[]> =>
  db.$queryRaw<CommentRow[]>(Prisma.sql`
    SELECT ${COLUMNS} FROM comments c JOIN users u ON u.id = c.user_id
    WHERE c.post_id = ${postId}::uuid AND c.deleted_at IS NULL
      ${beforeId === undefined ? Prisma.empty : Prisma.sql`AND c.id < ${beforeId}::uuid`}
    ORDER BY c.id DESC LIMIT ${count}`);

/** @returns undefined when there is no such post for this viewer, or the viewer's account is gone. */
export const insertComment = async (
  db: Queryable,
  postId: string,
  viewerId: string,
  body: string,
): Promise<(CommentRow & { commentCount: number }) | undefined> => {
  const [row] = await db.$queryRaw<(CommentRow & { commentCount: number })[]>(Prisma.sql`
    WITH ${lockedPost(postId, viewerId)}, c AS (
      INSERT INTO comments (id, post_id, user_id, body)
      SELECT ${v7()}::uuid, post.id, u.id, ${body} FROM post JOIN users u ON u.id = ${viewerId}::uuid
      RETURNING *
    )
    UPDATE posts SET comment_count = posts.comment_count + 1 FROM c JOIN users u ON u.id = c.user_id
    WHERE posts.id = c.post_id
    RETURNING ${COLUMNS}, posts.comment_count AS "commentCount"`);
  return row;
};

/** Who may do what with a comment. */
export interface CommentAccess {
  authorId: string;
  postAuthorId: string;
  createdAt: Date;
  isDeleted: boolean;
  /** The viewer may see the post that it is on. */
  isVisible: boolean;
}

export const findCommentAccess = async (
  db: Queryable,
  commentId: string,
  viewerId: string,
): Promise<CommentAccess | undefined> => {
  const [row] = await db.$queryRaw<CommentAccess[]>(Prisma.sql`
    SELECT c.user_id AS "authorId", p.user_id AS "postAuthorId", c.created_at AS "createdAt",
      c.deleted_at IS NOT NULL AS "isDeleted", v."isVisible"
    FROM comments c JOIN posts p ON p.id = c.post_id
      CROSS JOIN LATERAL (SELECT ${visibleTo(viewerId)} AS "isVisible") v
    WHERE c.id = ${commentId}::uuid`);
  return row;
};

/** @returns undefined when it is gone. */
export const updateComment = async (
  db: Queryable,
  commentId: string,
  body: string,
  editedAt: Date,
): Promise<CommentRow | undefined> => {
  const [row] = await db.$queryRaw<CommentRow[]>(Prisma.sql`
    UPDATE comments c SET body = ${body}, edited_at = ${editedAt}::timestamptz FROM users u
    WHERE c.id = ${commentId}::uuid AND c.deleted_at IS NULL AND u.id = c.user_id RETURNING ${COLUMNS}`);
  return row;
};

/**
 * Marks a comment as deleted. Again changes nothing. The post is locked first, as by everything that counts on it.
 * @returns how many comments its post has, and whether this call deleted it; undefined when there never was one.
 */
export const deleteComment = async (
  db: Queryable,
  commentId: string,
): Promise<{ commentCount: number; changed: boolean } | undefined> => {
  const [row] = await db.$queryRaw<{ commentCount: number; changed: boolean }[]>(Prisma.sql`
    WITH post AS MATERIALIZED (
      SELECT p.id FROM posts p
      WHERE p.id = (SELECT post_id FROM comments WHERE id = ${commentId}::uuid) FOR NO KEY UPDATE
    ), gone AS (
      UPDATE comments c SET deleted_at = now() FROM post
      WHERE c.id = ${commentId}::uuid AND c.post_id = post.id AND c.deleted_at IS NULL RETURNING c.post_id
    )
    UPDATE posts SET comment_count = posts.comment_count - deleted.number
    FROM post CROSS JOIN (SELECT count(*)::int AS number FROM gone) deleted
    WHERE posts.id = post.id
    RETURNING posts.comment_count AS "commentCount", deleted.number > 0 AS changed`);
  return row;
};
