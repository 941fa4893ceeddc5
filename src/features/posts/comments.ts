import { z } from 'zod';
import type { Secrets } from '../../config/secrets.ts';
import type { Database } from '../../data/database.ts';
import { decodeCursor, encodeCursor, type Page, toPage } from '../../data/pagination.ts';
import {
  type CommentAccess,
  type CommentRow,
  deleteComment,
  findCommentAccess,
  insertComment,
  listComments,
  updateComment,
} from '../../data/repositories/comments.ts';
import { AppError, notFound } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { invalidatePersonalFeeds } from '../feed/invalidation.ts';
import { type PostContext, requireVisiblePost } from './access.ts';

/** How long a comment can be changed after it was written. */
const EDITABLE_MS = 5 * 60_000;
const Position = z.tuple([z.guid()]);

/** The comments on a post, newest first. @throws AppError NOT_FOUND */
export const getComments = (
  ctx: { db: Database; secrets: Pick<Secrets, 'appSecret'> },
  viewerId: string | undefined,
  postId: string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<CommentRow>> =>
  withSpan('posts.list_comments', { 'post.id': postId }, async (span) => {
    const list = `comments:${postId}`;
    const [before] = decodeCursor(ctx.secrets.appSecret, list, Position, cursor) ?? [];
    await requireVisiblePost(ctx.db, postId, viewerId);
    const rows = await listComments(ctx.db, postId, before, limit + 1);
    const page = toPage(rows, limit, (last) => encodeCursor(ctx.secrets.appSecret, list, [last.id]));
    span.setAttribute('result.count', page.items.length);
    return page;
  });

/** Comments on a post. @throws AppError NOT_FOUND */
export const addComment = (
  ctx: PostContext,
  viewerId: string,
  postId: string,
  body: string,
): Promise<CommentRow & { commentCount: number }> =>
  withSpan('posts.comment', { 'user.id': viewerId, 'post.id': postId }, async (span) => {
    const comment = await insertComment(ctx.db, postId, viewerId, body);
    if (!comment) throw notFound('post');
    span.setAttribute('comment.id', comment.id);
    addEvent('comment added');
    await invalidatePersonalFeeds(ctx.cache, viewerId);
    return comment;
  });

/**
 * Changes one's own comment, in the first five minutes.
 * @throws AppError NOT_FOUND; FORBIDDEN for somebody else's, and when it is too late.
 */
export const editComment = (
  ctx: { db: Database; now: () => Date },
  viewerId: string,
  commentId: string,
  body: string,
): Promise<CommentRow> =>
  withSpan('comments.edit', { 'user.id': viewerId, 'comment.id': commentId }, async () => {
    const access = await findCommentAccess(ctx.db, commentId, viewerId);
    if (!access?.isVisible || access.isDeleted) throw notFound('comment');
    if (access.authorId !== viewerId) throw new AppError('FORBIDDEN', 'only its author can change a comment');
    const now = ctx.now();
    if (now.getTime() - access.createdAt.getTime() > EDITABLE_MS) {
      throw new AppError('FORBIDDEN', 'a comment can be changed for 5 minutes only');
    }
    const comment = await updateComment(ctx.db, commentId, body, now);
    if (!comment) throw notFound('comment');
    addEvent('comment edited');
    return comment;
  });

/** One's own comments, and all on one's own posts. */
const mayDelete = ({ authorId, postAuthorId }: CommentAccess, viewerId: string): boolean =>
  authorId === viewerId || postAuthorId === viewerId;

/**
 * Deletes a comment. Again changes nothing.
 * @returns how many comments the post has left.
 * @throws AppError NOT_FOUND; FORBIDDEN for those who wrote neither the comment nor the post.
 */
export const removeComment = (ctx: PostContext, viewerId: string, commentId: string): Promise<number> =>
  withSpan('comments.delete', { 'user.id': viewerId, 'comment.id': commentId }, async () => {
    const access = await findCommentAccess(ctx.db, commentId, viewerId);
    if (!access) throw notFound('comment');
    if (!mayDelete(access, viewerId)) {
      if (!access.isVisible || access.isDeleted) throw notFound('comment');
      throw new AppError('FORBIDDEN', 'only the authors of the comment and of the post can delete it');
    }
    const deleted = await deleteComment(ctx.db, commentId);
    if (!deleted) throw notFound('comment');
    if (deleted.changed) {
      addEvent('comment deleted');
      await invalidatePersonalFeeds(ctx.cache, viewerId);
    }
    return deleted.commentCount;
  });
