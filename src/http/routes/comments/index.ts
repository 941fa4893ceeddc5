import type { Route } from '../../contract.ts';
import { edit, remove } from './comment.ts';
import { add, list } from './on-post.ts';

export const commentRoutes: Route[] = [list, add, edit, remove];
