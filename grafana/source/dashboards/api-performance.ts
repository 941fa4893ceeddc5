import { dashboard } from '../kit/dashboard.ts';
import { durations, stat, timeSeries } from '../kit/graphs.ts';
import { le, orZero, quantile, rate, ratio, SERVICE, share } from '../kit/promql.ts';
import { buckets, PERCENTILE_COLOURS, percentiles, series, seriesWithExemplars } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { UIDS } from '../kit/uids.ts';
import { route, service } from '../kit/variables.ts';
import { processPanels } from './process-panels.ts';
import { CHOSEN, FAILED, REQUESTS, routeTable } from './route-table.ts';

const ANSWERED = 'http_response_status_code!~"5.."';
/** Files and listeners take as long as whoever is at the other end, which says nothing about us. */
const PROMPT = `${CHOSEN}, http_route!~"/api/v1/audio/(upload|:id/stream|status/:job_id/events)"`;
/** Seconds. A request up to the first satisfies, up to the second (four times as long) it is tolerated. */
const APDEX = { satisfied: 0.25, tolerated: 1 };

const count = (labels: string, ...by: string[]): string => rate(`${REQUESTS}_count`, labels, ...by);
const failed = (...by: string[]): string => share(count(`${CHOSEN}, ${FAILED}`, ...by), count(CHOSEN, ...by));
const within = (seconds: number): string => rate(`${REQUESTS}_bucket`, `${CHOSEN}, ${ANSWERED}, ${le(seconds)}`);
const apdex = ratio(`(${within(APDEX.satisfied)} + ${within(APDEX.tolerated)}) / 2`, count(CHOSEN));

const byClass = `sum by (class) (label_replace(${count(CHOSEN, 'http_response_status_code')}, "class", "\${1}xx", "http_response_status_code", "(.).*"))`;

const overview = [
  stat({
    title: 'Requests',
    description:
      'Requests answered a second. A sudden fall is an outage in front of us, or of us: see the service level.',
    unit: UNITS.requests,
    queries: [series(orZero(count(CHOSEN)))],
  }),
  stat({
    title: 'Failed',
    description: 'Share of requests answered with 5xx. Above 1% open the errors by code below, then a trace of one.',
    unit: UNITS.share,
    decimals: 2,
    limits: { warn: 0.01, act: 0.05 },
    queries: [series(failed())],
    links: [{ title: 'Lines at level error', dashboard: UIDS.logs, variables: { level: 'error' } }],
  }),
  stat({
    title: 'p99',
    description:
      'One request in a hundred takes longer than this. Above 1 s look which route it is. Uploads, streams and listeners are left out.',
    unit: UNITS.seconds,
    limits: { warn: 0.5, act: 1 },
    queries: [series(quantile(0.99, REQUESTS, PROMPT))],
  }),
  stat({
    title: 'Apdex',
    description: `Satisfaction from 0 to 1: up to ${APDEX.satisfied} s counts full, up to ${APDEX.tolerated} s half, anything slower or failed not. Below 0.85 people notice.`,
    unit: UNITS.count,
    decimals: 2,
    limits: { warn: 0.94, act: 0.85, below: true },
    queries: [series(apdex)],
  }),
  stat({
    title: 'Being served',
    description: 'Requests in work now. When it climbs while the rate does not, something behind us has become slow.',
    unit: UNITS.count,
    queries: [series(`sum(http_server_active_requests{${SERVICE}})`)],
  }),
  stat({
    title: 'Refused by rate limits',
    description:
      'Requests answered with 429, a second. A steady number is one impatient client: the log has its address.',
    unit: UNITS.requests,
    limits: { warn: 1 },
    queries: [series(orZero(rate('rate_limit_exceeded_total', `${SERVICE}, route=~"$route"`)))],
  }),
];

const traffic = [
  timeSeries({
    title: 'Requests by status',
    description: 'What was asked and how it ended. 4xx are mistakes of callers, 5xx are ours.',
    unit: UNITS.requests,
    stack: true,
    colours: { '2xx': 'green', '3xx': 'blue', '4xx': 'yellow', '5xx': 'red' },
    queries: [series(byClass, '{{class}}')],
  }),
  timeSeries({
    title: 'Share of failed requests by route',
    description:
      'Where the 5xx come from. One route: its code or its table. All of them: the database, or the process.',
    unit: UNITS.share,
    limits: { warn: 0.01, act: 0.05 },
    queries: [series(`topk(8, ${failed('http_route')})`, '{{http_route}}')],
  }),
  timeSeries({
    title: 'Errors told to callers, by code',
    description:
      'The code in the body of the error. INTERNAL_ERROR is a bug, SERVICE_UNAVAILABLE a dependency that is away.',
    unit: UNITS.perSecond,
    stack: true,
    queries: [series(orZero(rate('errors_total', CHOSEN, 'code')), '{{code}}')],
  }),
  timeSeries({
    title: 'Inputs refused, by field',
    description:
      'What callers get wrong most. A field that jumps up right after a release means that we broke a client.',
    unit: UNITS.perSecond,
    queries: [series(`topk(8, ${rate('validation_failures_total', CHOSEN, 'field')}) or on() vector(0)`, '{{field}}')],
  }),
];

const latency = [
  timeSeries({
    title: 'Latency',
    description:
      'Half, 95% and 99% of the requests are faster than this, uploads, streams and listeners left out. Each dot is one request: click it for its trace.',
    unit: UNITS.seconds,
    limits: { act: 1 },
    colours: PERCENTILE_COLOURS,
    queries: percentiles(REQUESTS, PROMPT),
  }),
  durations({
    title: 'How long requests take',
    description: 'Two bands are two kinds of requests, such as hits and misses of a cache; a quantile would blur them.',
    query: buckets(rate(`${REQUESTS}_bucket`, CHOSEN, 'le')),
  }),
  timeSeries({
    title: 'p95 by route',
    description:
      'The slowest routes. A route that is slow alone lacks an index or a cache; all at once lack CPU or connections.',
    unit: UNITS.seconds,
    limits: { act: 1 },
    queries: [seriesWithExemplars(`topk(8, ${quantile(0.95, REQUESTS, CHOSEN, 'http_route')})`, '{{http_route}}')],
  }),
  timeSeries({
    title: 'p95 by status',
    description: 'Failures that are slow are time-outs; failures that are fast are refusals.',
    unit: UNITS.seconds,
    queries: [
      seriesWithExemplars(
        quantile(0.95, REQUESTS, CHOSEN, 'http_response_status_code'),
        '{{http_response_status_code}}',
      ),
    ],
  }),
];

const size = (direction: 'request' | 'response'): string => `http_server_${direction}_body_size_bytes`;
const bodies = [
  timeSeries({
    title: 'Bodies received and sent',
    description: 'Bytes a second. Uploads of audio are most of what comes in.',
    unit: UNITS.bytesPerSecond,
    queries: [
      series(rate(`${size('request')}_sum`, CHOSEN), 'received'),
      series(rate(`${size('response')}_sum`, CHOSEN), 'sent'),
    ],
  }),
];

export const apiPerformance = () =>
  dashboard({
    uid: UIDS.api,
    title: 'API Performance',
    description:
      'Rate, errors and duration of the HTTP requests, probes of /health left out. Start here when somebody says that it is slow.',
    tags: ['http'],
    variables: [service(), route()],
    rows: [
      { title: 'Now', panels: overview },
      { title: 'Traffic and errors', panels: traffic },
      { title: 'Latency', panels: latency },
      { title: 'By route', panels: [routeTable] },
      { title: 'Bodies and process', panels: [...bodies, ...processPanels] },
    ],
  });
