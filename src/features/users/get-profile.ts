import type { Database } from '../../data/database.ts';
import { findProfile, type ViewedProfileRow } from '../../data/repositories/users-profile.ts';
import { notFound } from '../../errors.ts';
import { withSpan } from '../../telemetry/spans.ts';

/**
 * A user as `viewerId` sees one. Private accounts have a public profile; it is their posts that are not shown.
 * @throws AppError NOT_FOUND
 */
export const getProfile = (
  ctx: { db: Database },
  viewerId: string | undefined,
  idOrUsername: string,
): Promise<ViewedProfileRow> =>
  withSpan('user.get_profile', {}, async (span) => {
    const profile = await findProfile(ctx.db, idOrUsername, viewerId);
    if (!profile) throw notFound('user');
    span.setAttribute('target.user.id', profile.id);
    return profile;
  });
