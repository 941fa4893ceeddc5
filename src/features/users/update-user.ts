import type { Cache } from '../../data/cache/cache.ts';
import type { Database } from '../../data/database.ts';
import { acceptAllFollowRequests, lockWithRequesters } from '../../data/repositories/follow-requests.ts';
import { type AccountRow, relistPosts, type UserChanges, updateUser } from '../../data/repositories/users.ts';
import { AppError } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { invalidatePersonalFeeds, invalidatePublicFeeds } from '../feed/invalidation.ts';

/**
 * Milliseconds. Someone with very many posts or requests may need more than Prisma's five seconds; and waiting longer than
 * the pool does means that a lost database is reported as one, and not as a transaction that did not begin.
 */
const TRANSACTION = { timeout: 20_000, maxWait: 10_000 };

interface Updated {
  account: AccountRow | undefined;
  /** Whose wish to follow came true by it. */
  accepted: string[];
  relisted: number;
}

/**
 * Changes one's own profile. An account that becomes private leaves the public listings with all its posts, and keeps
 * its followers; one that becomes public is listed again and accepts everybody who was waiting.
 * @throws AppError UNAUTHORIZED when the account is gone.
 */
export const updateProfile = (
  ctx: { db: Database; cache: Cache },
  userId: string,
  changes: UserChanges,
): Promise<AccountRow> =>
  withSpan('user.update', { 'user.id': userId }, async () => {
    const { account, accepted, relisted } = await apply(ctx.db, userId, changes);
    if (!account) throw new AppError('UNAUTHORIZED', 'the account does not exist any more');
    addEvent('profile updated');
    // Feeds carry the author's name and picture too.
    await Promise.all([userId, ...accepted].map((id) => invalidatePersonalFeeds(ctx.cache, id)));
    if (relisted > 0) await invalidatePublicFeeds(ctx.cache);
    // The row was read before the waiting ones were counted.
    return { ...account, followerCount: account.followerCount + accepted.length };
  });

const apply = async (db: Database, userId: string, changes: UserChanges): Promise<Updated> => {
  if (changes.isPrivate === undefined) {
    return { account: await updateUser(db, userId, changes), accepted: [], relisted: 0 };
  }
  return await db.$transaction(async (transaction) => {
    // First the locks, then new statements: only those see all that was committed before the locks were had.
    await lockWithRequesters(transaction, userId);
    const account = await updateUser(transaction, userId, changes);
    const accepted = changes.isPrivate ? [] : await acceptAllFollowRequests(transaction, userId);
    return { account, accepted, relisted: await relistPosts(transaction, userId) };
  }, TRANSACTION);
};
