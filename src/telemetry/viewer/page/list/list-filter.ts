import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { beforeLeaving, type Place, replaceQuery } from '../shared/router.ts';
import {
  type FilterField,
  type FilterProblem,
  type FilterText,
  filterProblems,
  notAppliedNote,
  readFilterText,
  serverQuery,
  validPart,
  writeFilterText,
} from './filter-text.ts';
import { type ListOrder, readOrder, writeOrder } from './trace-order.ts';

/** Milliseconds without a key before the server is asked. */
const SETTLE = 200;

export interface ListFilterState {
  text: FilterText;
  problems: ReadonlyMap<FilterField, FilterProblem>;
  /** What the list is narrowed by: fields with problems stay at what they last were without. */
  applied: FilterText;
  /** Says that this is not what stands in the inputs, when it is not. */
  note: string | undefined;
  /** The query for the server. */
  asked: string;
  /** The filter as it stands in the URL. */
  settled: string;
  order: ListOrder;
  setOrder: (order: ListOrder) => void;
  change: (change: FilterText) => void;
  reset: () => void;
}

const pageQuery = (text: FilterText, order: ListOrder): string => {
  const query = writeFilterText(text);
  writeOrder(order, query);
  return String(query);
};

/** What the list is narrowed by: from the URL, into the URL. */
export const useListFilter = (place: Place): ListFilterState => {
  const [text, setText] = useState(() => readFilterText(place.query));
  const [order, setOrder] = useState(() => readOrder(place.query));
  const [settled, setSettled] = useState(() => pageQuery(text, order));
  const problems = useMemo(() => filterProblems(text), [text]);

  const shownPlace = useRef(place);
  useEffect(() => {
    if (shownPlace.current === place) return;
    shownPlace.current = place;
    setText(readFilterText(place.query));
    setOrder(readOrder(place.query));
  }, [place]);

  useEffect(() => {
    const query = pageQuery(text, order);
    if (query === settled) return;
    const timer = setTimeout(() => {
      setSettled(query);
      replaceQuery(query);
    }, SETTLE);
    return () => clearTimeout(timer);
  }, [text, order, settled]);

  // What was typed a moment ago is there on the way back too.
  useEffect(() => beforeLeaving(() => replaceQuery(pageQuery(text, order))), [text, order]);

  const asked = useMemo(() => readFilterText(settled), [settled]);
  const askedProblems = useMemo(() => filterProblems(asked), [asked]);
  const lastValid = useRef<FilterText>({});
  lastValid.current = validPart(asked, lastValid.current, askedProblems);
  const applied = validPart(text, lastValid.current, problems);

  return {
    text,
    problems,
    applied,
    note: notAppliedNote(problems, applied),
    asked: String(serverQuery(lastValid.current)),
    settled,
    order,
    setOrder,
    change: useCallback((change) => setText((now) => ({ ...now, ...change })), []),
    reset: useCallback(() => setText({}), []),
  };
};
