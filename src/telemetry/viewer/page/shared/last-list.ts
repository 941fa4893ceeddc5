/** The list as the reader left it in this tab. */
interface LastList {
  url: string;
  /** What was kept with its entry of the history. */
  state: unknown;
}

const KEY = 'traces.list';

const isList = (path: string): boolean => /^\/traces\/?$/.test(path);

const read = (): LastList => {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '');
    if (typeof kept === 'object' && kept !== null && 'url' in kept && 'state' in kept) {
      const { url, state } = kept;
      if (typeof url === 'string' && isList(new URL(url, location.origin).pathname)) return { url, state };
    }
  } catch {
    // Nothing was kept, or storage is forbidden.
  }
  return { url: '/traces', state: null };
};

let last = read();

/** Takes note of the page and what is kept with it, when it is the list. */
export const noteList = (): void => {
  if (!isList(location.pathname)) return;
  last = { url: location.pathname + location.search, state: history.state };
  try {
    sessionStorage.setItem(KEY, JSON.stringify(last));
  } catch {
    // Then it is as long as the page.
  }
};

/** The list as it was left, with its filter and order; the whole list when there was none in this tab. */
export const lastListPage = (): string => last.url;

/** What the entry of the history has to begin with when a link leads to this page. */
export const stateOfLink = (url: string): unknown => (url === last.url ? last.state : null);
