import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { TraceAnalysis } from '../analysis.ts';
import { zoomTo } from '../keys.ts';
import type { TraceAction } from '../trace-state.ts';

interface RowClicks {
  onClick: (event: MouseEvent) => void;
  onDblClick: (event: MouseEvent) => void;
}

/** A panel that opens takes room of the bars, or moves up over them: the second click would miss the bar of the first. */
const SECOND_CLICK_MS = 250;

/** Clicks on rows, heard by the tree: a span, its toggle, its bar, or one of its log lines. */
export const useRowClicks = (analysis: TraceAnalysis, dispatch: (action: TraceAction) => void): RowClicks => {
  const opening = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(opening.current), []);
  return useMemo(
    () => ({
      onClick: (event) => {
        const { target, spanId } = clicked(event);
        if (!target || !spanId) return;
        clearTimeout(opening.current);
        const moment = Number(target.closest<HTMLElement>('[data-moment]')?.dataset.moment ?? -1);
        if (target.closest('[data-toggle]')) return dispatch({ type: 'toggle', spanId });
        // Events count down from -1: the panel shows them all.
        if (moment >= 0) return dispatch({ type: 'select', spanId, open: true, line: moment });
        dispatch({ type: 'select', spanId });
        if (event.detail < 2)
          opening.current = setTimeout(() => dispatch({ type: 'panel', isOpen: true }), SECOND_CLICK_MS);
      },
      onDblClick: (event) => {
        const { target, spanId } = clicked(event);
        if (!spanId || target?.closest('[data-toggle]')) return;
        const action = target?.closest('.span-time') ? zoomTo(analysis, spanId) : { type: 'toggle' as const, spanId };
        if (action) dispatch(action);
      },
    }),
    [analysis, dispatch],
  );
};

const clicked = (event: MouseEvent): { target: Element | undefined; spanId: string | undefined } => {
  const target = event.target instanceof Element ? event.target : undefined;
  return { target, spanId: target?.closest<HTMLElement>('[data-span]')?.dataset.span };
};
