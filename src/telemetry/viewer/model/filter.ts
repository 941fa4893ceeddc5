import { FilterError } from './filter-error.ts';
import type { TraceSummary } from './summary.ts';
import { containing, traceContains } from './text-search.ts';
import type { ViewerTrace } from './trace.ts';
import { matchesTraceQL } from './traceql/evaluate.ts';
import { readDuration } from './traceql/numbers.ts';
import { parseTraceQL } from './traceql/parse.ts';

export { FilterError } from './filter-error.ts';

/** What the list can be narrowed by; all that is given must hold. Also the query of the page's URL and of the API. */
export interface ListFilter {
  /** `route`: part of the route, of the path or of the root's name, any case. */
  route?: string;
  /** `status`: `500`, `5xx`, or `error` for failed ones; of several, with commas between, one has to fit. */
  status?: string;
  /** `min`, `max`: milliseconds of the root, also with a unit when they are read (`1.5s`); from `min` on, below `max`. */
  min?: number;
  max?: number;
  /** `user`: how the root's user id begins, any case: the list shows no more of it. */
  user?: string;
  /** `text`: anywhere in names, attribute values, events or log lines, any case. */
  text?: string;
  /** `q`: TraceQL. */
  q?: string;
  /** `trace_id`: only this one. */
  traceId?: string;
}

const textFields = {
  route: 'route',
  status: 'status',
  user: 'user',
  text: 'text',
  q: 'q',
  trace_id: 'traceId',
} as const;

/**
 * Reads the parameters it knows and ignores all others; an empty one counts as absent.
 * @throws FilterError
 */
export function readFilter(parameters: URLSearchParams): ListFilter {
  const filter: ListFilter = {};
  for (const [parameter, field] of Object.entries(textFields)) {
    const value = parameters.get(parameter) ?? '';
    // Positions of what is wrong in a query count from its very beginning.
    if (value.trim() !== '') filter[field] = field === 'q' ? value : value.trim();
  }
  if (filter.status !== undefined) statusTest(filter.status);
  if (filter.traceId !== undefined) filter.traceId = readTraceId(filter.traceId);
  for (const field of ['min', 'max'] as const) {
    const value = parameters.get(field)?.trim();
    if (value) filter[field] = readMilliseconds(field, value);
  }
  if (filter.min !== undefined && filter.max !== undefined && filter.max <= filter.min) {
    throw new FilterError('max', 'must be more than the minimum');
  }
  return filter;
}

/** What `readFilter` reads back. */
export function writeFilter(filter: ListFilter): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const [parameter, field] of Object.entries(textFields)) {
    const value = filter[field];
    if (value) parameters.set(parameter, value);
  }
  if (filter.min !== undefined) parameters.set('min', String(filter.min));
  if (filter.max !== undefined) parameters.set('max', String(filter.max));
  return parameters;
}

/** @throws FilterError when `q` or `status` is not understood. */
export function compileFilter(filter: ListFilter): (trace: ViewerTrace, summary: TraceSummary) => boolean {
  const query = filter.q === undefined ? undefined : parseTraceQL(filter.q);
  const hasStatus = filter.status === undefined ? undefined : statusTest(filter.status);
  const isText = filter.text === undefined ? undefined : containing(filter.text);
  const isRoute = filter.route === undefined ? undefined : containing(filter.route);
  const { min, max, traceId } = filter;
  const user = filter.user?.toLowerCase();
  return (trace, summary) =>
    (traceId === undefined || trace.traceId === traceId) &&
    (min === undefined || summary.duration >= min) &&
    (max === undefined || summary.duration < max) &&
    (user === undefined || summary.userId?.toLowerCase().startsWith(user) === true) &&
    (hasStatus === undefined || hasStatus(summary)) &&
    (isRoute === undefined || isRoute(summary.route ?? '') || isRoute(summary.path ?? '') || isRoute(summary.name)) &&
    (query === undefined || matchesTraceQL(query, trace, summary)) &&
    (isText === undefined || traceContains(trace, isText));
}

function statusTest(statuses: string): (summary: TraceSummary) => boolean {
  // A comma at the end is one that goes on being typed.
  const tests = statuses.split(',').flatMap((status) => (status.trim() === '' ? [] : [oneStatusTest(status.trim())]));
  if (tests.length === 0) throw noStatus(statuses);
  return (summary) => tests.some((test) => test(summary));
}

function oneStatusTest(status: string): (summary: TraceSummary) => boolean {
  const wanted = status.toLowerCase();
  if (wanted === 'error') return (summary) => summary.failed;
  if (/^[1-5]xx$/.test(wanted)) return ({ statusCode = 0 }) => Math.floor(statusCode / 100) === Number(wanted[0]);
  if (/^[1-5]\d\d$/.test(wanted)) return (summary) => summary.statusCode === Number(wanted);
  throw noStatus(status);
}

function noStatus(text: string): FilterError {
  return new FilterError('status', `"${text}" is not a status, such as 404, 5xx or error`);
}

function readTraceId(text: string): string {
  if (/^[0-9a-f]{32}$/i.test(text)) return text.toLowerCase();
  throw new FilterError('trace_id', 'must be 32 hexadecimal digits');
}

function readMilliseconds(field: string, text: string): number {
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
  const nanoseconds = number === undefined ? readDuration(text.replaceAll(' ', '')) : undefined;
  const value = nanoseconds === undefined ? number : Number(nanoseconds) / 1e6;
  if (value !== undefined && Number.isFinite(value)) return value;
  throw new FilterError(field, 'must be milliseconds, such as 100, or a duration, such as 1.5s');
}
