import { useLayoutEffect, useState } from 'preact/hooks';

/** @returns the width inside an element, without its scroll bar, and of that bar, in pixels; renders again on change */
export const useElementWidth = (container: { current: HTMLElement | null }): { width: number; scrollBar: number } => {
  const [size, setSize] = useState({ width: 0, scrollBar: 0 });
  useLayoutEffect(() => {
    const element = container.current;
    if (!element) return;
    const measure = (): void => {
      const { clientWidth: width, offsetWidth } = element;
      setSize((now) => (now.width === width ? now : { width, scrollBar: offsetWidth - width }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [container]);
  return size;
};
