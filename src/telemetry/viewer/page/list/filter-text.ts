import { compileFilter, FilterError, readFilter } from '../../model/filter.ts';

/** Names of the filter's parameters in URLs. */
const fields = ['route', 'status', 'min', 'max', 'user', 'text', 'q', 'trace_id'] as const;

export type FilterField = (typeof fields)[number];

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
