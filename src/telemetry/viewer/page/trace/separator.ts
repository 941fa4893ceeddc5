import { type ComponentChildren, h } from 'preact';
import { useRef } from 'preact/hooks';

interface Props {
  /** What it resizes, for those who listen. */
  label: string;
  /** Id of the element that it resizes. */
  controls: string;
  /** `vertical` stands between left and right. */
  orientation: 'vertical' | 'horizontal';
  /** Pixels. */
  size: number;
  smallest: number;
  largest: number;
  /** 1 when moving right or down makes the size larger, else -1. */
  direction: 1 | -1;
  onSize: (size: number) => void;
}

const STEP = 16;

/** A line between two areas that can be dragged, or moved with the arrow keys. */
export const Separator = (props: Props): ComponentChildren => {
  const { label, controls, orientation, size, smallest, largest, direction, onSize } = props;
  const grip = useRef<{ at: number; size: number } | undefined>(undefined);
  const along = (event: PointerEvent): number => (orientation === 'vertical' ? event.clientX : event.clientY);
  const set = (next: number): void => onSize(Math.min(Math.max(next, smallest), largest));
  const [less, more] = orientation === 'vertical' ? ['ArrowLeft', 'ArrowRight'] : ['ArrowUp', 'ArrowDown'];

  return h('div', {
    role: 'separator',
    class: `separator separator-${orientation}`,
    tabIndex: 0,
    'aria-label': label,
    'aria-controls': controls,
    'aria-orientation': orientation,
    'aria-valuenow': Math.round(size),
    'aria-valuemin': smallest,
    'aria-valuemax': Math.round(largest),
    onPointerDown: (event: PointerEvent) => {
      if (!(event.currentTarget instanceof HTMLElement)) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      grip.current = { at: along(event), size };
    },
    onPointerMove: (event: PointerEvent) => {
      if (grip.current) set(grip.current.size + direction * (along(event) - grip.current.at));
    },
    onPointerUp: () => {
      grip.current = undefined;
    },
    onPointerCancel: () => {
      grip.current = undefined;
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === less) set(size - direction * STEP);
      else if (event.key === more) set(size + direction * STEP);
      else if (event.key === 'Home') set(smallest);
      else if (event.key === 'End') set(largest);
      else return;
      event.preventDefault();
      event.stopPropagation();
    },
  });
};
