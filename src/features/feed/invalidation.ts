import type { Cache, CacheNamespace } from '../../data/cache/cache.ts';
import { flightsOf } from './single-flight.ts';

const NAMESPACES: CacheNamespace[] = ['feed:unified', 'feed:timeline', 'feed:global', 'feed:trending'];

/** The group of the entries that everyone who is not signed in shares. */
export const PUBLIC_GROUP = 'public';

const invalidate = async (cache: Cache, namespaces: CacheNamespace[], group: string): Promise<void> => {
  // Running fills first: a request from now on may not join one that began before the write.
  for (const namespace of namespaces) flightsOf(cache).forget(namespace, group);
  await Promise.all(namespaces.map((namespace) => cache.invalidateGroup(namespace, group)));
};

/**
 * To be called after a write of this user has committed, so that the user's next request shows it: every feed as the
 * user sees it, the public ones too, since those show what the user liked, follows and muted.
 */
export const invalidatePersonalFeeds = (cache: Cache, userId: string): Promise<void> =>
  invalidate(cache, NAMESPACES, userId);

/** To be called after someone has posted or deleted: the public feeds as everyone sees them. */
export const invalidatePublicFeeds = (cache: Cache): Promise<void> =>
  invalidate(cache, ['feed:global', 'feed:trending'], PUBLIC_GROUP);

/** To be called after someone has published: the feeds of followers in which it stands. */
export const invalidateFeedsOfFollowers = async (cache: Cache, followerIds: readonly string[]): Promise<void> => {
  await Promise.all(followerIds.map((id) => invalidate(cache, ['feed:unified', 'feed:timeline'], id)));
};
