import { Prisma } from '../prisma/client.ts';
import { PLAYABLE } from './feed-conditions.ts';

/**
 * Condition on `posts p`: the viewer may see it, given its id. One's own posts always; of others those in the public
 * listings and, of the people one follows, all but the private ones. Mutes keep posts out of lists, not out of sight.
 */
export const visibleTo = (viewerId: string | undefined): Prisma.Sql =>
  viewerId === undefined
    ? Prisma.sql`(p.listed AND p.deleted_at IS NULL)`
    : Prisma.sql`(p.deleted_at IS NULL AND (p.user_id = ${viewerId}::uuid OR (${PLAYABLE} AND (p.listed OR (
        p.visibility <> 'private' AND EXISTS (
          SELECT 1 FROM follows f WHERE f.follower_id = ${viewerId}::uuid AND f.followee_id = p.user_id
        )
      )))))`;

/**
 * A common table `post` with the one row of a post that the viewer may see, locked: whatever else changes its counters
 * waits, and the counters read here are those at that moment. Every statement that changes counters begins with it.
 */
export const lockedPost = (postId: string, viewerId: string | undefined): Prisma.Sql => Prisma.sql`
  post AS MATERIALIZED (
    SELECT p.* FROM posts p WHERE p.id = ${postId}::uuid AND ${visibleTo(viewerId)} FOR NO KEY UPDATE
  )`;
