import { hash } from 'node:crypto';
import { z } from 'zod';
import type { FeedPage } from './feed.ts';
import { FEED_SOURCES } from './sources.ts';

const Header = z.object({
  /** Milliseconds since 1970. */
  freshUntil: z.number(),
  etag: z.string(),
  counts: z.object({ following: z.number(), recommended: z.number(), trending: z.number(), recent: z.number() }),
  degraded: z.array(z.enum(FEED_SOURCES)),
});

/** A feed as it lies in the cache: one line about it, then the very text that is sent. */
export type StoredFeed = z.output<typeof Header> & { body: string };

export const storedFeedOf = (page: FeedPage, freshUntil: number): StoredFeed => {
  const body = JSON.stringify(page);
  const { meta } = page;
  return {
    freshUntil,
    etag: `"${hash('sha256', body, 'base64url').slice(0, 22)}"`,
    counts: {
      following: meta.following_count,
      recommended: meta.recommended_count,
      trending: meta.trending_count,
      recent: meta.recent_count,
    },
    degraded: meta.degraded_sources,
    body,
  };
};

export const serialize = ({ body, ...header }: StoredFeed): string => `${JSON.stringify(header)}\n${body}`;

/** The body stays unread. @returns undefined for what is no stored feed. */
export const parse = (text: string | undefined): StoredFeed | undefined => {
  const end = text?.indexOf('\n') ?? -1;
  if (text === undefined || end < 0) return undefined;
  try {
    return { ...Header.parse(JSON.parse(text.slice(0, end))), body: text.slice(end + 1) };
  } catch {
    return undefined;
  }
};
