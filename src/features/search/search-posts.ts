import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Secrets } from '../../config/secrets.ts';
import type { Database } from '../../data/database.ts';
import { decodeCursor, encodeCursor, type Page, toPage } from '../../data/pagination.ts';
import { searchPosts } from '../../data/repositories/posts-search.ts';
import { withSpan } from '../../telemetry/spans.ts';
import type { Activity } from '../feed/activity.ts';
import { loadActivities } from '../posts/access.ts';
import { spellingsOf } from '../posts/musical-key.ts';

/** What to look for; at least one of these. */
export interface PostCriteria {
  query?: string | undefined;
  /** Lower case. */
  genre?: string | undefined;
  /** In any spelling. */
  key?: string | undefined;
  bpmMin?: number | undefined;
  bpmMax?: number | undefined;
}

const Position = z.tuple([z.int()]);

/**
 * The stored words have spaces for `_`, `-` and `.`; so must those that are looked for. A hyphen that begins a word
 * stays: it means "not".
 */
const asStored = (query: string): string => query.replace(/[_.]/g, ' ').replace(/(?<=[\p{L}\p{N}])-/gu, ' ');

/** Listed posts, and the viewer's own, that have all the words and match all else; newest first. */
export const findPosts = (
  ctx: { db: Database; secrets: Pick<Secrets, 'appSecret'> },
  viewerId: string | undefined,
  { query, genre, key, bpmMin, bpmMax }: PostCriteria,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Activity>> =>
  withSpan('posts.search', { 'search.has_query': query !== undefined }, async (span) => {
    const asked = JSON.stringify([query, genre, key, bpmMin, bpmMax].map((value) => value ?? null));
    const list = `search-posts:${hash('sha256', asked)}`;
    const [before] = decodeCursor(ctx.secrets.appSecret, list, Position, cursor) ?? [];
    const search = {
      query: query === undefined ? undefined : asStored(query),
      genre,
      keys: key === undefined ? undefined : spellingsOf(key),
      bpmMin,
      bpmMax,
    };
    const rows = await searchPosts(ctx.db, search, viewerId, before, limit + 1);
    const page = toPage(rows, limit, (last) => encodeCursor(ctx.secrets.appSecret, list, [last.seq]));
    const ids = page.items.map(({ id }) => id);
    const items = await loadActivities(ctx.db, ids, viewerId);
    span.setAttribute('result.count', items.length);
    return { items, nextCursor: page.nextCursor };
  });
