import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { suppressTracing } from '@opentelemetry/core';
import type { Bus } from '../../data/bus.ts';
import type { Database } from '../../data/database.ts';
import { findUploadByJob } from '../../data/repositories/audio-uploads.ts';
import { AppError } from '../../errors.ts';
import { log } from '../../telemetry/log.ts';
import { getStatus } from './get-status.ts';
import { onUploadChange } from './upload-changes.ts';
import { type StatusView, statusView } from './upload-view.ts';

export interface WatchContext {
  db: Database;
  bus: Bus;
}

export interface Watcher {
  /** Called with the first status, then with each that differs from the one before. */
  changed(status: StatusView): void;
  /** It is complete or failed, or gone: nothing follows. */
  ended(): void;
}

/** Milliseconds between two looks, because the bus may lose messages, and there may be none to the worker. */
const LOOK_EVERY = 1500;
/** Uploads that one user may watch at once, in one process. */
const WATCHES = 10;

const watching = new Map<string, number>();

const count = (userId: string, by: 1 | -1): void => {
  const now = (watching.get(userId) ?? 0) + by;
  if (now > 0) watching.set(userId, now);
  else watching.delete(userId);
};

const isFinal = ({ status }: StatusView): boolean => status === 'complete' || status === 'failed';

/**
 * Watches an upload until it is complete or failed.
 * @returns how to begin, which throws AppError RATE_LIMITED for whoever watches too many and returns how to stop.
 * @throws AppError NOT_FOUND also for the upload of somebody else.
 */
export const watchStatus = async (
  ctx: WatchContext,
  viewerId: string,
  jobId: string,
): Promise<(watcher: Watcher) => () => void> => {
  const first = await getStatus(ctx, viewerId, jobId);
  return (watcher) => {
    // Asked and counted in one go: many that come at once are not all the tenth.
    if ((watching.get(viewerId) ?? 0) >= WATCHES) {
      throw new AppError('RATE_LIMITED', `at most ${WATCHES} uploads can be watched at once`, { retryAfter: 5 });
    }
    return new Watch(ctx, viewerId, jobId, first, watcher).stop;
  };
};

class Watch {
  readonly #ctx: WatchContext;
  readonly #jobId: string;
  readonly #viewerId: string;
  readonly #watcher: Watcher;
  readonly #timer: NodeJS.Timeout;
  readonly #unsubscribe: () => void;
  #last = '';
  #looking = false;
  #lookAgain = false;
  #stopped = false;

  constructor(ctx: WatchContext, viewerId: string, jobId: string, first: StatusView, watcher: Watcher) {
    this.#ctx = ctx;
    this.#viewerId = viewerId;
    this.#jobId = jobId;
    this.#watcher = watcher;
    count(viewerId, 1);
    // Looking is plumbing: a span for each look would bury the request, and keep its context for as long as it lasts.
    const look = (): void => void context.with(suppressTracing(ROOT_CONTEXT), () => this.#look());
    this.#timer = setInterval(look, LOOK_EVERY).unref();
    this.#unsubscribe = onUploadChange(ctx.bus, jobId, look);
    this.#tell(first);
  }

  readonly stop = (): void => {
    if (this.#stopped) return;
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
    count(this.#viewerId, -1);
  };

  /** One look at a time; what changes meanwhile is looked at once more. */
  async #look(): Promise<void> {
    this.#lookAgain = true;
    if (this.#looking) return;
    this.#looking = true;
    while (this.#lookAgain && !this.#stopped) {
      this.#lookAgain = false;
      try {
        const upload = await findUploadByJob(this.#ctx.db, this.#jobId);
        if (this.#stopped) break;
        if (upload) this.#tell(statusView(upload));
        else this.#end();
      } catch (error) {
        // The next look may find the database again.
        log.debug('an upload could not be looked at', { error });
      }
    }
    this.#looking = false;
  }

  #tell(status: StatusView): void {
    const text = JSON.stringify(status);
    if (text === this.#last) return;
    this.#last = text;
    this.#watcher.changed(status);
    if (isFinal(status)) this.#end();
  }

  #end(): void {
    this.stop();
    this.#watcher.ended();
  }
}
