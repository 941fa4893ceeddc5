import { type Client, createClient, type Person } from '../load/client.ts';
import { askText } from './ask.ts';
import { exemplars, logql, targetsDown } from './backends.ts';
import { eventually, Failure, patience } from './failure.ts';
import { documentedTree } from './pages.ts';
import type { Report } from './report.ts';
import type { Options } from './services.ts';
import { compare, fetchTrace } from './trace.ts';

const ROUTE = '/api/v1/feed/unified';
/** What was promised, and what we wait to be able to say how long it took. */
const TRACE_SECONDS = 2;
const SECONDS_AT_MOST = 20;

/** What one request left behind: filled into the queries of the tour. */
export interface Traces {
  traceId: string;
  requestId: string;
  userId: string;
}

/** Somebody new, so that no feed of theirs is cached. */
const newPerson = async (client: Client): Promise<Person> => {
  const username = `stack_${Date.now().toString(36)}`;
  const email = `${username}@example.com`;
  const json = { email, username, password: 'Loops-Under-Test-42', display_name: 'Stack' };
  const { status, body } = await client.send('POST', '/api/v1/auth/register', { json });
  const { auth } = (body ?? {}) as { auth?: { token: string; user: { id: string } } };
  if (!auth)
    throw new Failure(`the API lets nobody register: ${status}`, {
      query: 'POST /api/v1/auth/register',
      answer: JSON.stringify(body),
    });
  return { email, id: auth.user.id, token: auth.token };
};

/** @throws Failure when it fails, or when its trace is not kept. */
const requestFeed = async (url: string): Promise<Traces> => {
  const person = await newPerson(createClient(url, () => {}));
  const response = await fetch(`${url}${ROUTE}?limit=20`, { headers: { authorization: `Bearer ${person.token}` } });
  const query = `GET ${url}${ROUTE}`;
  const answer = await response.text();
  if (response.status !== 200) throw new Failure(`answered ${response.status}`, { query, answer });
  const [, traceId, , flags] = response.headers.get('traceparent')?.split('-') ?? [];
  if (!traceId) throw new Failure('no traceparent in the answer: is telemetry off?', { query });
  if (flags !== '01')
    throw new Failure('its trace is not kept: start the API with OTEL_TRACE_SAMPLER_RATE=1', { query });
  return { traceId, requestId: response.headers.get('x-request-id') ?? '', userId: person.id };
};

const since = (began: number): number => (performance.now() - began) / 1000;

/** Its trace in Tempo, its lines in Loki, its exemplar in Prometheus. @returns undefined when there was no request. */
export const checkOneRequest = async (report: Report, options: Options): Promise<Traces | undefined> => {
  const { api, metrics, prometheus, tempo, loki } = options.services;
  report.section('One request');
  let request: Traces | undefined;
  await report.check(`GET ${ROUTE} of somebody new`, ['api'], async () => {
    request = await requestFeed(api.url);
    return `trace ${request.traceId}`;
  });
  if (!request) return undefined;
  const { traceId, requestId, userId } = request;
  const answered = performance.now();
  const over = () => ({ start: Date.now() / 1000 - 120, end: Date.now() / 1000 + 5 });

  await report.check(
    `its trace is in Tempo within ${TRACE_SECONDS} s, with the tree of docs/telemetry.md`,
    ['tempo'],
    async () => {
      const expected = documentedTree('telemetry.md', `GET ${ROUTE}`);
      const trace = await eventually(
        patience(SECONDS_AT_MOST),
        async () => {
          const found = await fetchTrace(tempo, traceId);
          compare(expected, found, traceId, true);
          return found;
        },
        0.05,
      );
      const seconds = since(answered);
      if (seconds > TRACE_SECONDS) throw new Failure(`complete, but only after ${seconds.toFixed(1)} s`, {});
      return `${trace.spans} spans after ${seconds.toFixed(2)} s`;
    },
  );

  await report.check('its log lines are in Loki with its trace id', ['loki'], async () => {
    const query = `{service="sidechain-backend"} | trace_id="${traceId}"`;
    try {
      const streams = await eventually(patience(SECONDS_AT_MOST), () => logql(loki, query, over()), 0.2);
      const lines = streams.flatMap(({ values }) => values.map(([, line]) => line));
      const labels = streams[0]?.stream ?? {};
      const wrong = [
        labels.request_id === requestId ? '' : `request_id is ${labels.request_id}, not ${requestId}`,
        labels.user_id === userId ? '' : `user_id is ${labels.user_id}, not ${userId}`,
        lines.some((line) => line.includes(`GET ${ROUTE} 200`)) ? '' : 'the access line is not among them',
      ].filter((words) => words !== '');
      if (wrong.length > 0) throw new Failure(wrong.join('; '), { query, answer: JSON.stringify(streams) });
      return `${lines.length} after ${since(answered).toFixed(2)} s`;
    } catch (error) {
      if (!(error instanceof Failure) || !report.isThere('prometheus')) throw error;
      const tails = (await targetsDown(options)).filter((job) => job === 'promtail' || job === 'alloy');
      if (tails.length === 0) throw error;
      const { query: asked = '', answer = '' } = error;
      throw new Failure(`${error.message}: ${tails.join(' and ')} is down, says Prometheus`, { query: asked, answer });
    }
  });

  await report.check('its exemplar is in what the API tells of its metrics', ['metrics'], async () => {
    const text = await askText(metrics, '/metrics', {}, { accept: 'application/openmetrics-text;version=1.0.0' });
    if (!text.includes(`trace_id="${traceId}"`))
      throw new Failure('it is not there', { query: `trace_id="${traceId}" in ${metrics.url}/metrics` });
    return '';
  });

  const query = `http_server_request_duration_seconds_bucket{http_route="${ROUTE}"}`;
  const inPrometheus = await report.check('its exemplar is in Prometheus', ['prometheus'], async () => {
    await eventually(patience(SECONDS_AT_MOST), async () => {
      const found = await exemplars(prometheus, query, over());
      if (!found.includes(traceId))
        throw new Failure(`none of trace ${traceId}`, { query, answer: JSON.stringify(found) });
    });
    return `after ${since(answered).toFixed(1)} s`;
  });
  if (inPrometheus)
    await report.check('that exemplar leads to its trace in Tempo', ['prometheus', 'tempo'], async () => {
      const found = (await exemplars(prometheus, query, over())).find((id) => id === traceId) ?? '';
      return (await fetchTrace(tempo, found)).roots.map(({ name }) => name).join(', ');
    });
  return request;
};
