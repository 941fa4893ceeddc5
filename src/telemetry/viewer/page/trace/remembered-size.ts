import { useCallback, useState } from 'preact/hooks';

const read = (key: string): number | undefined => {
  try {
    const value = Number.parseFloat(localStorage.getItem(key) ?? '');
    return Number.isFinite(value) ? value : undefined;
  } catch {
    // Storage may be forbidden.
    return undefined;
  }
};

/**
 * A size that the reader has set, kept in the browser.
 * @param name of what has the size
 */
export const useRememberedSize = (name: string, otherwise: number): [number, (size: number) => void] => {
  const key = `traces.${name}`;
  const [size, setSize] = useState(() => read(key) ?? otherwise);
  const remember = useCallback(
    (next: number) => {
      setSize(next);
      try {
        localStorage.setItem(key, String(Math.round(next)));
      } catch {
        // Then it is as long as the page.
      }
    },
    [key],
  );
  return [size, remember];
};
