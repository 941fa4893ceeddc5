import { useMemo } from 'preact/hooks';
import type { TraceAction } from '../trace-state.ts';

interface RowClicks {
  onClick: (event: MouseEvent) => void;
  onDblClick: (event: MouseEvent) => void;
}

/** Clicks on rows, heard by the tree: a span, its toggle, or one of its log lines. */
export const useRowClicks = (dispatch: (action: TraceAction) => void): RowClicks =>
  useMemo(
    () => ({
      onClick: (event) => {
        const { target, spanId } = clicked(event);
        if (!target || !spanId) return;
        const moment = Number(target.closest<HTMLElement>('[data-moment]')?.dataset.moment ?? -1);
        if (target.closest('[data-toggle]')) dispatch({ type: 'toggle', spanId });
        // Events count down from -1: the panel shows them all.
        else if (moment >= 0) dispatch({ type: 'select', spanId, open: true, line: moment });
        else dispatch({ type: 'select', spanId, open: true });
      },
      onDblClick: (event) => {
        const { target, spanId } = clicked(event);
        if (spanId && !target?.closest('[data-toggle]')) dispatch({ type: 'toggle', spanId });
      },
    }),
    [dispatch],
  );

const clicked = (event: MouseEvent): { target: Element | undefined; spanId: string | undefined } => {
  const target = event.target instanceof Element ? event.target : undefined;
  return { target, spanId: target?.closest<HTMLElement>('[data-span]')?.dataset.span };
};
