import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';

/** A user as lists show one. */
export interface SummaryRow {
  id: string;
  username: string;
  displayName: string;
  bio: string;
  avatarUrl: string | null;
  isPrivate: boolean;
  followerCount: number;
  /** Whether the viewer follows this user. */
  isFollowing: boolean;
}

/** Columns of a SummaryRow of the table `users u`. */
export const summaryColumns = (viewerId: string | undefined): Prisma.Sql => Prisma.sql`
  u.id, u.username, u.display_name AS "displayName", u.bio, u.avatar_url AS "avatarUrl", u.is_private AS "isPrivate",
  u.follower_count AS "followerCount",
  ${
    viewerId === undefined
      ? Prisma.sql`false`
      : Prisma.sql`EXISTS (SELECT 1 FROM follows seen WHERE seen.follower_id = ${viewerId}::uuid AND seen.followee_id = u.id)`
  } AS "isFollowing"`;

/** Where a list that is ordered by time goes on: the last item's moment (ISO) and user. */
export type Since = readonly [at: string, userId: string];

export interface DatedRow extends SummaryRow {
  at: Date;
}

const after = (time: Prisma.Sql, user: Prisma.Sql, since: Since | undefined): Prisma.Sql =>
  since === undefined
    ? Prisma.empty
    : Prisma.sql`AND (${time}, ${user}) < (${since[0]}::timestamptz, ${since[1]}::uuid)`;

/** Who follows `userId`, the latest first. */
export const listFollowers = (
  db: Queryable,
  userId: string,
  viewerId: string | undefined,
  since: Since | undefined,
  count: number,
): Promise<DatedRow[]> =>
  db.$queryRaw<DatedRow[]>(Prisma.sql`
    SELECT ${summaryColumns(viewerId)}, f.created_at AS at
    FROM follows f JOIN users u ON u.id = f.follower_id
    WHERE f.followee_id = ${userId}::uuid ${after(Prisma.sql`f.created_at`, Prisma.sql`f.follower_id`, since)}
    ORDER BY f.created_at DESC, f.follower_id DESC LIMIT ${count}`);

/** Whom `userId` follows, the latest first. */
export const listFollowing = (
  db: Queryable,
  userId: string,
  viewerId: string | undefined,
  since: Since | undefined,
  count: number,
): Promise<DatedRow[]> =>
  db.$queryRaw<DatedRow[]>(Prisma.sql`
    SELECT ${summaryColumns(viewerId)}, f.created_at AS at
    FROM follows f JOIN users u ON u.id = f.followee_id
    WHERE f.follower_id = ${userId}::uuid ${after(Prisma.sql`f.created_at`, Prisma.sql`f.followee_id`, since)}
    ORDER BY f.created_at DESC, f.followee_id DESC LIMIT ${count}`);

/** Whom `userId` muted, the latest first. */
export const listMuted = (
  db: Queryable,
  userId: string,
  since: Since | undefined,
  count: number,
): Promise<DatedRow[]> =>
  db.$queryRaw<DatedRow[]>(Prisma.sql`
    SELECT ${summaryColumns(userId)}, m.created_at AS at
    FROM mutes m JOIN users u ON u.id = m.muted_id
    WHERE m.muter_id = ${userId}::uuid ${after(Prisma.sql`m.created_at`, Prisma.sql`m.muted_id`, since)}
    ORDER BY m.created_at DESC, m.muted_id DESC LIMIT ${count}`);
