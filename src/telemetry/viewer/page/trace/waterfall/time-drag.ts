import { useRef, useState } from 'preact/hooks';
import { between, moved, type TimeWindow } from '../time-window.ts';

interface Options {
  /** What the whole width of the element shows. */
  shown: TimeWindow;
  /** Milliseconds of the trace. */
  total: number;
  /** A drag that begins in here moves it; anywhere else it chooses a new one. */
  movable?: TimeWindow | undefined;
  onWindow: (window: TimeWindow) => void;
}

interface Drag {
  from: number;
  to: number;
  moves: TimeWindow | undefined;
}

interface TimeDrag {
  /** What is being chosen, for the eye. */
  chosen: TimeWindow | undefined;
  handlers: {
    onPointerDown: (event: PointerEvent) => void;
    onPointerMove: (event: PointerEvent) => void;
    onPointerUp: (event: PointerEvent) => void;
    onPointerCancel: () => void;
  };
}

/** Less is a click. */
const SHORTEST_PIXELS = 4;

/** Choosing a stretch of time by dragging over an element whose width is time. */
export const useTimeDrag = ({ shown, total, movable, onWindow }: Options): TimeDrag => {
  const drag = useRef<Drag | undefined>(undefined);
  const [chosen, setChosen] = useState<TimeWindow | undefined>();

  const timeAt = (event: PointerEvent): number => {
    const box = event.currentTarget instanceof Element ? event.currentTarget.getBoundingClientRect() : new DOMRect();
    const share = Math.min(Math.max((event.clientX - box.left) / (box.width || 1), 0), 1);
    return shown.from + share * (shown.to - shown.from);
  };
  const end = (): void => {
    drag.current = undefined;
    setChosen(undefined);
  };

  return {
    chosen,
    handlers: {
      onPointerDown: (event) => {
        if (event.button !== 0 || !(event.currentTarget instanceof Element)) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const at = timeAt(event);
        drag.current = {
          from: at,
          to: at,
          moves: movable && at >= movable.from && at <= movable.to ? movable : undefined,
        };
      },
      onPointerMove: (event) => {
        const now = drag.current;
        if (!now) return;
        now.to = timeAt(event);
        if (now.moves) onWindow(moved(now.moves, total, now.to - now.from));
        else setChosen(between(now.from, now.to, total));
      },
      onPointerUp: (event) => {
        const now = drag.current;
        const width = event.currentTarget instanceof Element ? event.currentTarget.getBoundingClientRect().width : 0;
        const pixels = now ? (Math.abs(now.to - now.from) / (shown.to - shown.from)) * width : 0;
        if (now && !now.moves && pixels >= SHORTEST_PIXELS) onWindow(between(now.from, now.to, total));
        end();
      },
      onPointerCancel: end,
    },
  };
};
