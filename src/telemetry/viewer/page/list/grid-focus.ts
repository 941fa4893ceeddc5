import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { TraceSummary } from '../../model/summary.ts';
import { beforeLeaving, keepInHistory, keptInHistory } from '../shared/router.ts';

const KEPT = 'row';
/** Whether the keys were at work in the list. */
const KEPT_FOCUS = 'row-focus';

const keptRow = (): string | undefined => {
  const kept = keptInHistory(KEPT);
  return typeof kept === 'string' ? kept : undefined;
};

export interface GridFocus {
  /** The row that the Tab key comes to. */
  currentId: string | undefined;
  setCurrent: (traceId: string) => void;
  /** Moves the focus so many rows. */
  move: (step: number) => void;
}

/** Roving tabindex: one row of the grid is in the order of the Tab key, and keys move from row to row. */
export const useGridFocus = (
  traces: readonly TraceSummary[],
  container: RefObject<HTMLElement | null>,
  scrollToRow: (index: number) => void,
): GridFocus => {
  const [chosen, setChosen] = useState(keptRow);
  const lastIndex = useRef(0);
  const wanted = useRef(keptInHistory(KEPT_FOCUS) === true);

  const found = traces.findIndex(({ traceId }) => traceId === chosen);
  // A row that was thrown out hands over to the one that is in its place now.
  const index = found >= 0 ? found : Math.min(chosen === undefined ? 0 : lastIndex.current, traces.length - 1);
  const currentId = traces[index]?.traceId;

  const focused = container.current?.contains(document.activeElement) ?? false;
  useLayoutEffect(() => {
    lastIndex.current = Math.max(0, index);
    const lost = found < 0 && chosen !== undefined && focused;
    if (!wanted.current && !lost) return;
    const row = container.current?.querySelector<HTMLElement>(`[data-trace="${CSS.escape(currentId ?? '')}"]`);
    if (!row) return;
    wanted.current = false;
    row.focus({ preventScroll: true });
  });

  // Who comes back goes on from the trace that was opened; who used the mouse has no focus there that would stop the list.
  useEffect(
    () =>
      beforeLeaving(() => {
        keepInHistory(KEPT, currentId);
        keepInHistory(KEPT_FOCUS, container.current?.querySelector(':focus-visible') != null);
      }),
    [currentId, container],
  );

  const move = useCallback(
    (step: number) => {
      const inGrid = container.current?.contains(document.activeElement) ?? false;
      const next = Math.max(0, Math.min(traces.length - 1, inGrid ? index + step : index));
      const trace = traces[next];
      if (!trace) return;
      wanted.current = true;
      scrollToRow(next);
      setChosen(trace.traceId);
      // The row may be current already without having the focus.
      if (trace.traceId === currentId) {
        wanted.current = false;
        container.current
          ?.querySelector<HTMLElement>(`[data-trace="${CSS.escape(trace.traceId)}"]`)
          ?.focus({ preventScroll: true });
      }
    },
    [traces, index, currentId, container, scrollToRow],
  );

  return { currentId, setCurrent: setChosen, move };
};
