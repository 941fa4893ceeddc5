import { mute, unmute } from '../../data/repositories/mutes.ts';
import { invalid } from '../../errors.ts';
import { addEvent, withSpan } from '../../telemetry/spans.ts';
import { invalidatePersonalFeeds } from '../feed/invalidation.ts';
import { requireUser } from '../users/find-user.ts';
import type { SocialContext } from './follow.ts';

export type MuteStatus = 'muted' | 'none';

/**
 * Keeps a user's posts out of the viewer's feeds; the user does not notice. Again changes nothing.
 * @throws AppError NOT_FOUND; VALIDATION_ERROR for oneself.
 */
export const muteUser = (ctx: SocialContext, viewerId: string, idOrUsername: string): Promise<MuteStatus> =>
  withSpan<MuteStatus>('social.mute_user', { 'user.id': viewerId }, async (span) => {
    const target = await requireUser(ctx.db, idOrUsername);
    span.setAttribute('target.user.id', target.id);
    if (target.id === viewerId) throw invalid('id', 'you cannot mute yourself');
    if (await mute(ctx.db, viewerId, target.id)) {
      addEvent('user muted');
      await invalidatePersonalFeeds(ctx.cache, viewerId);
    }
    return 'muted';
  });

/** Undoes a mute. Again changes nothing. @throws AppError NOT_FOUND */
export const unmuteUser = (ctx: SocialContext, viewerId: string, idOrUsername: string): Promise<MuteStatus> =>
  withSpan<MuteStatus>('social.unmute_user', { 'user.id': viewerId }, async (span) => {
    const target = await requireUser(ctx.db, idOrUsername);
    span.setAttribute('target.user.id', target.id);
    if (await unmute(ctx.db, viewerId, target.id)) {
      addEvent('user unmuted');
      await invalidatePersonalFeeds(ctx.cache, viewerId);
    }
    return 'none';
  });
