import type { RefObject } from 'preact';
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';

export interface VirtualRows {
  /** For the element that scrolls, which has `onScroll` too. */
  containerRef: RefObject<HTMLDivElement | null>;
  onScroll: () => void;
  /** Index of the first row to draw. */
  first: number;
  /** Index after the last row to draw. */
  last: number;
  /** Of all rows, in pixels. */
  totalHeight: number;
  /** Scrolls as little as it takes until the row is wholly in sight. */
  scrollToRow: (index: number) => void;
}

interface Options {
  count: number;
  /** Pixels, the same for all. */
  rowHeight: number;
  /** Rows to draw above and below what is in sight. */
  overscan?: number;
  /** Pixels at the top of the container that a sticky header covers. */
  headerHeight?: number;
}

/** Which rows of a long list have to be drawn. Renders again only when that changes, not with each pixel. */
export const useVirtualRows = ({ count, rowHeight, overscan = 10, headerHeight = 0 }: Options): VirtualRows => {
  const containerRef = useRef<HTMLDivElement>(null);
  const [window, setWindow] = useState({ first: 0, last: 60 });

  const onScroll = useCallback(() => {
    const container = containerRef.current;
    if (!container) return;
    const top = Math.floor(container.scrollTop / rowHeight);
    const rows = Math.ceil(container.clientHeight / rowHeight) + 1;
    const first = Math.max(0, top - overscan);
    const last = top + rows + overscan;
    setWindow((now) => (now.first === first && now.last === last ? now : { first, last }));
  }, [rowHeight, overscan]);

  useLayoutEffect(() => {
    const container = containerRef.current;
    if (!container) return;
    onScroll();
    const observer = new ResizeObserver(onScroll);
    observer.observe(container);
    return () => observer.disconnect();
  }, [onScroll]);

  const scrollToRow = useCallback(
    (index: number) => {
      const container = containerRef.current;
      if (!container) return;
      const top = index * rowHeight;
      const room = container.clientHeight - headerHeight - rowHeight;
      if (top < container.scrollTop) container.scrollTop = top;
      else if (top > container.scrollTop + room) container.scrollTop = top - room;
      onScroll();
    },
    [rowHeight, headerHeight, onScroll],
  );

  // A list that got shorter while it was scrolled down has rows to show all the same.
  const last = Math.min(window.last, count);
  const first = Math.max(0, Math.min(window.first, last - (window.last - window.first)));
  return { containerRef, onScroll, first, last, totalHeight: count * rowHeight, scrollToRow };
};

/**
 * The rows from `first` to `last`, in the order of the elements that draw them. One that scrolls away lends its element to
 * the one that comes: making a new one takes twice the time. No element moves in the document by that: in Chromium, one
 * that changes its class and is moved at once, by `moveBefore` as Preact does it, leaves what is in it in the colours of
 * before.
 */
export const inSlots = <T>(rows: readonly T[], first: number, last: number): { item: T; index: number }[] => {
  const drawn = rows.slice(first, last).map((item, offset) => ({ item, index: first + offset }));
  const turn = drawn.findIndex(({ index }) => index % drawn.length === 0);
  return [...drawn.slice(turn), ...drawn.slice(0, turn)];
};
