import { useEffect, useMemo, useState } from 'preact/hooks';
import type { Hovered } from './hover-card.ts';

interface Hovering {
  hovered: Hovered | undefined;
  hoverHandlers: { onPointerMove: (event: PointerEvent) => void; onPointerLeave: () => void; onWheel: () => void };
}

/** What the pointer is over in a waterfall: a bar's row, or a moment on it. A finger hovers over nothing. */
export const useHovered = (container: { current: HTMLElement | null }): Hovering => {
  const [hovered, setHovered] = useState<Hovered | undefined>();
  const hoverHandlers = useMemo(
    () => ({
      onPointerMove: (event: PointerEvent) => {
        const target = event.target instanceof Element ? event.target : null;
        const time = target?.closest<HTMLElement>('.span-time');
        const spanId = time?.closest<HTMLElement>('[data-span]')?.dataset.span;
        const mark = target?.closest<HTMLElement>('[data-moment]')?.dataset;
        container.current?.style.setProperty('--pointer', spanId ? `${pointerAt(event, time)}px` : '-9999px');
        const isOver = mark !== undefined || isOnBar(event, time);
        if (!spanId || !isOver || event.pointerType === 'touch' || event.buttons !== 0) setHovered(undefined);
        else {
          const moment = mark ? Number(mark.moment) : undefined;
          setHovered({ spanId, moment, others: Number(mark?.others ?? 0), x: event.clientX, y: event.clientY });
        }
      },
      onPointerLeave: () => {
        container.current?.style.setProperty('--pointer', '-9999px');
        setHovered(undefined);
      },
      onWheel: () => setHovered(undefined),
    }),
    [container],
  );
  const isHovering = hovered !== undefined;
  useEffect(() => {
    if (!isHovering) return;
    // What covers something must go away without moving the pointer.
    const hide = (): void => setHovered(undefined);
    document.addEventListener('keydown', hide);
    return () => document.removeEventListener('keydown', hide);
  }, [isHovering]);
  return { hovered, hoverHandlers };
};

/** Pixels beside a bar that count as the bar: many are thinner than a hand is steady. */
const NEAR = 6;

const isOnBar = (event: PointerEvent, time: HTMLElement | null | undefined): boolean => {
  const bar = time?.querySelector('.bar')?.getBoundingClientRect();
  return bar !== undefined && event.clientX >= bar.left - NEAR && event.clientX <= bar.right + NEAR;
};

const pointerAt = (event: PointerEvent, time: HTMLElement | null | undefined): number =>
  time ? event.clientX - time.getBoundingClientRect().left : 0;
