import type { Route } from '../../contract.ts';
import { accept, reject } from './answer.ts';
import { listRequests } from './list.ts';

export const followRequestRoutes: Route[] = [listRequests, accept, reject];
