import type { Route } from '../../contract.ts';
import { global } from './global.ts';
import { timeline } from './timeline.ts';
import { trending } from './trending.ts';
import { unified } from './unified.ts';

export const feedRoutes: Route[] = [unified, timeline, global, trending];
