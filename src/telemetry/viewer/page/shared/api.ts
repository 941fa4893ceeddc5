import { readOtlpTrace } from '../../model/from-otlp.ts';
import type { TraceSummary } from '../../model/summary.ts';
import type { ViewerTrace } from '../../model/trace.ts';

export interface TraceList {
  /** Traces that the server has, whether they match or not. */
  held: number;
  /** Those that match, the newest first. */
  traces: TraceSummary[];
}

/** An answer that is not what was asked for; the message is the server's own. */
export class ApiError extends Error {
  /** 0 when there was no answer at all. */
  readonly status: number;
  /** Name of the parameter that is wrong, and the place in it from 0, where the server says so. */
  readonly field: string | undefined;
  readonly position: number | undefined;

  constructor(status: number, message: string, field?: string, position?: number) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.field = field;
    this.position = position;
  }
}

const fieldsOf = (body: unknown): Record<string, unknown> =>
  typeof body === 'object' && body !== null ? { ...body } : {};

const failure = async (response: Response): Promise<ApiError> => {
  const text = await response.text();
  let fields: Record<string, unknown> = {};
  try {
    fields = fieldsOf(JSON.parse(text));
  } catch {
    // Guards answer in plain text.
  }
  const { message, field, position } = fields;
  return new ApiError(
    response.status,
    typeof message === 'string' ? message : text.trim() || `The server answered ${response.status}.`,
    typeof field === 'string' ? field : undefined,
    typeof position === 'number' ? position : undefined,
  );
};

/** @throws ApiError also when the server cannot be reached; AbortError as fetch does */
export const request = async (path: string, init?: RequestInit): Promise<Response> => {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new ApiError(0, 'The server cannot be reached.');
  }
  if (!response.ok) throw await failure(response);
  return response;
};

const traceApi = (traceId: string): string => `/traces/api/traces/${encodeURIComponent(traceId)}`;

const withQuery = (path: string, query: URLSearchParams): string => (query.size === 0 ? path : `${path}?${query}`);

/** Page of one trace. @param find what is searched for in its spans at first */
export const tracePage = (traceId: string, find?: string): string =>
  withQuery(`/traces/${encodeURIComponent(traceId)}`, new URLSearchParams(find ? { find } : {}));

/** Page that compares two. */
export const comparePage = (a: string, b: string): string => `${tracePage(a)}/compare/${encodeURIComponent(b)}`;

/** The trace as a file of OTLP JSON. */
export const downloadUrl = (traceId: string): string => `${traceApi(traceId)}?download`;

/** URL of the event stream. */
export const streamUrl = (query: URLSearchParams): string => withQuery('/traces/api/stream', query);

/**
 * @param query as `writeFilter` makes it
 * @throws ApiError with 400 and the field for a filter that is not understood
 */
export const fetchList = async (query: URLSearchParams, signal?: AbortSignal): Promise<TraceList> => {
  const response = await request(withQuery('/traces/api/traces', query), signal ? { signal } : {});
  return (await response.json()) as TraceList;
};

/** @throws ApiError with 404 when the trace is not held */
export const fetchTrace = async (traceId: string, signal?: AbortSignal): Promise<ViewerTrace> => {
  const response = await request(traceApi(traceId), signal ? { signal } : {});
  return readOtlpTrace(await response.json(), traceId);
};

/** Forgets all traces. */
export const clearTraces = async (): Promise<void> => {
  await request('/traces/api/traces', { method: 'DELETE' });
};
