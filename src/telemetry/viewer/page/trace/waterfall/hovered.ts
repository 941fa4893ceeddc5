import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import type { Hovered } from './hover-card.ts';

interface Pointed {
  /** Where among the bars the pointer is, 0 to 1. */
  share: number;
  /** What it is over there. */
  hovered: Hovered | undefined;
}

interface Hovering {
  pointed: Pointed | undefined;
  hoverHandlers: { onPointerMove: (event: PointerEvent) => void; onPointerLeave: () => void; onWheel: () => void };
}

/** Where the pointer is in a waterfall, and what it is over: a bar, or a moment on it. A finger hovers over nothing. */
export const useHovered = (): Hovering => {
  const [pointed, setPointed] = useState<Pointed | undefined>();
  const hideCard = useCallback(() => setPointed((now) => now && { ...now, hovered: undefined }), []);
  const hoverHandlers = useMemo(
    () => ({
      onPointerMove: (event: PointerEvent) => setPointed(pointedAt(event)),
      onPointerLeave: () => setPointed(undefined),
      onWheel: hideCard,
    }),
    [],
  );
  const isHovering = pointed?.hovered !== undefined;
  useEffect(() => {
    if (!isHovering) return;
    // What covers something must go away without moving the pointer.
    document.addEventListener('keydown', hideCard);
    return () => document.removeEventListener('keydown', hideCard);
  }, [isHovering]);
  return { pointed, hoverHandlers };
};

const pointedAt = (event: PointerEvent): Pointed | undefined => {
  const target = event.target instanceof Element ? event.target : null;
  const time = target?.closest<HTMLElement>('.span-time');
  const spanId = time?.closest<HTMLElement>('[data-span]')?.dataset.span;
  if (!time || !spanId || event.pointerType === 'touch') return undefined;
  const box = time.getBoundingClientRect();
  const share = (event.clientX - box.left) / (box.width || 1);
  const mark = target?.closest<HTMLElement>('[data-moment]')?.dataset;
  if ((!mark && !isOnBar(event, time)) || event.buttons !== 0) return { share, hovered: undefined };
  const moment = mark && Number(mark.moment);
  return { share, hovered: { spanId, moment, others: Number(mark?.others ?? 0), x: event.clientX, y: event.clientY } };
};

/** Pixels beside a bar that count as the bar: many are thinner than a hand is steady. */
const NEAR = 6;

const isOnBar = (event: PointerEvent, time: Element): boolean => {
  const bar = time.querySelector('.bar')?.getBoundingClientRect();
  return bar !== undefined && event.clientX >= bar.left - NEAR && event.clientX <= bar.right + NEAR;
};
