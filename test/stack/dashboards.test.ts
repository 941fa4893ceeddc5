import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { chosenLabels, metricNames, metrics } from './metric-names.ts';
import { dashboards, datasources, generated, nameOf, type PanelJson, panels, promql, read } from './panels.ts';

const NUMERIC = new Set(['timeseries', 'stat', 'bargauge', 'heatmap', 'table']);

/** Tables of traces have columns that Tempo gives their units. */
const isNumeric = ({ type, datasource }: PanelJson): boolean => NUMERIC.has(type) && datasource?.type !== 'tempo';

describe('the committed files', () => {
  it.each([...generated.keys()])('%s is what its source makes', (path) => {
    expect(read(`grafana/${path}`)).toBe(generated.get(path));
  });

  test('there is no dashboard without a source', () => {
    const names = readdirSync(new URL('../../grafana/dashboards', import.meta.url)).map((name) => `dashboards/${name}`);
    expect(names.filter((name) => !generated.has(name))).toEqual([]);
  });
});

describe('dashboards', () => {
  test('each has a uid of its own that fits into a URL', () => {
    const uids = dashboards.map(({ uid }) => uid);
    expect(new Set(uids).size).toBe(uids.length);
    for (const uid of uids) expect(uid).toMatch(/^[a-z-]{1,40}$/);
  });

  it.each(dashboards)('$title refreshes by itself, in the time zone of who looks, and is in the menu', (dashboard) => {
    expect(dashboard).toMatchObject({ timezone: 'browser', refresh: '10s' });
    expect(dashboard.tags).toContain('sidechain');
    expect(dashboard.description.length).toBeGreaterThan(30);
  });

  it.each(dashboards)('$title has its panels side by side, none on top of another', ({ panels }) => {
    const taken = new Map<string, string>();
    for (const { title, gridPos } of panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          expect(taken.get(`${x},${y}`), title).toBeUndefined();
          taken.set(`${x},${y}`, title);
        }
      }
    }
    const ids = panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(dashboards)('$title leads only to what there is', ({ panels }) => {
    const text = JSON.stringify(panels);
    for (const [, uid, query = ''] of text.matchAll(/\/d\/([\w-]+)\?([^"]*)/g)) {
      const target = dashboards.find((dashboard) => dashboard.uid === uid);
      expect(target, uid).toBeDefined();
      const known = target?.templating.list.map(({ name }) => name);
      for (const [, variable] of query.matchAll(/&var-(\w+)=/g)) expect(known).toContain(variable);
    }
  });

  it.each(dashboards)('$title uses the variables that it has', (dashboard) => {
    const known = new Set(dashboard.templating.list.map(({ name }) => name));
    const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr, query }) => `${expr} ${query}`));
    const used = [...queries.join(' ').matchAll(/\$\{?([a-z][\w]*)/g)].map(([, name = '']) => name);
    expect(used.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('panels', () => {
  it.each(panels.map((placed) => [nameOf(placed), placed.panel] as const))('%s says what it shows', (_, panel) => {
    expect(panel.description ?? '').toMatch(/^.{25,}[.]$/s);
    expect(panel.targets.length).toBeGreaterThan(0);
    expect(new Set(panel.targets.map(({ refId }) => refId)).size).toBe(panel.targets.length);
    if (isNumeric(panel)) expect(panel.fieldConfig.defaults.unit).toMatch(/./);
    for (const { expr, query, queryType } of panel.targets) {
      expect(queryType === 'serviceMap' || (expr ?? query ?? '') !== '').toBe(true);
    }
  });

  it('reads from datasources that are provisioned', () => {
    const known = datasources.map(({ type, uid }) => `${type} ${uid}`);
    const used = panels.flatMap(({ panel }) => panel.targets.map(({ datasource: { type, uid } }) => `${type} ${uid}`));
    expect([...new Set(used)].filter((datasource) => !known.includes(datasource))).toEqual([]);
  });

  it('names a series by labels that its query keeps', () => {
    const wrong = panels.flatMap((placed) =>
      placed.panel.targets.flatMap(({ expr = '', legendFormat = '' }) =>
        [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)]
          .map(([, label = '']) => label)
          .filter((label) => !new RegExp(`\\b(by|without) \\([^)]*\\b${label}\\b`).test(expr))
          .map((label) => `${nameOf(placed)}: ${label}`),
      ),
    );
    expect(wrong).toEqual([]);
  });
});

describe('queries', () => {
  it('ask for metrics that there are', () => {
    const unknown = promql.flatMap(({ where, expr }) => {
      const names = metricNames(expr);
      expect(names.length, where).toBeGreaterThan(0);
      return names.filter((name) => !metrics.has(name)).map((name) => `${where}: ${name}`);
    });
    expect(unknown).toEqual([]);
  });

  it('choose by labels that the metric has', () => {
    const unknown = promql.flatMap(({ where, expr }) =>
      chosenLabels(expr)
        .filter(({ name, label }) => metrics.get(name)?.labels?.includes(label) === false)
        .map(({ name, label }) => `${where}: ${name}{${label}}`),
    );
    expect(unknown).toEqual([]);
  });

  it('leave probes out, as the recorded rules do, where requests are judged', () => {
    const judged = [
      ...promql.filter(({ where }) => /^(API Performance|Service Level) /.test(where)),
      ...read('prometheus/rules/recording.yml')
        .split('- record: ')
        .map((expr) => ({ where: expr.split('\n', 1)[0], expr })),
    ].filter(({ expr }) => /http_server_request_duration_seconds_(count|bucket)\{/.test(expr));
    expect(judged.length).toBeGreaterThan(15);
    const all = /http_server_request_duration_seconds_\w+\{/g;
    const without = /http_route!~"\/health\.\*/g;
    expect(
      judged.filter(({ expr }) => expr.match(all)?.length !== expr.match(without)?.length).map(({ where }) => where),
    ).toEqual([]);
  });

  it('have exemplars wherever time is drawn out of a histogram that keeps them, and nowhere else', () => {
    const drawn = panels.flatMap((placed) =>
      placed.panel.targets
        .filter(({ datasource }) => datasource.type === 'prometheus')
        .map(({ expr = '', exemplar = false }) => ({
          name: nameOf(placed),
          exemplar,
          kept:
            (placed.panel.type === 'timeseries' || placed.panel.type === 'heatmap') &&
            (expr.includes('histogram_quantile') || placed.panel.type === 'heatmap') &&
            metricNames(expr).every((name) => metrics.get(name)?.exemplars),
        })),
    );
    expect(drawn.filter(({ kept, exemplar }) => kept !== exemplar)).toEqual([]);
    expect(drawn.filter(({ exemplar }) => exemplar).length).toBeGreaterThan(10);
  });
});

describe('the names of metrics are found', () => {
  test.each([
    ['sum by (a) (rate(x_total{a="b{c}"}[5m])) / on(a) y or vector(0)', ['x_total', 'y']],
    ['topk(3, z:rate5m{a=~"$b"}) > bool 2', ['z:rate5m']],
    ['1 - a_sum / 1e3', ['a_sum']],
  ])('in %s', (expr, names) => {
    expect(metricNames(expr)).toEqual(names);
  });
});

test('dashboards are read from the folder that they are written to', () => {
  expect(read('grafana/provisioning/dashboards/dashboards.yaml')).toContain('path: /etc/grafana/dashboards');
  expect(existsSync(new URL('../../grafana/dashboards/api-performance.json', import.meta.url))).toBe(true);
});
