import { parse } from 'yaml';
import { z } from 'zod';
import '../../src/telemetry/metrics/audio.ts';
import '../../src/telemetry/metrics/pool.ts';
import '../../src/telemetry/metrics/record.ts';
import { registry } from '../../src/telemetry/metrics/registry.ts';
import { watchRuntime } from '../../src/telemetry/metrics/runtime.ts';
import '../../src/telemetry/metrics/self.ts';
import { read } from './panels.ts';

interface Metric {
  /** Undefined: made by others, who may change them. */
  labels: readonly string[] | undefined;
  exemplars: boolean;
}

/** What Prometheus adds to every series of ours. */
const TARGET_LABELS = ['job', 'service', 'instance'];
const FOREIGN = { labels: undefined, exemplars: false };

/** prom-client's types do not tell of these. */
const Instrument = z.object({
  name: z.string(),
  type: z.string(),
  labelNames: z.array(z.string()),
  enableExemplars: z.boolean().default(false),
});

/** Names with a suffix, as they are in queries. */
const ours = (): [string, Metric][] => {
  watchRuntime();
  return registry.getMetricsAsArray().flatMap((metric): [string, Metric][] => {
    const { name, type, labelNames, enableExemplars } = Instrument.parse(metric);
    const labels = [...labelNames, ...TARGET_LABELS];
    if (type !== 'histogram') return [[name, { labels, exemplars: false }]];
    return [
      [`${name}_bucket`, { labels: [...labels, 'le'], exemplars: enableExemplars }],
      [`${name}_sum`, { labels, exemplars: false }],
      [`${name}_count`, { labels, exemplars: false }],
    ];
  });
};

const Rules = z.object({
  groups: z.array(z.object({ rules: z.array(z.object({ record: z.string() })) })),
});
const recorded = (): [string, Metric][] =>
  Rules.parse(parse(read('prometheus/rules/recording.yml'))).groups.flatMap(({ rules }) =>
    rules.map(({ record }): [string, Metric] => [record, FOREIGN]),
  );

/** What Prometheus says of a target by itself. */
const OF_TARGETS = ['up', 'scrape_samples_scraped', 'scrape_duration_seconds'];

/** What Tempo, or the Collector in its place, makes of spans: the names and labels are those of Tempo 3. */
const SPAN_LABELS = ['service', 'span_name', 'span_kind', 'status_code', 'le'];
const EDGE_LABELS = ['client', 'server', 'connection_type', 'le'];
const OF_SPANS: Readonly<Record<string, readonly string[]>> = {
  traces_spanmetrics_calls_total: SPAN_LABELS,
  traces_spanmetrics_latency_bucket: SPAN_LABELS,
  traces_spanmetrics_latency_sum: SPAN_LABELS,
  traces_spanmetrics_latency_count: SPAN_LABELS,
  traces_service_graph_request_total: EDGE_LABELS,
  traces_service_graph_request_failed_total: EDGE_LABELS,
  traces_service_graph_request_server_seconds_bucket: EDGE_LABELS,
};

/** What Tempo says of itself. */
const OF_TEMPO: Readonly<Record<string, readonly string[]>> = { tempo_discarded_spans_total: ['reason', 'tenant'] };

export const metrics = new Map<string, Metric>([
  ...ours(),
  ...recorded(),
  ...OF_TARGETS.map((name): [string, Metric] => [name, FOREIGN]),
  ...Object.entries({ ...OF_SPANS, ...OF_TEMPO }).map(([name, labels]): [string, Metric] => [
    name,
    { labels, exemplars: name.endsWith('_bucket') },
  ]),
]);

const WORDS = new Set(['and', 'or', 'unless', 'bool', 'offset', 'inf', 'nan']);

/** The names of metrics in a query: what is left without texts, selectors, ranges, groupings, functions and words. */
export const metricNames = (expr: string): string[] => {
  const bare = expr
    .replace(/"(?:[^"\\]|\\.)*"/g, '""')
    .replace(/\{[^}]*\}/g, ' ')
    .replace(/\[[^\]]*\]/g, ' ')
    .replace(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]*\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !WORDS.has(name.toLowerCase()));
};

/** The labels that a query chooses by, for each of its metrics. */
export const chosenLabels = (expr: string): { name: string; label: string }[] =>
  [...expr.matchAll(/([a-zA-Z_:][\w:]*)\{([^}]*(?:"[^"]*"[^}]*)*)\}/g)].flatMap(([, name = '', selector = '']) =>
    [...selector.replace(/"(?:[^"\\]|\\.)*"/g, '""').matchAll(/(\w+)\s*[=!]/g)].map(([, label = '']) => ({
      name,
      label,
    })),
  );
