import type { HydratedPost } from '../../data/repositories/feed-hydration.ts';
import type { FeedSource } from './sources.ts';

/** A post as clients see it in a feed. Field names are those of the wire. */
export interface Activity {
  id: string;
  actor: string;
  verb: 'posted';
  object: string;
  audio_url: string;
  waveform_url: string | null;
  filename: string | null;
  bpm: number | null;
  key: string | null;
  daw: string | null;
  duration_bars: number | null;
  duration: number | null;
  genre: string[];
  visibility: 'public' | 'followers' | 'private';
  time: string;
  like_count: number;
  play_count: number;
  comment_count: number;
  score: number;
  source: FeedSource;
  recommendation_reason?: string | undefined;
  is_recommended: boolean;
  user_id: string;
  username: string;
  display_name: string;
  user_avatar_url: string | null;
  user: { id: string; username: string; display_name: string; avatar_url: string | null; is_private: boolean };
  is_following: boolean;
  is_own_post: boolean;
  is_liked: boolean;
}

export interface Placement {
  source: FeedSource;
  score: number;
  reason?: string | undefined;
}

/** Shapes a post for the wire. `viewerId` is who looks, if that is known. */
export const activityOf = (post: HydratedPost, placement: Placement, viewerId: string | undefined): Activity => ({
  id: post.id,
  actor: `user:${post.userId}`,
  verb: 'posted',
  object: `loop:${post.id}`,
  audio_url: post.audioUrl,
  waveform_url: post.waveformUrl,
  filename: post.filename,
  bpm: post.bpm,
  key: post.key,
  daw: post.daw,
  duration_bars: post.durationBars,
  duration: post.duration,
  genre: post.genre,
  visibility: post.visibility,
  time: post.createdAt.toISOString(),
  like_count: post.likeCount,
  play_count: post.playCount,
  comment_count: post.commentCount,
  score: placement.score,
  source: placement.source,
  // JSON leaves out what is undefined.
  recommendation_reason: placement.reason,
  is_recommended: placement.source === 'recommended',
  user_id: post.userId,
  username: post.username,
  display_name: post.displayName,
  user_avatar_url: post.avatarUrl,
  user: {
    id: post.userId,
    username: post.username,
    display_name: post.displayName,
    avatar_url: post.avatarUrl,
    is_private: post.authorIsPrivate,
  },
  is_following: post.isFollowing,
  is_own_post: post.userId === viewerId,
  is_liked: post.isLiked,
});
