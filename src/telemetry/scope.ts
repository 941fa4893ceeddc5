import { AsyncLocalStorage } from 'node:async_hooks';

/** What is known about the request being served: every log line written meanwhile carries it. */
export interface RequestScope {
  requestId: string;
  userId?: string;
}

const storage = new AsyncLocalStorage<RequestScope>();

/** Runs `fn`, and everything it starts, inside `scope`. */
export const runInScope = <T>(scope: RequestScope, fn: () => T): T => storage.run(scope, fn);

/** The scope of the request being served, if one is. */
export const currentScope = (): RequestScope | undefined => storage.getStore();
