import { timeSeries } from '../kit/graphs.ts';
import { increase, quantile, rate, share } from '../kit/promql.ts';
import { series, seriesWithExemplars, tableRows } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { table } from '../kit/tables.ts';

/** Made by Tempo out of every span it gets, before anything is thrown away. */
export const CALLS = 'traces_spanmetrics_calls_total';
export const LATENCY = 'traces_spanmetrics_latency';
const EDGES = 'traces_service_graph_request_total';
const FAILED_EDGES = 'traces_service_graph_request_failed_total';
const EDGE_SECONDS = 'traces_service_graph_request_server_seconds';

export const SPANS = 'service=~"$service"';
/** What comes into a process: the spans of requests and of jobs taken from a queue. */
export const ENTRIES = `${SPANS}, span_kind=~"SPAN_KIND_SERVER|SPAN_KIND_CONSUMER"`;
const FAILED = 'status_code="STATUS_CODE_ERROR"';
export const failed = (labels: string, ...by: string[]): string =>
  share(rate(CALLS, `${labels}, ${FAILED}`, ...by), rate(CALLS, labels, ...by));

const overRange = (labels: string): string => increase(CALLS, labels, 'span_name');
/** What time is spent on. */
export const spanTable = table({
  title: 'Spans by name',
  description:
    'What the services spend their time on. Many short ones of a name inside one request are a loop that wants to be one query.',
  row: { label: 'span_name', title: 'Span' },
  columns: [
    {
      title: 'Total time',
      query: tableRows(`topk(30, ${increase(`${LATENCY}_sum`, SPANS, 'span_name')})`),
      unit: UNITS.seconds,
    },
    { title: 'Spans', query: tableRows(`topk(30, ${overRange(SPANS)})`), unit: UNITS.count },
    {
      title: 'p95',
      query: tableRows(
        `topk(30, histogram_quantile(0.95, ${increase(`${LATENCY}_bucket`, SPANS, 'span_name', 'le')}))`,
      ),
      unit: UNITS.seconds,
      limits: { warn: 0.5, act: 1 },
    },
    {
      title: 'Failed',
      query: tableRows(`topk(30, ${share(overRange(`${SPANS}, ${FAILED}`), overRange(SPANS))})`),
      unit: UNITS.share,
      limits: { warn: 0.01, act: 0.05 },
    },
  ],
  sortBy: 'Total time',
});

/** The edges of the graph of services, over time. */
export const edgePanels = [
  timeSeries({
    title: 'Calls between services',
    description: 'Each edge of the graph over time. An edge that ends is a connection that broke.',
    unit: UNITS.perSecond,
    width: 8,
    queries: [series(rate(EDGES, '', 'client', 'server'), '{{client}} to {{server}}')],
  }),
  timeSeries({
    title: 'Failed calls between services',
    description: 'A share of failed calls: either the callee fails, or the way to it.',
    unit: UNITS.share,
    width: 8,
    limits: { warn: 0.01, act: 0.05 },
    queries: [
      series(
        share(rate(FAILED_EDGES, '', 'client', 'server'), rate(EDGES, '', 'client', 'server')),
        '{{client}} to {{server}}',
      ),
    ],
  }),
  timeSeries({
    title: 'Duration of calls between services, p95',
    description: 'As the callee sees it. If the caller sees much more, the rest is the network or a queue.',
    unit: UNITS.seconds,
    width: 8,
    queries: [seriesWithExemplars(quantile(0.95, EDGE_SECONDS, '', 'client', 'server'), '{{client}} to {{server}}')],
  }),
];
