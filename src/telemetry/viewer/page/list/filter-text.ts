import { compileFilter, FilterError, readFilter } from '../../model/filter.ts';
import { hintsOf } from '../../model/traceql/hints.ts';
import { parseTraceQL } from '../../model/traceql/parse.ts';

/** Names of the filter's parameters in URLs. */
const fields = ['route', 'status', 'min', 'max', 'user', 'text', 'q', 'trace_id'] as const;

export type FilterField = (typeof fields)[number];

/** What they are called on the page. */
export const filterLabels: Readonly<Record<FilterField, string>> = {
  route: 'Route',
  status: 'Status',
  min: 'Minimum duration (ms)',
  max: 'Maximum duration (ms)',
  user: 'User id begins with',
  text: 'Text',
  q: 'TraceQL',
  trace_id: 'Trace id',
};

/** The filter as it stands in the inputs, right or wrong; what is empty is left out. */
export type FilterText = Readonly<{ [field in FilterField]?: string | undefined }>;

export interface FilterProblem {
  message: string;
  /** Place in the text, from 0, where that is known. */
  position: number | undefined;
}

/** @param query as in `location.search`; what it has besides the filter is left out */
export const readFilterText = (query: string): FilterText => {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries(fields.flatMap((field) => (parameters.get(field) ? [[field, parameters.get(field)]] : [])));
};

export const writeFilterText = (text: FilterText): URLSearchParams =>
  new URLSearchParams(fields.flatMap((field) => (text[field] ? [[field, text[field]]] : [])));

/**
 * What the server is asked. It is not told of durations: the page has them all, draws the others pale in the histogram,
 * and shows a range without asking again.
 */
export const serverQuery = ({ min, max, ...rest }: FilterText): URLSearchParams => writeFilterText(rest);

/** What is wrong with it, by field; empty when nothing is. */
export const filterProblems = (text: FilterText): ReadonlyMap<FilterField, FilterProblem> => {
  const problems = new Map<FilterField, FilterProblem>();
  for (const field of fields) {
    const value = text[field];
    if (!value) continue;
    try {
      compileFilter(readFilter(new URLSearchParams([[field, value]])));
    } catch (error) {
      if (!(error instanceof FilterError)) throw error;
      problems.set(field, { message: error.message, position: error.position });
    }
  }
  return problems;
};

/**
 * A filter that can be applied: of each field what is valid, else what last was.
 * @param before the last such filter
 * @param problems those of `text`, where they are known
 */
export const validPart = (text: FilterText, before: FilterText, problems = filterProblems(text)): FilterText =>
  Object.fromEntries(fields.map((field) => [field, problems.has(field) ? before[field] : text[field]]));

/**
 * Says that the list is not of what stands in the inputs, and of what it is.
 * @param applied what the list is narrowed by
 * @returns undefined when nothing is wrong
 */
export const notAppliedNote = (
  problems: ReadonlyMap<FilterField, FilterProblem>,
  applied: FilterText,
): string | undefined => {
  if (problems.size === 0) return undefined;
  const wrong = [...problems.keys()];
  const names = wrong.map((field) => filterLabels[field]).join(', ');
  return `${names} ${wrong.length === 1 ? 'is' : 'are'} not valid and not applied. ${shownInstead(wrong, applied)}`;
};

const shownInstead = (wrong: readonly FilterField[], applied: FilterText): string => {
  if (wrong.some((field) => applied[field])) return 'The list is of the last valid filter.';
  return Object.values(applied).some(Boolean) ? 'The list is of the other fields.' : 'All traces are shown.';
};

/** What is valid but hardly meant, in words; empty when there is nothing to say. @param q without a problem */
export const traceqlHint = (q: string): string => hintsOf(parseTraceQL(q)).join(' ');

export interface DurationRange {
  /** Milliseconds: from `min` on, below `max`. */
  min: number;
  max: number;
}

const milliseconds = (field: 'min' | 'max', value: string | undefined, otherwise: number): number => {
  try {
    return readFilter(new URLSearchParams([[field, value ?? '']]))[field] ?? otherwise;
  } catch {
    return otherwise;
  }
};

/** What is not understood narrows nothing. */
export const durationRange = ({ min, max }: FilterText): DurationRange => ({
  min: milliseconds('min', min, 0),
  max: milliseconds('max', max, Number.POSITIVE_INFINITY),
});
