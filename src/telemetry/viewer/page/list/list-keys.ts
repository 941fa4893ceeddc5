import { useEffect, useRef } from 'preact/hooks';

const typing = (target: EventTarget | null): boolean =>
  target instanceof HTMLTextAreaElement ||
  target instanceof HTMLSelectElement ||
  (target instanceof HTMLInputElement && target.type !== 'checkbox');

/** Runs `effect` when the key is pressed anywhere on the page but where text is typed, and not over a dialog. */
export const useListKey = (key: string, effect: () => void): void => {
  const latest = useRef(effect);
  latest.current = effect;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== key || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
      if (typing(event.target) || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      latest.current();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, [key]);
};

/** What `?` shows. */
export const listKeys = [
  [['j', '↓'], 'next trace'],
  [['k', '↑'], 'trace before'],
  [['Enter'], 'open the trace'],
  [['Space'], 'select it, to compare two'],
  [['/'], 'go to the search'],
  [['p'], 'pause or resume'],
  [['?'], 'this list'],
] as const;
