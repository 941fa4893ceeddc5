import type { Route } from '../../contract.ts';
import { searchPosts } from './search.ts';

export const searchPostRoutes: Route[] = [searchPosts];
