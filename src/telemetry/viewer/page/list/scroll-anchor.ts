import type { RefObject } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { TraceSummary } from '../../model/summary.ts';
import { beforeLeaving, keepInHistory, keptInHistory } from '../shared/router.ts';

const KEPT = 'list';

interface Anchor {
  /** The first row in sight. */
  traceId: string;
  /** Pixels of it that are out of sight. */
  offset: number;
}

const keptAnchor = (): Anchor | undefined => {
  const kept = keptInHistory(KEPT);
  if (typeof kept !== 'object' || kept === null || !('traceId' in kept) || !('offset' in kept)) return undefined;
  const { traceId, offset } = kept;
  return typeof traceId === 'string' && typeof offset === 'number' ? { traceId, offset } : undefined;
};

interface Options {
  container: RefObject<HTMLElement | null>;
  traces: readonly TraceSummary[];
  rowHeight: number;
  /** The list starts at its top again when this changes. */
  resetKey: string;
  /** Runs after the place has changed. */
  onMoved: () => void;
}

export interface ScrollAnchor {
  onScroll: () => void;
  /** Traces that came in above what is in sight. */
  above: number;
  toTop: () => void;
}

/**
 * Keeps what the reader looks at in its place while rows come in above it, and over back and forward. Who stands at the top
 * sees the new ones come, unless a row has the focus.
 */
export const useScrollAnchor = ({ container, traces, rowHeight, resetKey, onMoved }: Options): ScrollAnchor => {
  const anchor = useRef<Anchor | undefined>(keptAnchor());
  const seen = useRef(0);
  const shownKey = useRef(resetKey);
  const [above, setAbove] = useState(0);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);

  const look = useCallback(() => {
    const element = container.current;
    if (!element) return;
    const index = Math.floor(element.scrollTop / rowHeight);
    const first = traces[index];
    const following = element.scrollTop < 1 && !element.contains(document.activeElement);
    anchor.current =
      first && !following ? { traceId: first.traceId, offset: element.scrollTop - index * rowHeight } : undefined;
    if (element.scrollTop < rowHeight) seen.current = Math.max(0, ...traces.map(({ seq }) => seq));
    setAbove(traces.slice(0, index).filter(({ seq }) => seq > seen.current).length);
  }, [container, traces, rowHeight]);

  const keep = useCallback(() => {
    clearTimeout(timer.current);
    keepInHistory(KEPT, anchor.current);
  }, []);

  useLayoutEffect(() => {
    const element = container.current;
    if (!element || traces.length === 0) return;
    if (shownKey.current !== resetKey) {
      shownKey.current = resetKey;
      anchor.current = undefined;
      element.scrollTop = 0;
    }
    const held = anchor.current;
    const index = held ? traces.findIndex(({ traceId }) => traceId === held.traceId) : -1;
    if (held && index >= 0) element.scrollTop = index * rowHeight + held.offset;
    if (seen.current === 0) seen.current = Math.max(0, ...traces.map(({ seq }) => seq));
    look();
    onMoved();
  }, [container, traces, rowHeight, resetKey, look, onMoved]);

  useEffect(() => {
    const element = container.current;
    const off = beforeLeaving(keep);
    element?.addEventListener('focusin', look);
    element?.addEventListener('focusout', look);
    return () => {
      clearTimeout(timer.current);
      off();
      element?.removeEventListener('focusin', look);
      element?.removeEventListener('focusout', look);
    };
  }, [container, look, keep]);

  const onScroll = useCallback(() => {
    look();
    clearTimeout(timer.current);
    timer.current = setTimeout(keep, 200);
  }, [look, keep]);

  const toTop = useCallback(() => {
    const element = container.current;
    if (!element) return;
    element.scrollTop = 0;
    look();
    onMoved();
  }, [container, look, onMoved]);

  return { onScroll, above, toTop };
};
