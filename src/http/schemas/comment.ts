import { z } from 'zod';
import type { CommentRow } from '../../data/repositories/comments.ts';
import { Author } from './activity.ts';
import { id, text, timestamp } from './text.ts';

export const commentParams = z.strictObject({ id });
export const NewComment = z
  .strictObject({ body: text(1, 2000) })
  .meta({ id: 'NewComment', examples: [{ body: 'That bass line!' }] });

export const Comment = z
  .strictObject({
    id: z.guid(),
    post_id: z.guid(),
    user_id: z.guid(),
    user: Author,
    body: z.string(),
    created_at: timestamp,
    edited_at: timestamp.nullable(),
    is_own_comment: z.boolean(),
  })
  .meta({ id: 'Comment' });

export const viewComment = (row: CommentRow, viewerId: string | undefined): z.output<typeof Comment> => ({
  id: row.id,
  post_id: row.postId,
  user_id: row.userId,
  user: {
    id: row.userId,
    username: row.username,
    display_name: row.displayName,
    avatar_url: row.avatarUrl,
    is_private: row.authorIsPrivate,
  },
  body: row.body,
  created_at: row.createdAt.toISOString(),
  edited_at: row.editedAt?.toISOString() ?? null,
  is_own_comment: row.userId === viewerId,
});
