import type { TraceSummary } from '../../model/summary.ts';
import { ApiError, fetchList, streamUrl, type TraceList } from './api.ts';

export interface TraceChanges extends TraceList {
  /** Ids of those that were thrown out or no longer match. */
  gone: string[];
}

export type StreamState =
  | { kind: 'connecting' }
  | { kind: 'open' }
  /** The next try is at `retryAt`, milliseconds since 1970. */
  | { kind: 'lost'; retryAt: number }
  /** The server does not take this filter: there is no next try. */
  | { kind: 'refused'; error: ApiError };

interface Listeners {
  /** On connect and on each connect that follows a loss. */
  onList: (list: TraceList) => void;
  onChanges: (changes: TraceChanges) => void;
  onState: (state: StreamState) => void;
}

export interface TraceStream {
  retryNow: () => void;
  close: () => void;
}

/** Milliseconds before the next try, the longer the more have failed. */
const FIRST_WAIT = 500;
const LONGEST_WAIT = 10_000;
/** Milliseconds that a tab nobody sees stays connected: a browser has six connections to a server, for all tabs. */
const HIDDEN_WAIT = 10_000;

const parse = (event: Event): { held: number; traces: TraceSummary[]; gone?: string[] } =>
  JSON.parse(event instanceof MessageEvent ? String(event.data) : '{}');

/** Follows the list as the server tells it; connects again when the connection is lost. */
export const followTraces = (query: URLSearchParams, listeners: Listeners): TraceStream => {
  let source: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let failures = 0;
  let closed = false;
  let sleeping = false;
  let hiddenTimer: ReturnType<typeof setTimeout> | undefined;

  const lost = () => {
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures);
    failures += 1;
    listeners.onState({ kind: 'lost', retryAt: Date.now() + wait });
    timer = setTimeout(connect, wait);
  };

  // An EventSource does not tell why it failed.
  const askWhy = async () => {
    try {
      await fetchList(query);
    } catch (error) {
      if (!closed && error instanceof ApiError && error.status === 400) {
        listeners.onState({ kind: 'refused', error });
        return;
      }
    }
    if (!closed) lost();
  };

  const connect = () => {
    clearTimeout(timer);
    source?.close();
    if (failures === 0) listeners.onState({ kind: 'connecting' });
    const opened = new EventSource(streamUrl(query));
    source = opened;
    opened.addEventListener('list', (event) => {
      failures = 0;
      listeners.onState({ kind: 'open' });
      listeners.onList(parse(event));
    });
    opened.addEventListener('changes', (event) => listeners.onChanges({ gone: [], ...parse(event) }));
    opened.addEventListener('error', () => {
      const refused = opened.readyState === EventSource.CLOSED;
      // Its own retry waits the same time forever and says nothing of it.
      opened.close();
      if (closed || source !== opened) return;
      if (refused) void askWhy();
      else lost();
    });
  };

  const onVisibility = () => {
    clearTimeout(hiddenTimer);
    if (document.hidden) {
      hiddenTimer = setTimeout(() => {
        sleeping = true;
        clearTimeout(timer);
        source?.close();
      }, HIDDEN_WAIT);
    } else if (sleeping) {
      sleeping = false;
      connect();
    }
  };

  document.addEventListener('visibilitychange', onVisibility);
  connect();
  return {
    retryNow: connect,
    close: () => {
      closed = true;
      clearTimeout(timer);
      clearTimeout(hiddenTimer);
      document.removeEventListener('visibilitychange', onVisibility);
      source?.close();
    },
  };
};
