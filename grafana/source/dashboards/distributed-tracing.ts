import { dashboard } from '../kit/dashboard.ts';
import { stat, timeSeries } from '../kit/graphs.ts';
import { orZero, quantile, rate } from '../kit/promql.ts';
import { series, seriesWithExemplars } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { serviceMap, traceTable } from '../kit/tables.ts';
import { UIDS } from '../kit/uids.ts';
import { labelValues } from '../kit/variables.ts';
import { CALLS, ENTRIES, edgePanels, failed, LATENCY, SPANS, spanTable } from './span-metrics.ts';

const overview = [
  stat({
    title: 'Entries',
    description:
      'Requests and jobs that services took, a second, as their spans tell. Less than the API dashboard says: not all are sampled.',
    unit: UNITS.perSecond,
    width: 6,
    queries: [series(orZero(rate(CALLS, ENTRIES)))],
  }),
  stat({
    title: 'Failed entries',
    description: 'Share of them whose span is an error. The table of failed traces below has examples.',
    unit: UNITS.share,
    decimals: 2,
    width: 6,
    limits: { warn: 0.01, act: 0.05 },
    queries: [series(failed(ENTRIES))],
  }),
  stat({
    title: 'p95 of entries',
    description: 'How long services take for what comes in.',
    unit: UNITS.seconds,
    width: 6,
    limits: { warn: 0.5, act: 1 },
    queries: [series(quantile(0.95, LATENCY, ENTRIES))],
  }),
  stat({
    title: 'Spans',
    description: 'Spans that Tempo gets a second: what tracing costs in network and storage.',
    unit: UNITS.perSecond,
    width: 6,
    queries: [series(orZero(rate(CALLS, SPANS)))],
  }),
];

const map = [
  serviceMap({
    title: 'Service graph',
    description:
      'Who calls whom, how often and how fast; red is the share that fails. Click a service for its metrics and its traces.',
  }),
];

const red = [
  timeSeries({
    title: 'Rate by service',
    description: 'What each service takes, a second.',
    unit: UNITS.perSecond,
    width: 8,
    queries: [series(rate(CALLS, ENTRIES, 'service'), '{{service}}')],
  }),
  timeSeries({
    title: 'Errors by service',
    description: 'Share of it that fails. The service that began to fail first is where to look.',
    unit: UNITS.share,
    width: 8,
    limits: { warn: 0.01, act: 0.05 },
    queries: [series(failed(ENTRIES, 'service'), '{{service}}')],
  }),
  timeSeries({
    title: 'Duration by service, p95',
    description: 'How long a service takes. Each dot is a span: click it for its trace.',
    unit: UNITS.seconds,
    width: 8,
    limits: { act: 1 },
    queries: [seriesWithExemplars(quantile(0.95, LATENCY, ENTRIES, 'service'), '{{service}}')],
  }),
];

const chosen = 'resource.service.name =~ "$service"';
const found = [
  traceTable({
    title: 'Traces',
    description: 'The latest traces. Click an id; in the trace, a span leads to its log lines and to its metrics.',
    query: `{ ${chosen} && kind = server }`,
    width: 12,
  }),
  traceTable({
    title: 'Slowest entries',
    description: 'Requests of over 20 ms. In the trace, the longest span without a child is where the time goes.',
    query: `{ ${chosen} && kind = server && duration > 20ms }`,
    width: 12,
  }),
  traceTable({
    title: 'Failed and refused',
    description: 'Traces with a span that failed, and requests answered with 4xx. The exception event has the stack.',
    query: `{ ${chosen} && (status = error || span.http.response.status_code >= 400) }`,
    width: 12,
  }),
  traceTable({
    title: 'Across services',
    description: 'Uploads and what a worker made of them: one trace, though minutes and machines lie between.',
    query: '{ kind = server } >> { kind = consumer }',
    width: 12,
  }),
];

export const distributedTracing = () =>
  dashboard({
    uid: UIDS.tracing,
    title: 'Distributed Tracing',
    description:
      'What the spans tell: the graph of services, their rates, errors and durations, and the traces themselves.',
    tags: ['traces'],
    variables: [
      labelValues({
        name: 'service',
        label: 'Service',
        description: 'service.name of the spans.',
        metric: CALLS,
        metricLabel: 'service',
      }),
    ],
    rows: [
      { title: 'Now', panels: overview },
      { title: 'Services', panels: map },
      { title: 'Rate, errors and duration by service', panels: red },
      { title: 'Spans', panels: [spanTable] },
      { title: 'Calls', panels: edgePanels },
      { title: 'Traces', panels: found },
    ],
  });
