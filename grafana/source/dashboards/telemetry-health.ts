import { dashboard } from '../kit/dashboard.ts';
import { durations, stat, timeSeries } from '../kit/graphs.ts';
import { goodShare, orZero, quantile, rate, ratio, SERVICE } from '../kit/promql.ts';
import { buckets, instant, series, tableRows } from '../kit/queries.ts';
import { UNITS } from '../kit/style.ts';
import { table } from '../kit/tables.ts';
import { UIDS } from '../kit/uids.ts';
import { service } from '../kit/variables.ts';
import { garbageCollection, memory } from './process-panels.ts';

const EXPORT = 'telemetry_export_duration_seconds';
const DROPPED = 'telemetry_spans_dropped_total';
/** By Tempo. Not over $__rate_interval, which goes by how often our processes are scraped: Tempo is every 15 s. */
const refused = 'sum by (reason) (rate(tempo_discarded_spans_total[1m]))';
const requests = rate('http_server_request_duration_seconds_count');

const overview = [
  stat({
    title: 'Exporters',
    description:
      'Whether the last attempt of each process to export arrived. Off: is Tempo (or the collector) up? The log says why, once a minute.',
    unit: UNITS.flag,
    flat: true,
    limits: { warn: 1, below: true },
    queries: [instant(`min by (service) (telemetry_exporter_up{${SERVICE}})`, '{{service}}')],
  }),
  stat({
    title: 'Spans lost',
    description:
      'Share of spans that should have been exported and were not. Anything above none makes holes in traces.',
    unit: UNITS.share,
    decimals: 2,
    limits: { warn: 0.0001, act: 0.01 },
    queries: [
      series(
        `(${orZero(rate(DROPPED))}) / (${rate('telemetry_spans_exported_total')} + (${orZero(rate(DROPPED))}) > 0) or on() vector(0)`,
      ),
    ],
  }),
  stat({
    title: 'Waiting to be exported',
    description:
      'The fullest queue of spans; 8192 is where it drops. Exporters off: until the receiver is back. Else raise OTEL_BSP_MAX_QUEUE_SIZE, or sample less.',
    unit: UNITS.count,
    limits: { warn: 4096, act: 7500 },
    queries: [series(`max(telemetry_export_queue_spans{${SERVICE}})`)],
  }),
  stat({
    title: 'Export p95',
    description: 'How long an attempt to export a batch takes. Above 1 s the receiver is busy and queues grow.',
    unit: UNITS.seconds,
    limits: { warn: 1, act: 5 },
    queries: [series(quantile(0.95, EXPORT))],
  }),
  stat({
    title: 'Log lines lost',
    description: 'Lines that could not be written, in the chosen time. The disk is full, or slower than the log.',
    unit: UNITS.count,
    limits: { warn: 1, act: 100 },
    queries: [instant(orZero(`sum(increase(telemetry_log_lines_lost_total{${SERVICE}}[$__range]))`))],
  }),
  stat({
    title: 'Not instrumented',
    description: 'What should make spans and did not take hold. The start fails then, so this is nought.',
    unit: UNITS.count,
    limits: { act: 1 },
    queries: [instant(orZero(`count(telemetry_instrumentation_active{${SERVICE}} == 0)`))],
  }),
];

