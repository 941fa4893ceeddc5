import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { alertFile } from '../../grafana/source/alerts.ts';
import { alertRules, dashboards, datasources, generated, read } from './panels.ts';

const jsonData = (uid: string): Record<string, unknown> =>
  datasources.find((datasource) => datasource.uid === uid)?.jsonData ?? {};

describe('datasources', () => {
  test('have the uids that everything points at', () => {
    expect(datasources.map(({ type, uid }) => [type, uid])).toEqual([
      ['prometheus', 'prometheus'],
      ['tempo', 'tempo'],
      ['loki', 'loki'],
    ]);
  });

  test('an exemplar leads to its trace', () => {
    expect(jsonData('prometheus').exemplarTraceIdDestinations).toMatchObject([
      { name: 'trace_id', datasourceUid: 'tempo' },
    ]);
  });

  test('a span leads to its log lines, by structured metadata and a little earlier and later', () => {
    expect(jsonData('tempo').tracesToLogsV2).toEqual({
      datasourceUid: 'loki',
      spanStartTimeShift: '-2s',
      spanEndTimeShift: '2s',
      tags: [{ key: 'service.name', value: 'service' }],
      filterByTraceID: false,
      filterBySpanID: false,
      customQuery: true,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as Grafana has to get it.
      query: '{${__tags}} | trace_id=~"0*${__trace.traceId}"',
    });
  });

  test('a span leads to its metrics, and services to each other', () => {
    const { tracesToMetrics, serviceMap, nodeGraph } = jsonData('tempo');
    expect(tracesToMetrics).toMatchObject({ datasourceUid: 'prometheus' });
    expect(JSON.stringify(tracesToMetrics)).not.toContain('<environment>');
    expect(serviceMap).toEqual({ datasourceUid: 'prometheus' });
    expect(nodeGraph).toEqual({ enabled: true });
  });

  test('a trace is looked for from before the time chosen until after it', () => {
    expect(jsonData('tempo').traceQuery).toEqual({
      timeShiftEnabled: true,
      spanStartTimeShift: '30m',
      spanEndTimeShift: '30m',
    });
  });

  test('a log line leads to its trace', () => {
    expect(jsonData('loki').derivedFields).toMatchObject([
      // biome-ignore lint/suspicious/noTemplateCurlyInString: as Grafana has to get it.
      { matcherType: 'label', matcherRegex: 'trace_id', datasourceUid: 'tempo', url: '${__value.raw}' },
    ]);
  });
});

const Query = z.object({
  refId: z.string(),
  datasourceUid: z.string(),
  model: z.object({ refId: z.string(), expr: z.string().optional(), expression: z.string().optional() }),
});
const Rule = z.object({
  uid: z.string(),
  title: z.string(),
  condition: z.string(),
  data: z.array(Query),
  dashboardUid: z.string().optional(),
  panelId: z.number().optional(),
  noDataState: z.enum(['NoData', 'Alerting', 'OK', 'KeepLast']),
  execErrState: z.enum(['Error', 'Alerting', 'OK', 'KeepLast']),
  for: z.string(),
  annotations: z.record(z.string(), z.string()),
  labels: z.record(z.string(), z.string()),
});
const AlertFile = z.object({
  apiVersion: z.literal(1),
  groups: z.array(z.object({ name: z.string(), folder: z.string(), interval: z.string(), rules: z.array(Rule) })),
});
const rulesOf = (text: string) => AlertFile.parse(parse(text)).groups.flatMap(({ rules }) => rules);

describe('alerts', () => {
  const rules = rulesOf(generated.get('provisioning/alerting/alerts.yaml') ?? '');

  test('are the same as those of Prometheus', () => {
    const theirs = [...alertRules.matchAll(/^\s*- alert: (\w+)$/gm)].map(([, name]) => name);
    expect(rules.map(({ title }) => title)).toEqual(theirs);
    expect(new Set(rules.map(({ uid }) => uid)).size).toBe(rules.length);
  });

  test.each(rules)('$title is wired from its query to its condition, and to a panel', (rule) => {
    expect(rule.uid).toMatch(/^[a-z0-9-]{1,40}$/);
    const refIds = rule.data.map(({ refId }) => refId);
    expect(refIds).toEqual(rule.data.map(({ model }) => model.refId));
    expect(refIds).toContain(rule.condition);
    const [query, ...expressions] = rule.data;
    expect(query).toMatchObject({ datasourceUid: 'prometheus', model: { expr: expect.stringMatching(/\S/) } });
    for (const { datasourceUid, model } of expressions) {
      expect(datasourceUid).toBe('__expr__');
      expect(refIds.some((refId) => model.expression?.includes(refId))).toBe(true);
    }
    const panel = dashboards.find(({ uid }) => uid === rule.dashboardUid)?.panels.find(({ id }) => id === rule.panelId);
    expect(panel, 'grafana/source/alert-panels.ts has no panel for it').toBeDefined();
    expect(rule.labels.severity).toMatch(/^(critical|warning)$/);
    expect(JSON.stringify(rule.annotations)).not.toMatch(/\$value\b/);
  });

  test('keep what Prometheus says, with its value under the name that Grafana has for it', () => {
    const [rule] = rulesOf(
      alertFile(
        `groups:
  - name: x
    rules:
      - alert: QueueIsFull
        expr: up{job="a"} == 0
        for: 5m
        labels: { severity: warning }
        annotations: { summary: "{{ $labels.job }} has {{ $value | humanize }}, of many $values" }`,
        [],
      ),
    );
    expect(rule).toMatchObject({
      uid: 'alert-queue-is-full',
      for: '5m',
      noDataState: 'OK',
      execErrState: 'Error',
      labels: { severity: 'warning' },
      annotations: { summary: '{{ $labels.job }} has {{ $values.query.Value | humanize }}, of many $values' },
    });
    expect(rule?.data[0]?.model.expr).toBe('up{job="a"} == 0');
  });

  test.each(rules)('$title leads to its runbook, which Grafana serves', ({ annotations }) => {
    const [, page = ''] =
      /^http:\/\/localhost:3000\/public\/runbooks\/(\w+\.md)$/.exec(annotations.runbook_url ?? '') ?? [];
    expect(existsSync(new URL(`../../docs/runbooks/${page}`, import.meta.url)), annotations.runbook_url).toBe(true);
    expect(page).not.toBe('');
    expect(read('docker-compose.dev.yml')).toContain('- ./docs/runbooks:/usr/share/grafana/public/runbooks:ro');
  });

  test('refuse what they would lose', () => {
    const strange = 'groups: [{ name: x, limit: 3, rules: [] }]';
    expect(() => alertFile(strange, [])).toThrow(/limit/);
  });
});
