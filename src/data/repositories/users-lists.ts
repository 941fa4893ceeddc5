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

/** Two columns of a table that joins users, seen from one of them. */
interface Edge {
  table: Prisma.Sql;
  mine: Prisma.Sql;
  theirs: Prisma.Sql;
}

const FOLLOWERS: Edge = {
  table: Prisma.sql`follows`,
  mine: Prisma.sql`e.followee_id`,
  theirs: Prisma.sql`e.follower_id`,
};
const FOLLOWING: Edge = { table: FOLLOWERS.table, mine: FOLLOWERS.theirs, theirs: FOLLOWERS.mine };
const MUTED: Edge = { table: Prisma.sql`mutes`, mine: Prisma.sql`e.muter_id`, theirs: Prisma.sql`e.muted_id` };

/** Lists the users at the other end, the latest first. */
const listAlong =
  ({ table, mine, theirs }: Edge) =>
  (
    db: Queryable,
    userId: string,
    viewerId: string | undefined,
    since: Since | undefined,
    count: number,
  ): Promise<DatedRow[]> =>
    db.$queryRaw<DatedRow[]>(Prisma.sql`
      SELECT ${summaryColumns(viewerId)}, e.created_at AS at
      FROM ${table} e JOIN users u ON u.id = ${theirs}
      WHERE ${mine} = ${userId}::uuid ${
        since === undefined
          ? Prisma.empty
          : Prisma.sql`AND (e.created_at, ${theirs}) < (${since[0]}::timestamptz, ${since[1]}::uuid)`
      }
      ORDER BY e.created_at DESC, ${theirs} DESC LIMIT ${count}`);

/** Who follows a user. */
export const listFollowers = listAlong(FOLLOWERS);
/** Whom a user follows. */
export const listFollowing = listAlong(FOLLOWING);
/** Whom a user muted; nobody else may ask. */
export const listMuted = listAlong(MUTED);
