import { z } from 'zod';
import type { FollowRequestRow } from '../../data/repositories/follow-requests.ts';
import type { AccountRow, ProfileRow } from '../../data/repositories/users.ts';
import type { SummaryRow } from '../../data/repositories/users-lists.ts';
import type { ViewedProfileRow } from '../../data/repositories/users-profile.ts';
import { exactText, timestamp } from './text.ts';

/** `{id}` of a user: an id or a username. What is neither is simply nobody. */
export const userParams = z.strictObject({
  id: exactText(1, 64).meta({ description: 'id or username' }),
});

const profile = {
  id: z.guid(),
  username: z.string(),
  display_name: z.string(),
  bio: z.string(),
  avatar_url: z.string().nullable(),
  location: z.string().nullable(),
  is_private: z.boolean(),
  follower_count: z.int(),
  following_count: z.int(),
  post_count: z.int(),
  created_at: timestamp,
};

/** A user as seen by others. */
export const UserProfile = z
  .strictObject({
    ...profile,
    follow_status: z.enum(['following', 'requested', 'none']),
    is_following: z.boolean(),
    follows_you: z.boolean(),
    is_muted: z.boolean(),
    is_self: z.boolean(),
  })
  .meta({ id: 'UserProfile' });

/** A user as seen by that user alone: with the email. */
export const Account = z
  .strictObject({ ...profile, email: z.string(), roles: z.array(z.string()), updated_at: timestamp })
  .meta({ id: 'Account' });

const summary = {
  id: z.guid(),
  username: z.string(),
  display_name: z.string(),
  bio: z.string(),
  avatar_url: z.string().nullable(),
  is_private: z.boolean(),
  follower_count: z.int(),
  is_following: z.boolean(),
};

/** A user in a list. */
export const UserSummary = z.strictObject(summary).meta({ id: 'UserSummary' });
export const Follower = z.strictObject({ ...summary, followed_at: timestamp }).meta({ id: 'Follower' });
export const MutedUser = z.strictObject({ ...summary, muted_at: timestamp }).meta({ id: 'MutedUser' });
export const RecommendedUser = z.strictObject({ ...summary, mutual_count: z.int() }).meta({ id: 'RecommendedUser' });
export const FollowRequest = z
  .strictObject({ id: z.guid(), user: UserSummary, created_at: timestamp })
  .meta({ id: 'FollowRequest' });

export const ListMeta = z
  .strictObject({ limit: z.int(), count: z.int(), has_more: z.boolean(), next_cursor: z.string().nullable() })
  .meta({ id: 'ListMeta' });

const profileView = (row: ProfileRow) => ({
  id: row.id,
  username: row.username,
  display_name: row.displayName,
  bio: row.bio,
  avatar_url: row.avatarUrl,
  location: row.location,
  is_private: row.isPrivate,
  follower_count: row.followerCount,
  following_count: row.followingCount,
  post_count: row.postCount,
  created_at: row.createdAt.toISOString(),
});

export const viewProfile = (row: ViewedProfileRow, viewerId: string | undefined): z.output<typeof UserProfile> => ({
  ...profileView(row),
  follow_status: row.followStatus,
  is_following: row.followStatus === 'following',
  follows_you: row.followsViewer,
  is_muted: row.isMuted,
  is_self: row.id === viewerId,
});

export const viewAccount = (row: AccountRow): z.output<typeof Account> => ({
  ...profileView(row),
  email: row.email,
  roles: row.roles,
  updated_at: row.updatedAt.toISOString(),
});

export const viewSummary = (row: SummaryRow): z.output<typeof UserSummary> => ({
  id: row.id,
  username: row.username,
  display_name: row.displayName,
  bio: row.bio,
  avatar_url: row.avatarUrl,
  is_private: row.isPrivate,
  follower_count: row.followerCount,
  is_following: row.isFollowing,
});

export const viewFollowRequest = (row: FollowRequestRow): z.output<typeof FollowRequest> => ({
  id: row.requestId,
  user: viewSummary(row),
  created_at: row.requestedAt.toISOString(),
});

/** The `meta` of a page. */
export const viewMeta = (
  limit: number,
  page: { items: readonly unknown[]; nextCursor: string | null },
): z.output<typeof ListMeta> => ({
  limit,
  count: page.items.length,
  has_more: page.nextCursor !== null,
  next_cursor: page.nextCursor,
});