const spans = [
  timeSeries({
    title: 'Spans',
    description:
      'started is all, exported what arrived; between them is what was not sampled. dropped should be nothing.',
    unit: UNITS.perSecond,
    colours: { started: 'blue', exported: 'green', dropped: 'red' },
    queries: [
      series(rate('telemetry_spans_started_total'), 'started'),
      series(rate('telemetry_spans_exported_total'), 'exported'),
      series(orZero(rate(DROPPED)), 'dropped'),
    ],
  }),
  timeSeries({
    title: 'Dropped, by reason',
    description:
      'queue_full: the receiver is away for long, or slow, or the queue too small. export_failed: it refused a batch, or did not take it for two minutes. shut_down: too little time to stop. buffer_full: let go before its trace was kept. late: failed after its trace was let go. Those of Tempo are what it got and refused.',
    unit: UNITS.perSecond,
    stack: true,
    queries: [
      series(orZero(rate(DROPPED, SERVICE, 'reason')), '{{reason}}'),
      series(orZero(refused), 'Tempo {{reason}}'),
    ],
  }),
  timeSeries({
    title: 'Queue',
    description:
      'Spans that wait, by process. A saw is normal; a slope is a receiver that is away, a plateau a full queue.',
    unit: UNITS.count,
    limits: { act: 7500 },
    queries: [
      series(`max by (service, instance) (telemetry_export_queue_spans{${SERVICE}})`, '{{service}} {{instance}}'),
    ],
  }),
  timeSeries({
    title: 'Traces kept, by reason',
    description:
      'Parts of traces, one for each request or job of a process. rate: by the sampler. error, slow and mark: kept whatever the rate. Many slow ones: the limit is too low, or we are.',
    unit: UNITS.perSecond,
    stack: true,
    colours: { rate: 'green', error: 'red', slow: 'orange' },
    queries: [series(rate('telemetry_traces_kept_total', SERVICE, 'reason'), '{{reason}}')],
  }),
];

const exports_ = [
  durations({
    title: 'How long exports take',
    description: 'One attempt each. A second band at seconds: the receiver refuses or times out.',
    query: buckets(rate(`${EXPORT}_bucket`, SERVICE, 'le')).exemplar(false),
  }),
  timeSeries({
    title: 'Attempts to export that failed',
    description:
      'By reason. Such a batch is tried again for two minutes, but after 4xx: what is lost stands in "Dropped, by reason".',
    unit: UNITS.perSecond,
    stack: true,
    queries: [series(orZero(rate('telemetry_export_failures_total', SERVICE, 'reason')), '{{reason}}')],
  }),
];

const cost = [
  timeSeries({
    title: 'Spans a request',
    description: 'How detailed traces are. A jump after a release is a loop that makes a span each time round.',
    unit: UNITS.count,
    queries: [series(ratio(rate('telemetry_spans_started_total'), requests), 'spans a request')],
  }),
  timeSeries({
    title: 'CPU a request',
    description:
      'Seconds of CPU for one request, telemetry and all. Compare with OTEL_ENABLED=false to know its share.',
    unit: UNITS.seconds,
    queries: [series(ratio(rate('process_cpu_seconds_total'), requests), 'CPU a request')],
  }),
  memory(),
  garbageCollection(),
  timeSeries({
    title: 'Samples a scrape',
    description:
      'How many numbers a process tells Prometheus each time. It must not grow with users: labels are closed sets.',
    unit: UNITS.count,
    queries: [series(`max by (service, instance) (scrape_samples_scraped{${SERVICE}})`, '{{service}} {{instance}}')],
  }),
  table({
    title: 'Instrumentations',
    description:
      'What makes spans: http, db, cache and domain are built in; express, ioredis and prisma are patched at OTEL_SPAN_FILTER=debug. 1 for yes, the least of all processes.',
    row: { label: 'name', title: 'What' },
    columns: [
      {
        title: 'Active',
        query: tableRows(`min by (name) (telemetry_instrumentation_active{${SERVICE}})`),
        unit: UNITS.flag,
      },
    ],
    sortBy: 'Active',
    width: 12,
    height: 8,
  }),
];

const sampled = timeSeries({
  title: 'Share of spans exported',
  description: 'Roughly OTEL_TRACE_SAMPLER_RATE. Much less: spans are lost. Much more: most requests fail or are slow.',
  unit: UNITS.share,
  max: 1,
  width: 24,
  height: 6,
  queries: [
    series(goodShare(rate('telemetry_spans_exported_total'), rate('telemetry_spans_started_total')), 'exported'),
  ],
});

export const telemetryHealth = () =>
  dashboard({
    uid: UIDS.telemetry,
    title: 'Telemetry Health',
    description: 'Whether the other dashboards can be believed: what telemetry loses, and what it costs.',
    tags: ['telemetry'],
    variables: [service()],
    rows: [
      { title: 'Now', panels: overview },
      { title: 'Spans', panels: [...spans, sampled] },
      { title: 'Exports', panels: exports_ },
      { title: 'Cost', panels: cost },
    ],
  });
