import { z } from 'zod';
import type { Person } from '../load/client.ts';
import { ask } from './ask.ts';
import { logql, type Span } from './backends.ts';
import { eventually, Failure, patience } from './failure.ts';
import type { Report } from './report.ts';
import type { Options, Service } from './services.ts';

/** What Promtail, Alloy and the Collector name a stream by: few values each. */
const LABELS = ['job', 'service', 'level', 'environment'];
const SELECTOR = '{job="sidechain"}';
const REQUESTS = 40;
const SECONDS_AT_MOST = 20;

const Series = z.object({ data: z.array(z.record(z.string(), z.string())) });

/** @returns the labels of each stream that got a line in that time. @throws Failure when there is none. */
const streamsOf = async (loki: Service, { start, end }: Span): Promise<string[][]> => {
  const path = '/loki/api/v1/series';
  const times = { start: `${Math.floor(start)}000000000`, end: `${Math.ceil(end)}000000000` };
  const { data } = await ask(loki, Series, path, { 'match[]': SELECTOR, ...times });
  if (data.length === 0) throw new Failure('there are none', { query: `GET ${loki.url}${path}?match[]=${SELECTOR}` });
  return data.map((stream) => Object.keys(stream));
};

/** Requests that each have a trace and a request id of their own. @returns the trace id of the last. */
const requestMore = async (api: Service, people: readonly Person[]): Promise<string> => {
  let traceId = '';
  for (let at = 0; at < REQUESTS; at += 1) {
    const authorization = `Bearer ${people[at % people.length]?.token}`;
    const response = await fetch(`${api.url}/api/v1/users/me`, { headers: { authorization } });
    await response.arrayBuffer();
    traceId = response.headers.get('traceparent')?.split('-')[1] ?? '';
  }
  return traceId;
};

/**
 * The number of streams is that of services and levels, whatever the traffic: an id that became a label would make one
 * for each request.
 * @param start of the load, in seconds since 1970
 */
export const checkStreams = async (
  report: Report,
  { services: { api, loki } }: Options,
  people: readonly Person[],
  start: number,
): Promise<void> => {
  const over = (): Span => ({ start, end: Date.now() / 1000 + 5 });
  await report.check(`streams of Loki are named by ${LABELS.join(', ')} alone`, ['api', 'loki'], async () => {
    const streams = await streamsOf(loki, over());
    const others = new Set(streams.flat().filter((label) => !LABELS.includes(label)));
    if (others.size > 0) throw new Failure(`they are named by ${[...others].join(', ')} too`, { query: SELECTOR });
    return `${streams.length}`;
  });
  await report.check(`${REQUESTS} more requests begin no stream in Loki`, ['api', 'loki'], async () => {
    const before = (await streamsOf(loki, over())).length;
    const traceId = await requestMore(api, people);
    const query = `${SELECTOR} | trace_id="${traceId}"`;
    await eventually(patience(SECONDS_AT_MOST), () => logql(loki, query, over()), 0.2);
    const after = (await streamsOf(loki, over())).length;
    // The first line of a level that was not seen before is one; an id would be one for each request.
    if (after - before > 1) throw new Failure(`${before} streams before, ${after} after`, { query: SELECTOR });
    return `${before} before, ${after} after`;
  });
};
