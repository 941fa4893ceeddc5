import type { TraceSummary } from '../../model/summary.ts';
import type { TraceList } from '../shared/api.ts';
import type { TraceChanges } from '../shared/trace-stream.ts';
import type { DurationRange } from './filter-text.ts';

/** What the list can be sorted by, and by what of a trace that is. Where it has none, it comes last. */
const columns = {
  // As they came, which is how they stand when nothing was chosen.
  time: ({ seq }) => seq,
  title: ({ route, path, name }) => route ?? path ?? name,
  // What failed without a status is listed among the 5xx.
  status: ({ statusCode, failed }) => statusCode ?? (failed ? 500 : undefined),
  duration: ({ duration }) => duration,
  user: ({ userId }) => userId,
  queries: ({ queries }) => queries,
  spans: ({ spans }) => spans,
  lines: ({ lines }) => lines,
} satisfies Record<string, (trace: TraceSummary) => string | number | undefined>;

export type SortColumn = keyof typeof columns;

export const isSortColumn = (name: string): name is SortColumn => Object.hasOwn(columns, name);

export interface ListOrder {
  column: SortColumn;
  /** Whether the largest, or the last name, is on top. */
  descending: boolean;
  /** Whether failed requests stand above all others, in any order. */
  errorsFirst: boolean;
}

/** The newest first. */
const otherwise = { column: 'time', descending: true } as const;

/** @param sort as it stands in the URL: the column's name, with `-` before it when the largest is first */
export const readSort = (sort: string): Pick<ListOrder, 'column' | 'descending'> => {
  const descending = sort.startsWith('-');
  const column = descending ? sort.slice(1) : sort;
  return isSortColumn(column) ? { column, descending } : otherwise;
};

/** @returns what `readSort` reads back; nothing for the newest first */
export const writeSort = ({ column, descending }: Pick<ListOrder, 'column' | 'descending'>): string => {
  if (column === otherwise.column && descending === otherwise.descending) return '';
  return descending ? `-${column}` : column;
};

/** @param query of the page, as in `location.search` */
export const readOrder = (query: string): ListOrder => {
  const parameters = new URLSearchParams(query);
  return { ...readSort(parameters.get('sort') ?? ''), errorsFirst: parameters.get('first') === 'errors' };
};

/** Puts an order into the query of the page. */
export const writeOrder = (order: ListOrder, query: URLSearchParams): void => {
  const sort = writeSort(order);
  if (sort !== '') query.set('sort', sort);
  if (order.errorsFirst) query.set('first', 'errors');
};

/** The order after a click on a heading: numbers from the largest, names from A, then the other way, then the newest first. */
export const nextOrder = (now: ListOrder, column: SortColumn): ListOrder => {
  const begins = column !== 'title' && column !== 'user';
  if (now.column !== column) return { ...now, column, descending: begins };
  return now.descending === begins ? { ...now, descending: !begins } : { ...now, ...otherwise };
};

const newestFirst = (a: TraceSummary, b: TraceSummary): number => b.seq - a.seq;

/** @returns the list after the changes, the newest first */
export const applyChanges = (list: TraceList, { held, traces, gone }: TraceChanges): TraceList => {
  const byId = new Map(list.traces.map((trace) => [trace.traceId, trace]));
  for (const traceId of gone) byId.delete(traceId);
  for (const trace of traces) byId.set(trace.traceId, trace);
  return { held, traces: [...byId.values()].sort(newestFirst) };
};

const names = new Intl.Collator(undefined, { numeric: true });

const compare = (a: string | number | undefined, b: string | number | undefined, descending: boolean): number => {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const ascending = typeof a === 'number' && typeof b === 'number' ? a - b : names.compare(String(a), String(b));
  return descending ? -ascending : ascending;
};

/** Failed requests, then those in which something failed, then all others. */
const rank = (trace: TraceSummary): number => (trace.failed ? 0 : trace.errors > 0 ? 1 : 2);

/** The traces in an order; of equal ones the newest first. */
export const ordered = (
  traces: readonly TraceSummary[],
  { column, descending, errorsFirst }: ListOrder,
): readonly TraceSummary[] => {
  const value: (trace: TraceSummary) => string | number | undefined = columns[column];
  return [...traces].sort(
    (a, b) => (errorsFirst ? rank(a) - rank(b) : 0) || compare(value(a), value(b), descending) || newestFirst(a, b),
  );
};

export const withinRange = (traces: readonly TraceSummary[], { min, max }: DurationRange): readonly TraceSummary[] =>
  min <= 0 && max === Number.POSITIVE_INFINITY
    ? traces
    : traces.filter(({ duration }) => duration >= min && duration < max);
