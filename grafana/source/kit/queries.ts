import { DataqueryBuilder as LokiQuery } from '@grafana/grafana-foundation-sdk/loki';
import { DataqueryBuilder as PrometheusQuery, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { SearchTableType, DataqueryBuilder as TempoQuery } from '@grafana/grafana-foundation-sdk/tempo';

import { quantile } from './promql.ts';

/** The uids are fixed in grafana/provisioning/datasources, because everything else points at them. */
export const PROMETHEUS = { type: 'prometheus', uid: 'prometheus' };
export const TEMPO = { type: 'tempo', uid: 'tempo' };
export const LOKI = { type: 'loki', uid: 'loki' };

export type Query = PrometheusQuery | LokiQuery | TempoQuery;

/** One query over the time of the dashboard. */
export const series = (expr: string, legend = ''): PrometheusQuery =>
  new PrometheusQuery().datasource(PROMETHEUS).expr(expr).legendFormat(legend).range();

/** The same with exemplars: the dots over a line that lead to a trace. Only where the histogram keeps them. */
export const seriesWithExemplars = (expr: string, legend = ''): PrometheusQuery => series(expr, legend).exemplar(true);

/** One number at the end of the dashboard's time, or one for each label as rows of a table. */
export const instant = (expr: string, legend = ''): PrometheusQuery =>
  new PrometheusQuery().datasource(PROMETHEUS).expr(expr).legendFormat(legend).instant();

/** Half, 95% and 99%, with exemplars; their colours are in `PERCENTILE_COLOURS`. */
export const percentiles = (histogram: string, labels: string): PrometheusQuery[] =>
  [0.5, 0.95, 0.99].map((q) => seriesWithExemplars(quantile(q, histogram, labels), `p${q * 100}`));

export const PERCENTILE_COLOURS = { p50: 'green', p95: 'yellow', p99: 'red' };

export const tableRows = (expr: string): PrometheusQuery => instant(expr).format(PromQueryFormat.Table);

/** The buckets of a histogram over time; Grafana takes their borders from `le`. */
export const buckets = (expr: string): PrometheusQuery =>
  series(expr, '{{le}}').format(PromQueryFormat.Heatmap).exemplar(true);

/** Log lines, newest first. */
export const logLines = (expr: string, limit = 200): LokiQuery =>
  new LokiQuery().datasource(LOKI).expr(expr).queryType('range').maxLines(limit);

/** Numbers out of log lines, over the time of the dashboard. */
export const logSeries = (expr: string, legend = ''): LokiQuery =>
  new LokiQuery().datasource(LOKI).expr(expr).queryType('range').legendFormat(legend);

export const logRows = (expr: string): LokiQuery => new LokiQuery().datasource(LOKI).expr(expr).queryType('instant');

/** Traces that have a span which TraceQL finds, one row each. */
export const traces = (query: string, limit = 20): TempoQuery =>
  new TempoQuery()
    .datasource(TEMPO)
    .queryType('traceql')
    .query(query)
    .limit(limit)
    .tableType(SearchTableType.Traces)
    .filters([]);

/** Who calls whom, which Grafana reads from Prometheus through the Tempo datasource. */
export const serviceGraph = (): TempoQuery => new TempoQuery().datasource(TEMPO).queryType('serviceMap').filters([]);
