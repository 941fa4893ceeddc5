import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { beforeLeaving, type Place, replaceQuery } from '../shared/router.ts';
import {
  type FilterField,
  type FilterProblem,
  type FilterText,
  filterProblems,
  readFilterText,
  serverQuery,
  writeFilterText,
} from './filter-text.ts';

/** Milliseconds without a key before the server is asked. */
const SETTLE = 200;

export interface ListFilterState {
  text: FilterText;
  problems: ReadonlyMap<FilterField, FilterProblem>;
  /** The query for the server; stays at the last one without a problem. */
  asked: string;
  /** The filter as it stands in the URL. */
  settled: string;
  errorsFirst: boolean;
  setErrorsFirst: (first: boolean) => void;
  change: (change: FilterText) => void;
  reset: () => void;
}

const isErrorsFirst = (query: string): boolean => new URLSearchParams(query).get('first') === 'errors';

const pageQuery = (text: FilterText, errorsFirst: boolean): string => {
  const query = writeFilterText(text);
  if (errorsFirst) query.set('first', 'errors');
  return String(query);
};

/** What the list is narrowed by: from the URL, into the URL. */
export const useListFilter = (place: Place): ListFilterState => {
  const [text, setText] = useState(() => readFilterText(place.query));
  const [errorsFirst, setErrorsFirst] = useState(() => isErrorsFirst(place.query));
  const [settled, setSettled] = useState(() => pageQuery(text, errorsFirst));
  const problems = useMemo(() => filterProblems(text), [text]);

  const shownPlace = useRef(place);
  useEffect(() => {
    if (shownPlace.current === place) return;
    shownPlace.current = place;
    setText(readFilterText(place.query));
    setErrorsFirst(isErrorsFirst(place.query));
  }, [place]);

  useEffect(() => {
    const query = pageQuery(text, errorsFirst);
    if (query === settled) return;
    const timer = setTimeout(() => {
      setSettled(query);
      replaceQuery(query);
    }, SETTLE);
    return () => clearTimeout(timer);
  }, [text, errorsFirst, settled]);

  // What was typed a moment ago is there on the way back too.
  useEffect(() => beforeLeaving(() => replaceQuery(pageQuery(text, errorsFirst))), [text, errorsFirst]);

  const asked = useRef('');
  const settledText = readFilterText(settled);
  if (filterProblems(settledText).size === 0) asked.current = String(serverQuery(settledText));

  return {
    text,
    problems,
    asked: asked.current,
    settled,
    errorsFirst,
    setErrorsFirst,
    change: useCallback((change) => setText((now) => ({ ...now, ...change })), []),
    reset: useCallback(() => setText({}), []),
  };
};
