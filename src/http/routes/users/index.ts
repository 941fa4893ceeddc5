import type { Route } from '../../contract.ts';
import { followers, following } from './connections.ts';
import { follow, unfollow } from './follow.ts';
import { getMe, updateMe } from './me.ts';
import { mute, muted, unmute } from './mute.ts';
import { posts } from './posts.ts';
import { profile } from './profile.ts';
import { recommended } from './recommended.ts';

export const userRoutes: Route[] = [
  getMe,
  updateMe,
  muted,
  recommended,
  profile,
  posts,
  followers,
  following,
  follow,
  unfollow,
  mute,
  unmute,
];
