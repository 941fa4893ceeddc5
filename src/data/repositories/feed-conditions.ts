import { Prisma } from '../prisma/client.ts';
import type { FeedFilters } from './feed-rows.ts';
import { PLAYABLE as PLAYABLE_TEXT } from './feed-text.ts';

/** Conditions on a post `p` of the feed, for statements that are put together for each call. */

/** Playable and there, whoever may see it. */
export const PLAYABLE = Prisma.raw(PLAYABLE_TEXT);

export const matching = (filters: FeedFilters): Prisma.Sql => {
  const conditions = [Prisma.sql`true`];
  if (filters.genre !== undefined) conditions.push(Prisma.sql`p.genre @> ARRAY[${filters.genre}]::text[]`);
  if (filters.keys !== undefined) conditions.push(Prisma.sql`p.key = ANY(${[...filters.keys]}::text[])`);
  if (filters.daw !== undefined) conditions.push(Prisma.sql`lower(p.daw) = lower(${filters.daw})`);
  if (filters.bpmMin !== undefined) conditions.push(Prisma.sql`p.bpm >= ${filters.bpmMin}::float8`);
  if (filters.bpmMax !== undefined) conditions.push(Prisma.sql`p.bpm <= ${filters.bpmMax}::float8`);
  return Prisma.join(conditions, ' AND ');
};

/** `author` is not muted by the viewer. Nobody is muted by someone who is not signed in. */
export const notMuted = (viewerId: string | undefined, author: Prisma.Sql): Prisma.Sql =>
  viewerId === undefined
    ? Prisma.sql`true`
    : Prisma.sql`NOT EXISTS (SELECT 1 FROM mutes m WHERE m.muter_id = ${viewerId}::uuid AND m.muted_id = ${author})`;
