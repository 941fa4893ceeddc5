import type { MetricValue, OpenMetricsContentType, PrometheusContentType } from 'prom-client';
import { leadsToTrace } from './exemplars.ts';
import { registry } from './registry.ts';

/**
 * Writes the registry as text. prom-client can do it too, but in one format for ever: its OpenMetrics output renames the
 * counters of the registry, after which the other format loses `_total`, and it writes `le="1"` where OpenMetrics
 * demands `le="1.0"`.
 */

const OPENMETRICS: OpenMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
const PROMETHEUS: PrometheusContentType = 'text/plain; version=0.0.4; charset=utf-8';

/** Seconds after which an exemplar is left out: its trace may be gone by then. prom-client keeps them for ever. */
const EXEMPLAR_LIFETIME = 3600;

interface Sample extends MetricValue<string> {
  metricName?: string;
  exemplar?: { labelSet: Record<string, string>; value: number; timestamp: number } | null;
}

const escapeText = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');

/** `{a="1",b="2"}`, or nothing for no labels. */
const labelText = (labels: Record<string, string | number | undefined>, openMetrics: boolean): string => {
  const parts = Object.entries(labels).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const text = openMetrics && name === 'le' && Number.isInteger(value) ? `${value}.0` : String(value);
    return [`${name}="${escapeText(text).replaceAll('"', '\\"')}"`];
  });
  return parts.length > 0 ? `{${parts.join(',')}}` : '';
};

const numberText = (value: number): string => {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
};

const exemplarText = (exemplar: Sample['exemplar'], now: number): string =>
  exemplar && now - exemplar.timestamp < EXEMPLAR_LIFETIME && leadsToTrace(exemplar.labelSet)
    ? ` # ${labelText(exemplar.labelSet, true)} ${numberText(exemplar.value)} ${exemplar.timestamp.toFixed(3)}`
    : '';

/** The metrics of the process in one of the two formats; `now` is Unix time in seconds. */
const render = async (openMetrics: boolean, now: number): Promise<string> => {
  const lines: string[] = [];
  for (const metric of registry.getMetricsAsArray()) {
    const instrument = registry.getSingleMetric(metric.name);
    // One instrument whose values cannot be had must not hide all the others.
    const data = await instrument?.get().catch(() => undefined);
    if (!data) continue;
    const type = String(data.type);
    const family = openMetrics && type === 'counter' ? data.name.replace(/_total$/, '') : data.name;
    lines.push(`# HELP ${family} ${escapeText(data.help)}`, `# TYPE ${family} ${type}`);
    for (const { metricName, labels, value, exemplar } of data.values as Sample[]) {
      const name = `${metricName ?? data.name}${labelText(labels, openMetrics)}`;
      lines.push(`${name} ${numberText(value)}${openMetrics ? exemplarText(exemplar, now) : ''}`);
    }
  }
  if (openMetrics) lines.push('# EOF');
  return `${lines.join('\n')}\n`;
};

/** The quality of each media range in an Accept header that fits one of the two formats. */
const readAccept = (accept: string): Map<string, number> => {
  const qualities = new Map<string, number>();
  for (const range of accept.toLowerCase().split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const values = new Map(
      parameters.map((parameter) => parameter.split('=', 2).map((part) => part.trim()) as [string, string]),
    );
    if (type === 'application/openmetrics-text' && (values.get('version') ?? '1.0.0') !== '1.0.0') continue;
    const quality = Number(values.get('q') ?? 1);
    if (quality >= 0 && quality <= 1) qualities.set(type, Math.max(quality, qualities.get(type) ?? 0));
  }
  return qualities;
};

/** Whether an Accept header would rather have OpenMetrics. A header that only says `*`/`*` gets the older format. */
export const prefersOpenMetrics = (accept: string): boolean => {
  const qualities = readAccept(accept);
  const openMetrics = qualities.get('application/openmetrics-text') ?? qualities.get('application/*') ?? 0;
  const plain = qualities.get('text/plain') ?? qualities.get('text/*') ?? qualities.get('*/*') ?? 0;
  return openMetrics > 0 && openMetrics >= plain;
};

/** What a scrape is answered with: OpenMetrics 1.0 with exemplars when `accept` asks for it, else Prometheus text 0.0.4. */
export const metricsText = async (
  accept: string,
  now: number = Date.now() / 1000,
): Promise<{ contentType: string; body: string }> => {
  const openMetrics = prefersOpenMetrics(accept);
  return { contentType: openMetrics ? OPENMETRICS : PROMETHEUS, body: await render(openMetrics, now) };
};
