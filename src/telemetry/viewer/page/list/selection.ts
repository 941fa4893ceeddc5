import { useCallback, useEffect, useState } from 'preact/hooks';
import { fetchList, type TraceList } from '../shared/api.ts';
import { keepInHistory, keptInHistory } from '../shared/router.ts';

const KEPT = 'selected';

const keptSelection = (): ReadonlySet<string> => {
  const kept = keptInHistory(KEPT);
  return new Set(Array.isArray(kept) ? kept.filter((traceId) => typeof traceId === 'string') : []);
};

/** Whether the server has the trace; when it cannot be asked, it may. */
const isHeld = async (traceId: string): Promise<boolean> => {
  try {
    return (await fetchList(new URLSearchParams({ trace_id: traceId }))).traces.length > 0;
  } catch {
    return true;
  }
};

export interface Selection {
  selected: ReadonlySet<string>;
  /** Selects a trace, or takes that back. */
  toggle: (traceId: string) => void;
  clear: () => void;
}

/** The traces that are ticked: also those that the filter hides, and over back and forward, until the server lets go of them. */
export const useSelection = (list: TraceList | undefined): Selection => {
  const [selected, setSelected] = useState(keptSelection);
  useEffect(() => keepInHistory(KEPT, [...selected]), [selected]);

  const toggle = useCallback((traceId: string) => {
    setSelected((now) => {
      const next = new Set(now);
      if (!next.delete(traceId)) next.add(traceId);
      return next;
    });
  }, []);
  const clear = useCallback(() => setSelected(new Set()), []);

  // What the list has not, the filter may hide.
  const listed = new Set(selected.size > 0 ? list?.traces.map(({ traceId }) => traceId) : []);
  const missing = list ? [...selected].filter((traceId) => !listed.has(traceId)).join() : '';
  useEffect(() => {
    let current = true;
    const ask = async (traceId: string) => {
      const held = await isHeld(traceId);
      if (current && !held) setSelected((now) => new Set([...now].filter((other) => other !== traceId)));
    };
    for (const traceId of missing.split(',').filter(Boolean)) void ask(traceId);
    return () => {
      current = false;
    };
  }, [missing]);

  return { selected, toggle, clear };
};
