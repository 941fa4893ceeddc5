import type { Route } from '../../contract.ts';
import { searchUsers } from './search.ts';

export const searchUserRoutes: Route[] = [searchUsers];
