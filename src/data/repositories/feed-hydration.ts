import type { Queryable } from '../database.ts';
import { ask, prepare } from '../prepared.ts';
import { followsNow, PLAYABLE } from './feed-text.ts';

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

type Row = [
  id: string,
  userId: string,
  audioUrl: string,
  waveformUrl: string | null,
  filename: string | null,
  bpm: number | null,
  key: string | null,
  daw: string | null,
  durationBars: number | null,
  duration: number | null,
  genre: string[],
  visibility: HydratedPost['visibility'],
  listed: boolean,
  playable: boolean,
  likeCount: number,
  playCount: number,
  commentCount: number,
  createdAt: number,
  username: string,
  displayName: string,
  avatarUrl: string | null,
  authorIsPrivate: boolean,
  isLiked: boolean,
  isFollowing: boolean,
  isMuted: boolean,
];

/** Of someone who is not signed in (null) nothing is true. */
const HYDRATE = prepare<Row>(
  'feed_hydrate',
  `SELECT p.id, p.user_id, p.audio_url, p.waveform_url, p.filename, p.bpm, p.key, p.daw, p.duration_bars, p.duration,
      p.genre, p.visibility::text, p.listed, ${PLAYABLE} AS playable, p.like_count, p.play_count, p.comment_count,
      round(date_part('epoch', p.created_at) * 1000)::float8 AS created_at,
      u.username, u.display_name, u.avatar_url, u.is_private, v.*
    FROM posts p JOIN users u ON u.id = p.user_id
      CROSS JOIN LATERAL (SELECT
        EXISTS (SELECT 1 FROM likes l WHERE l.user_id = @viewer::uuid AND l.post_id = p.id OFFSET 0) AS is_liked,
        ${followsNow('p.user_id')} AS is_following,
        EXISTS (SELECT 1 FROM mutes m WHERE m.muter_id = @viewer::uuid AND m.muted_id = p.user_id) AS is_muted) v
    WHERE p.id = ANY(@ids::uuid[])`,
);

const postOf = (row: Row): HydratedPost => ({
  id: row[0],
  userId: row[1],
  audioUrl: row[2],
  waveformUrl: row[3],
  filename: row[4],
  bpm: row[5],
  key: row[6],
  daw: row[7],
  durationBars: row[8],
  duration: row[9],
  genre: row[10],
  visibility: row[11],
  listed: row[12],
  playable: row[13],
  likeCount: row[14],
  playCount: row[15],
  commentCount: row[16],
  createdAt: new Date(row[17]),
  username: row[18],
  displayName: row[19],
  avatarUrl: row[20],
  authorIsPrivate: row[21],
  isLiked: row[22],
  isFollowing: row[23],
  isMuted: row[24],
});

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
  return (await ask(db, HYDRATE, { ids, viewer: viewerId ?? null })).map(postOf);
};
