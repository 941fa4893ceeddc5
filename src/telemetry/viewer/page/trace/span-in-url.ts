import { useEffect, useRef } from 'preact/hooks';
import { beforeLeaving } from '../shared/router.ts';
import type { TraceAnalysis } from './analysis.ts';
import type { TraceAction } from './trace-state.ts';

/** Browsers take few changes of the address in a short time; a held arrow key makes many. */
const SETTLED_MS = 300;

/** The selected span is the URL's fragment, so that a link can point at it. */
export const useSpanInUrl = (
  selected: string | undefined,
  analysis: TraceAnalysis,
  dispatch: (action: TraceAction) => void,
): void => {
  const latest = useRef(analysis);
  latest.current = analysis;
  // Read once and when the fragment changes: a newer version of the trace selects nothing.
  useEffect(() => {
    const read = (): void => {
      const spanId = location.hash.slice(1).toLowerCase();
      if (latest.current.nodes.has(spanId)) dispatch({ type: 'select', spanId });
    };
    read();
    addEventListener('hashchange', read);
    return () => removeEventListener('hashchange', read);
  }, [dispatch]);
  useEffect(() => {
    if (!selected || location.hash === `#${selected}`) return;
    const isFirst = location.hash === '' && selected === analysis.shown[0]?.span.spanId;
    if (isFirst) return;
    const write = (): void => history.replaceState(history.state, '', `#${selected}`);
    const timer = setTimeout(write, SETTLED_MS);
    // Who comes back to this page finds the span that was left.
    const stay = beforeLeaving(write);
    return () => {
      clearTimeout(timer);
      stay();
    };
  }, [selected, analysis]);
};
