import { useLayoutEffect, useRef } from 'preact/hooks';
import type { SpanNode } from '../../../model/span-tree.ts';

/** Keeps the row at the top where it is when rows come or go above it, as in a trace that still grows. */
export const useAnchor = (
  container: { current: HTMLElement | null },
  rows: readonly SpanNode[],
  rowHeight: number,
): void => {
  const before = useRef(rows);
  useLayoutEffect(() => {
    const element = container.current;
    const old = before.current;
    before.current = rows;
    if (!element || old === rows) return;
    const top = Math.floor(element.scrollTop / rowHeight);
    const anchor = old[top]?.span.spanId;
    if (top === 0 || rows[top]?.span.spanId === anchor) return;
    const now = rows.findIndex(({ span }) => span.spanId === anchor);
    if (now >= 0) element.scrollTop += (now - top) * rowHeight;
  }, [container, rows, rowHeight]);
};
