import { useEffect, useState } from 'preact/hooks';
import { noteList, stateOfLink } from './last-list.ts';

/** What the address bar says: a new object each time that the reader goes somewhere. */
export interface Place {
  path: string;
  query: string;
}

const readPlace = (): Place => ({ path: location.pathname, query: location.search });

const listeners = new Set<() => void>();
const leaving = new Set<() => void>();

/**
 * Opens a page of the viewer without loading it anew.
 * @param state what is kept with its entry of the history from the start
 */
export const navigate = (url: string, state: unknown = null): void => {
  for (const listener of leaving) listener();
  noteList();
  history.pushState(state, '', url);
  for (const listener of listeners) listener();
};

/** Changes the query of this entry of the history; nothing else on the page is told. */
export const replaceQuery = (query: string): void => {
  history.replaceState(history.state, '', query === '' ? location.pathname : `?${query}`);
  noteList();
};

/**
 * Keeps something with this entry of the history, such as where the reader had scrolled to; it is there again after back and forward.
 * @param value anything that can be cloned
 */
export const keepInHistory = (name: string, value: unknown): void => {
  history.replaceState({ ...keptState(), [name]: value }, '');
  noteList();
};

const keptState = (): Record<string, unknown> => {
  const state: unknown = history.state;
  return typeof state === 'object' && state !== null ? { ...state } : {};
};

/** @returns what `keepInHistory` kept, of unknown shape: an older page may have written it */
export const keptInHistory = (name: string): unknown => keptState()[name];

/** @param listener runs before a link or `navigate` leaves this entry of the history. @returns its end */
export const beforeLeaving = (listener: () => void): (() => void) => {
  leaving.add(listener);
  return () => leaving.delete(listener);
};

const ownLink = (event: MouseEvent): string | undefined => {
  if (event.defaultPrevented || event.button !== 0) return undefined;
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return undefined;
  const anchor = event.target instanceof Element ? event.target.closest('a') : null;
  if (anchor?.target !== '' || anchor.hasAttribute('download')) return undefined;
  const url = URL.parse(anchor.href);
  if (url?.origin !== location.origin) return undefined;
  // A place on this very page is the browser's to go to.
  if (url.hash !== '' && url.pathname === location.pathname) return undefined;
  const page = url.pathname === '/traces' || url.pathname.startsWith('/traces/');
  return page && !/^\/traces\/(api|assets)\//.test(url.pathname) ? url.pathname + url.search + url.hash : undefined;
};

/** Every plain click on a link to a page of the viewer goes through `navigate`: links are just `a` with `href`. */
const onClick = (event: MouseEvent): void => {
  const url = ownLink(event);
  if (url === undefined) return;
  event.preventDefault();
  navigate(url, stateOfLink(url));
};

/** The place that is shown; renders again when it changes. For the outermost component. */
export const usePlace = (): Place => {
  const [place, setPlace] = useState(readPlace);
  useEffect(() => {
    const update = () => setPlace(readPlace());
    listeners.add(update);
    addEventListener('popstate', update);
    document.addEventListener('click', onClick);
    // Lists come from the network: the browser would scroll before they are there.
    history.scrollRestoration = 'manual';
    return () => {
      listeners.delete(update);
      removeEventListener('popstate', update);
      document.removeEventListener('click', onClick);
    };
  }, []);
  return place;
};
