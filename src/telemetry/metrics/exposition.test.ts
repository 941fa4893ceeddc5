import { spawnSync } from 'node:child_process';
import { beforeAll, describe, expect, test } from 'vitest';
import { recordSpans } from '../../../test/support/recorded-spans.ts';
import { setExemplarPolicy } from './exemplars.ts';
import { metricsText, prefersOpenMetrics } from './exposition.ts';
import './pool.ts';
import * as metrics from './record.ts';
import { counter, gauge } from './registry.ts';
import { watchRuntime } from './runtime.ts';
import './self.ts';

beforeAll(() => {
  watchRuntime();
  setExemplarPolicy(() => true);
  const root = recordSpans().tracer.startSpan('GET /a/:id');
  root.end();
  const request = { method: 'GET', route: '/a/:id', status: 200, requestBytes: 0, responseBytes: 1, root };
  for (const seconds of [0, 0.3, 1, 70]) metrics.recordHttpRequest({ ...request, seconds });
  metrics.recordDbQuery({ operation: 'SELECT', collection: 'posts', seconds: 0.001 });
  metrics.recordCacheOperation({ cache: 'feed:unified', operation: 'GET', result: 'hit', seconds: 0.001 });
  metrics.recordFeedGeneration({ feedType: 'unified', cache: 'miss', seconds: 0.1 });
  metrics.recordFeedSource({ source: 'trending', outcome: 'ok', seconds: 0.1 });
  metrics.recordFeedItems({ feedType: 'unified', source: 'trending', count: 20 });
  metrics.recordRateLimitExceeded('/a/:id');
  metrics.recordError('INTERNAL_ERROR', '/a/:id');
  metrics.recordValidationFailure('/a/:id', 'limit');
  counter('odd_total', 'A backslash \\ and\na new line.', ['text']).inc({ text: 'a "quote", a \\ and\na line' });
  gauge('endless', 'Not a number.', ['kind']).set({ kind: 'up' }, Number.POSITIVE_INFINITY);
});

describe('which format an Accept header gets', () => {
  test.each([
    ['', false],
    ['*/*', false],
    ['text/plain', false],
    ['application/openmetrics-text', true],
    ['application/openmetrics-text; version=1.0.0; charset=utf-8', true],
    ['application/openmetrics-text;version=0.0.1', false],
    ['application/openmetrics-text;q=0', false],
    ['application/openmetrics-text;q=0.4, text/plain;q=0.5', false],
    ['application/openmetrics-text;q=0.4, */*;q=0.1', true],
    ['text/plain, application/openmetrics-text', true],
    ['application/openmetrics-text;q=nonsense', false],
    // Prometheus 2 and 3 themselves.
    [
      'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
      true,
    ],
    [
      'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,*/*;q=0.2',
      true,
    ],
    [
      'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,text/plain;version=0.0.4;q=0.5',
      false,
    ],
  ])('%s', (accept, openMetrics) => {
    expect(prefersOpenMetrics(accept)).toBe(openMetrics);
  });
});

describe('Prometheus text', () => {
  test('promtool finds nothing wrong with it', async ({ skip }) => {
    const { contentType, body } = await metricsText('');
    expect(contentType).toBe('text/plain; version=0.0.4; charset=utf-8');
    const ours = body.replaceAll(/^.*\b(odd_total|endless)\b.*\n/gm, '');
    const run = spawnSync('promtool', ['check', 'metrics'], { input: ours, encoding: 'utf8' });
    if (run.error) skip('promtool is not installed');
    expect(run.stderr + run.stdout).toBe('');
    expect(run.status).toBe(0);
  });

  test('has neither exemplars nor an end mark, and escapes what labels hold', async () => {
    const { body } = await metricsText('text/plain');
    expect(body).not.toContain(' # {');
    expect(body).not.toContain('# EOF');
    expect(body).toContain('# HELP odd_total A backslash \\\\ and\\na new line.\n# TYPE odd_total counter\n');
    expect(body).toContain('odd_total{text="a \\"quote\\", a \\\\ and\\na line"} 1\n');
    expect(body).toContain('endless{kind="up"} +Inf\n');
    expect(body).toContain('le="1",');
  });
});

describe('OpenMetrics', () => {
  const openMetrics = async () => (await metricsText('application/openmetrics-text')).body;

  test('a counter is named without _total and its samples with it', async () => {
    const body = await openMetrics();
    expect(body).toContain('# TYPE errors counter\nerrors_total{code="INTERNAL_ERROR",http_route="/a/:id"} 1\n');
    for (const family of body.matchAll(/^# TYPE (\S+) counter$/gm)) expect(family[1]).not.toMatch(/_total$/);
  });

  test('ends with its mark, has exemplars, and bounds that are floats', async () => {
    const body = await openMetrics();
    expect(body.endsWith('\n# EOF\n')).toBe(true);
    expect(body).toMatch(
      /_bucket\{le="1\.0",.*\} 3 # \{trace_id="[0-9a-f]{32}",span_id="[0-9a-f]{16}"\} 1 \d+\.\d{3}\n/,
    );
    expect(body).not.toMatch(/le="\d+"/);
  });

  test('every line belongs to the family announced above it', async () => {
    let family = '';
    for (const line of (await openMetrics()).trimEnd().split('\n').slice(0, -1)) {
      if (line.startsWith('# ')) family = line.split(' ')[2] ?? '';
      else expect(line.startsWith(family), `${line} under ${family}`).toBe(true);
    }
  });

  test('asking for one format never changes what the other is told', async () => {
    const before = (await metricsText('')).body;
    await Promise.all([openMetrics(), metricsText(''), openMetrics()]);
    const names = (body: string) => [...body.matchAll(/^# TYPE (.+)$/gm)].map((match) => match[1]);
    expect(names((await metricsText('')).body)).toEqual(names(before));
  });
});
