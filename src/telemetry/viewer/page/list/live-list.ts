import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { clearTraces, type TraceList } from '../shared/api.ts';
import { followTraces, type StreamState, type TraceStream } from '../shared/trace-stream.ts';
import { applyChanges } from './trace-order.ts';

export interface LiveList {
  /** Undefined until the first answer. */
  list: TraceList | undefined;
  /** When a trace came while the list was open, milliseconds since 1970, by its id; not for those of the first answer. */
  arrivals: ReadonlyMap<string, number>;
  stream: StreamState;
  retryNow: () => void;
  paused: boolean;
  setPaused: (paused: boolean) => void;
  /** Traces that came since the pause. */
  waiting: number;
  /** Forgets all traces, in the server too. Throws ApiError. */
  clear: () => Promise<void>;
}

/** @param query what the server is asked, as text: a change of it asks anew */
export const useLiveList = (query: string): LiveList => {
  const [stream, setStream] = useState<StreamState>({ kind: 'connecting' });
  const [live, setLive] = useState<TraceList | undefined>(undefined);
  /** What is shown while paused. */
  const [frozen, setFrozen] = useState<TraceList | undefined>(undefined);
  const arrivals = useRef(new Map<string, number>());
  const current = useRef<{ stream: TraceStream | undefined; list: TraceList | undefined }>({
    stream: undefined,
    list: undefined,
  });

  useEffect(() => {
    let first = true;
    const show = (list: TraceList) => {
      current.current.list = list;
      setLive(list);
    };
    const opened = followTraces(new URLSearchParams(query), {
      onState: setStream,
      onList: (list) => {
        show(list);
        arrivals.current.clear();
        // Another filter shows what it finds, paused or not. A connection that came back leaves what is being read.
        if (first) setFrozen((now) => now && list);
        first = false;
      },
      onChanges: (changes) => {
        const before = current.current.list ?? { held: 0, traces: [] };
        const after = applyChanges(before, changes);
        const known = new Set(before.traces.map(({ traceId }) => traceId));
        for (const traceId of changes.gone) arrivals.current.delete(traceId);
        for (const { traceId } of changes.traces) if (!known.has(traceId)) arrivals.current.set(traceId, Date.now());
        show(after);
      },
    });
    current.current.stream = opened;
    return () => opened.close();
  }, [query]);

  const clear = useCallback(async () => {
    await clearTraces();
    setFrozen((now) => now && { held: 0, traces: [] });
  }, []);

  const shown = new Set(frozen?.traces.map(({ traceId }) => traceId));
  return {
    list: frozen ?? live,
    arrivals: arrivals.current,
    stream,
    retryNow: () => current.current.stream?.retryNow(),
    paused: frozen !== undefined,
    setPaused: (paused) => setFrozen(paused ? (live ?? { held: 0, traces: [] }) : undefined),
    waiting: frozen ? (live?.traces.filter(({ traceId }) => !shown.has(traceId)).length ?? 0) : 0,
    clear,
  };
};
