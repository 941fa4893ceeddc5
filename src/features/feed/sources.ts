/** Where a post in a feed came from, best first. */
export const FEED_SOURCES = ['following', 'recommended', 'trending', 'recent'] as const;
export type FeedSource = (typeof FEED_SOURCES)[number];
