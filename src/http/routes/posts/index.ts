import type { Route } from '../../contract.ts';
import { create } from './create.ts';
import { play } from './play.ts';
import { get, remove } from './post.ts';
import { like, repost, save, unlike, unrepost, unsave } from './reactions.ts';

export const postRoutes: Route[] = [create, get, remove, like, unlike, repost, unrepost, save, unsave, play];
