import type { Queryable } from '../database.ts';
import { Prisma } from '../prisma/client.ts';
import { uuids } from './feed-conditions.ts';

/** A post with its author, and what both are to the viewer. */
export interface HydratedPost {
  id: string;
  userId: string;
  audioUrl: string;
  waveformUrl: string | null;
  filename: string | null;
  bpm: number | null;
  key: string | null;
  daw: string | null;
  durationBars: number | null;
  /** Seconds. */
  duration: number | null;
  genre: string[];
  visibility: 'public' | 'followers' | 'private';
  listed: boolean;
  /** Not deleted, not archived, audio ready. */
  playable: boolean;
  likeCount: number;
  playCount: number;
  commentCount: number;
  createdAt: Date;
  username: string;
  displayName: string;
  avatarUrl: string | null;
  authorIsPrivate: boolean;
  isLiked: boolean;
  isFollowing: boolean;
  isMuted: boolean;
}

const FLAGS = (viewerId: string) => Prisma.sql`
  EXISTS (SELECT 1 FROM likes l WHERE l.user_id = ${viewerId}::uuid AND l.post_id = p.id) AS "isLiked",
  EXISTS (SELECT 1 FROM follows f WHERE f.follower_id = ${viewerId}::uuid AND f.followee_id = p.user_id) AS "isFollowing",
  EXISTS (SELECT 1 FROM mutes m WHERE m.muter_id = ${viewerId}::uuid AND m.muted_id = p.user_id) AS "isMuted"`;
const NO_FLAGS = Prisma.sql`false AS "isLiked", false AS "isFollowing", false AS "isMuted"`;

/**
 * Loads posts with everything that showing them takes, in one query however many there are. Posts that do not exist
 * are left out; the order is not that of `ids`. Whether the viewer may see them is for the caller to judge.
 */
export const hydratePosts = async (
  db: Queryable,
  ids: readonly string[],
  viewerId: string | undefined,
): Promise<HydratedPost[]> => {
  if (ids.length === 0) return [];
  return await db.$queryRaw<HydratedPost[]>`
    SELECT p.id, p.user_id AS "userId", p.audio_url AS "audioUrl", p.waveform_url AS "waveformUrl", p.filename,
      p.bpm, p.key, p.daw, p.duration_bars AS "durationBars", p.duration, p.genre, p.visibility::text AS visibility,
      p.listed, (p.deleted_at IS NULL AND p.archived_at IS NULL AND p.audio_status = 'ready') AS playable,
      p.like_count AS "likeCount", p.play_count AS "playCount", p.comment_count AS "commentCount",
      p.created_at AS "createdAt", u.username, u.display_name AS "displayName", u.avatar_url AS "avatarUrl",
      u.is_private AS "authorIsPrivate", v.*
    FROM posts p JOIN users u ON u.id = p.user_id
      CROSS JOIN LATERAL (SELECT ${viewerId === undefined ? NO_FLAGS : FLAGS(viewerId)}) v
    WHERE p.id = ANY(${uuids(ids)})`;
};
