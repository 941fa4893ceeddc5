import { v7 } from 'uuid';
import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';

/** What anyone may know about a user. */
export interface ProfileRow {
  id: string;
  username: string;
  displayName: string;
  bio: string;
  avatarUrl: string | null;
  location: string | null;
  isPrivate: boolean;
  followerCount: number;
  followingCount: number;
  postCount: number;
  createdAt: Date;
}

/** What users know about themselves. */
export interface AccountRow extends ProfileRow {
  email: string;
  roles: string[];
  updatedAt: Date;
}

/** Columns of a ProfileRow of the table `users u`. */
export const profileColumns = Prisma.sql`
  u.id, u.username, u.display_name AS "displayName", u.bio, u.avatar_url AS "avatarUrl", u.location,
  u.is_private AS "isPrivate", u.follower_count AS "followerCount", u.following_count AS "followingCount",
  u.post_count AS "postCount", u.created_at AS "createdAt"`;

/** Columns of an AccountRow of the table `users u`. */
export const accountColumns = Prisma.sql`${profileColumns}, u.email, u.roles, u.updated_at AS "updatedAt"`;

/** A login as it is to be stored: of the refresh token only the SHA-256. */
export interface NewSession {
  id: string;
  tokenHash: Uint8Array<ArrayBuffer>;
  expiresAt: Date;
}

export interface NewUser {
  email: string;
  username: string;
  displayName: string;
  passwordHash: string;
}

/**
 * Makes an account together with its first session.
 * @returns undefined when the email or the username is taken, also by someone who is just now registering.
 */
export const insertUser = async (
  db: Queryable,
  user: NewUser,
  session: NewSession,
): Promise<AccountRow | undefined> => {
  const [row] = await db.$queryRaw<AccountRow[]>(Prisma.sql`
    WITH u AS (
      INSERT INTO users (id, email, username, display_name, password_hash, roles)
      VALUES (${v7()}::uuid, ${user.email}, ${user.username}, ${user.displayName}, ${user.passwordHash}, ARRAY['MEMBER'])
      ON CONFLICT DO NOTHING
      RETURNING *
    ), begun AS (
      INSERT INTO sessions (id, user_id, expires_at) SELECT ${session.id}::uuid, id, ${session.expiresAt} FROM u
    ), token AS (
      INSERT INTO refresh_tokens (hash, session_id) SELECT ${session.tokenHash}, ${session.id}::uuid FROM u
    )
    SELECT ${accountColumns} FROM u`);
  return row;
};

/** Which of the two somebody has already; the email is named first. */
export const findTaken = async (
  db: Queryable,
  email: string,
  username: string,
): Promise<'email' | 'username' | undefined> => {
  const [row] = await db.$queryRaw<{ field: 'email' | 'username' }[]>(Prisma.sql`
    SELECT CASE WHEN email = ${email} THEN 'email' ELSE 'username' END AS field
    FROM users WHERE email = ${email} OR username = ${username} ORDER BY 1 LIMIT 1`);
  return row?.field;
};

/** The password's hash beside the account, so that it never travels inside one. */
export const findCredentials = async (
  db: Queryable,
  email: string,
): Promise<{ account: AccountRow; passwordHash: string } | undefined> => {
  const [row] = await db.$queryRaw<(AccountRow & { passwordHash: string })[]>(
    Prisma.sql`SELECT ${accountColumns}, u.password_hash AS "passwordHash" FROM users u WHERE u.email = ${email}`,
  );
  if (!row) return undefined;
  const { passwordHash, ...account } = row;
  return { account, passwordHash };
};

export const findAccount = async (db: Queryable, userId: string): Promise<AccountRow | undefined> => {
  const [row] = await db.$queryRaw<AccountRow[]>(
    Prisma.sql`SELECT ${accountColumns} FROM users u WHERE u.id = ${userId}::uuid`,
  );
  return row;
};

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Condition on `users u` for an id or a username, in any case. No username looks like an id: they have no hyphens. */
export const namedUser = (idOrUsername: string): Prisma.Sql => {
  const name = idOrUsername.toLowerCase();
  return UUID.test(name) ? Prisma.sql`u.id = ${name}::uuid` : Prisma.sql`u.username = ${name}`;
};

/** The user that an id or a username stands for. */
export const findUser = async (
  db: Queryable,
  idOrUsername: string,
): Promise<{ id: string; isPrivate: boolean } | undefined> => {
  const [row] = await db.$queryRaw<{ id: string; isPrivate: boolean }[]>(
    Prisma.sql`SELECT u.id, u.is_private AS "isPrivate" FROM users u WHERE ${namedUser(idOrUsername)}`,
  );
  return row;
};

export interface UserChanges {
  displayName?: string | undefined;
  bio?: string | undefined;
  avatarUrl?: string | null | undefined;
  location?: string | null | undefined;
  isPrivate?: boolean | undefined;
}

/** Changes what is given and leaves the rest. */
export const updateUser = async (
  db: Queryable,
  userId: string,
  changes: UserChanges,
): Promise<AccountRow | undefined> => {
  const assignments = [Prisma.sql`updated_at = now()`];
  const { displayName, bio, avatarUrl, location, isPrivate } = changes;
  if (displayName !== undefined) assignments.push(Prisma.sql`display_name = ${displayName}`);
  if (bio !== undefined) assignments.push(Prisma.sql`bio = ${bio}`);
  if (avatarUrl !== undefined) assignments.push(Prisma.sql`avatar_url = ${avatarUrl}`);
  if (location !== undefined) assignments.push(Prisma.sql`location = ${location}`);
  if (isPrivate !== undefined) assignments.push(Prisma.sql`is_private = ${isPrivate}`);
  const [row] = await db.$queryRaw<AccountRow[]>(Prisma.sql`
    UPDATE users u SET ${Prisma.join(assignments)} WHERE u.id = ${userId}::uuid RETURNING ${accountColumns}`);
  return row;
};

/** Puts the user's posts into the public listings, or takes them out, after the account became public or private. */
export const relistPosts = (db: Queryable, userId: string): Promise<number> =>
  db.$executeRaw(Prisma.sql`
    UPDATE posts p SET listed = NOT p.listed
    FROM users u
    WHERE u.id = ${userId}::uuid AND p.user_id = u.id AND p.listed IS DISTINCT FROM (
      NOT u.is_private AND p.visibility = 'public' AND p.audio_status = 'ready'
      AND p.archived_at IS NULL AND p.deleted_at IS NULL
    )`);
