import { hash } from 'node:crypto';
import { z } from 'zod';
import type { Secrets } from '../../config/secrets.ts';
import type { Database } from '../../data/database.ts';
import { decodeCursor, encodeCursor, type Page, toPage } from '../../data/pagination.ts';
import { type FoundRow, searchUsers } from '../../data/repositories/users-discovery.ts';
import { withSpan } from '../../telemetry/spans.ts';
import type { ListRequest } from './lists.ts';

const Position = z.tuple([z.int(), z.guid()]);

/** Users by name, the nearest first. */
export const findUsersByName = (
  ctx: { db: Database; secrets: Secrets },
  viewerId: string | undefined,
  query: string,
  { limit, cursor }: ListRequest,
): Promise<Page<FoundRow>> =>
  withSpan('user.search', {}, async (span) => {
    const list = `search-users:${hash('sha256', query)}`;
    const since = decodeCursor(ctx.secrets.appSecret, list, Position, cursor);
    const rows = await searchUsers(ctx.db, query, viewerId, since, limit + 1);
    const page = toPage(rows, limit, (last) => encodeCursor(ctx.secrets.appSecret, list, [last.rank, last.id]));
    span.setAttribute('result.count', page.items.length);
    return page;
  });
