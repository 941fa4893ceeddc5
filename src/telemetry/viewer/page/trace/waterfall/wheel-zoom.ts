import { useEffect, useRef } from 'preact/hooks';

/**
 * Zooms with the wheel while ctrl is held, as with two fingers on a touchpad.
 * @param onZoom gets the factor, and where the pointer is among the bars, 0 to 1
 */
export const useWheelZoom = (
  container: { current: HTMLElement | null },
  onZoom: (factor: number, share: number) => void,
): void => {
  const latest = useRef(onZoom);
  latest.current = onZoom;
  useEffect(() => {
    const element = container.current;
    const onWheel = (event: WheelEvent): void => {
      if (!event.ctrlKey || !element) return;
      // Else the browser zooms the page; that is why this listener is not passive.
      event.preventDefault();
      const axis = element.querySelector('.axis')?.getBoundingClientRect();
      if (axis)
        latest.current(
          Math.exp(-event.deltaY / 300),
          Math.min(Math.max((event.clientX - axis.left) / axis.width, 0), 1),
        );
    };
    element?.addEventListener('wheel', onWheel, { passive: false });
    return () => element?.removeEventListener('wheel', onWheel);
  }, [container]);
};
