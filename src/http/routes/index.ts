import type { Route } from '../contract.ts';
import { audioRoutes } from './audio/index.ts';
import { authRoutes } from './auth/index.ts';
import { commentRoutes } from './comments/index.ts';
import { feedRoutes } from './feed/index.ts';
import { followRequestRoutes } from './follow-requests/index.ts';
import { healthRoutes } from './health/index.ts';
import { postRoutes } from './posts/index.ts';
import { searchPostRoutes } from './search-posts/index.ts';
import { searchUserRoutes } from './search-users/index.ts';
import { userRoutes } from './users/index.ts';

/** Every route of the API; paths with a fixed word stand before those with a parameter in the same place. */
export const routes: readonly Route[] = [
  ...healthRoutes,
  ...authRoutes,
  ...feedRoutes,
  ...postRoutes,
  ...commentRoutes,
  ...audioRoutes,
  ...userRoutes,
  ...followRequestRoutes,
  ...searchUserRoutes,
  ...searchPostRoutes,
];
