import { z } from 'zod';
import { ask } from './ask.ts';
import { Failure } from './failure.ts';
import type { Options, Service } from './services.ts';

/** A stretch of time, in seconds since 1970. */
export interface Span {
  start: number;
  end: number;
}

const Sample = z.tuple([z.number(), z.string()]);
const Series = z.object({
  metric: z.record(z.string(), z.string()),
  values: z.array(Sample).optional(),
  value: Sample.optional(),
});
const PromAnswer = z.object({
  data: z.object({
    result: z.array(Series).or(Sample.transform((value) => [{ metric: {} as Record<string, string>, value }])),
  }),
});

const Exemplars = z.object({
  data: z.array(
    z.object({
      exemplars: z.array(z.object({ labels: z.record(z.string(), z.string()), value: z.string() })),
    }),
  ),
});

const LokiAnswer = z.object({
  data: z.object({
    resultType: z.string(),
    result: z.array(
      z.object({
        stream: z.record(z.string(), z.string()).optional(),
        metric: z.record(z.string(), z.string()).optional(),
        values: z.array(z.tuple([z.union([z.string(), z.number()]), z.string()])).default([]),
        value: z.tuple([z.union([z.string(), z.number()]), z.string()]).optional(),
      }),
    ),
  }),
});
type LokiSeries = z.infer<typeof LokiAnswer>['data']['result'][number];

const Search = z.object({ traces: z.array(z.object({ traceID: z.string() })).default([]) });

const STEP = 5;

/** How many series of an answer hold a number: a division by nothing is an answer, but no data. */
const withNumbers = (series: readonly z.infer<typeof Series>[]): number =>
  series.filter(({ values, value }) => [...(values ?? []), ...(value ? [value] : [])].some(([, n]) => n !== 'NaN'))
    .length;

/** @returns the number of series, at least one. @throws Failure when there is no data. */
export const promql = async (service: Service, query: string, over?: Span): Promise<number> => {
  const answer = over
    ? await ask(service, PromAnswer, '/api/v1/query_range', { query, ...over, step: STEP })
    : await ask(service, PromAnswer, '/api/v1/query', { query });
  const found = withNumbers(answer.data.result);
  if (found === 0) throw new Failure('no data', { query, answer: JSON.stringify(answer) });
  return found;
};

/** @returns the trace ids of the exemplars that a query shows, at least one. @throws Failure when there are none. */
export const exemplars = async (service: Service, query: string, over: Span): Promise<string[]> => {
  const { data } = await ask(service, Exemplars, '/api/v1/query_exemplars', { query, ...over });
  const found = data.flatMap((series) => series.exemplars.flatMap(({ labels }) => labels.trace_id ?? []));
  if (found.length === 0) throw new Failure('no exemplars', { query, answer: JSON.stringify(data) });
  return found;
};

/** @returns the streams or series, at least one. @throws Failure when there are none. */
export const logql = async (service: Service, query: string, over: Span, instant = false): Promise<LokiSeries[]> => {
  const times = { start: `${Math.floor(over.start)}000000000`, end: `${Math.ceil(over.end)}000000000`, step: STEP };
  const { data } = instant
    ? await ask(service, LokiAnswer, '/loki/api/v1/query', { query })
    : await ask(service, LokiAnswer, '/loki/api/v1/query_range', { query, ...times, limit: 500 });
  if (data.result.length === 0) throw new Failure('no data', { query, answer: JSON.stringify(data) });
  return data.result;
};

/** @returns the ids of the traces, at least one. @throws Failure when there are none. */
export const traceql = async (service: Service, query: string, over: Span, limit = 20): Promise<string[]> => {
  const times = { start: Math.floor(over.start), end: Math.ceil(over.end) };
  const { traces } = await ask(service, Search, '/api/search', { q: query, limit, ...times });
  if (traces.length === 0) throw new Failure('no traces', { query, answer: JSON.stringify({ traces }) });
  return traces.map(({ traceID }) => traceID);
};

const LabelValues = z.object({ data: z.array(z.string()).default([]) });

/** @returns the values of a label of log lines. @throws Failure when there are none. */
export const lokiLabel = async (service: Service, label: string): Promise<string[]> => {
  const { data } = await ask(service, LabelValues, `/loki/api/v1/label/${label}/values`);
  if (data.length === 0) throw new Failure('no values', { query: `values of ${label}`, answer: '[]' });
  return data;
};

/** @returns which of the jobs Prometheus scrapes without success. */
export const targetsDown = async ({ services: { prometheus } }: Options): Promise<string[]> => {
  const { data } = await ask(prometheus, PromAnswer, '/api/v1/query', { query: 'up == 0' });
  return data.result.map(({ metric }) => metric.job ?? '');
};
