import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { generatedFiles } from '../../grafana/source/index.ts';

/** What the tests look at in a dashboard, read from its JSON: what Grafana gets, not what the source meant. */
const Datasource = z.object({ type: z.string(), uid: z.string() });
const Target = z.object({
  refId: z.string(),
  datasource: Datasource,
  expr: z.string().optional(),
  query: z.string().optional(),
  legendFormat: z.string().optional(),
  exemplar: z.boolean().optional(),
  queryType: z.string().optional(),
});
const Override = z.object({ properties: z.array(z.object({ id: z.string(), value: z.unknown() })) });
const Link = z.object({ title: z.string(), url: z.string().optional() });
const Panel = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string(),
  description: z.string().optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  datasource: Datasource.optional(),
  targets: z.array(Target).default([]),
  links: z.array(Link).default([]),
  fieldConfig: z
    .object({ defaults: z.object({ unit: z.string().optional() }), overrides: z.array(Override) })
    .default({ defaults: {}, overrides: [] }),
});
const Variable = z.object({
  name: z.string(),
  type: z.string(),
  datasource: Datasource.optional(),
  definition: z.string().optional(),
});
const DashboardJson = z.object({
  uid: z.string(),
  title: z.string(),
  description: z.string(),
  tags: z.array(z.string()),
  timezone: z.string(),
  refresh: z.string(),
  links: z.array(Link),
  panels: z.array(Panel),
  templating: z.object({ list: z.array(Variable) }),
  annotations: z.object({ list: z.array(z.object({ datasource: Datasource, expr: z.string() })) }),
});

export type PanelJson = z.infer<typeof Panel>;

const root = new URL('../../', import.meta.url);
export const read = (path: string): string => readFileSync(new URL(path, root), 'utf8');

export const alertRules = read('prometheus/rules/alerts.yml');
export const generated = generatedFiles(alertRules);

export const dashboards = [...generated]
  .filter(([path]) => path.startsWith('dashboards/'))
  .map(([, text]) => DashboardJson.parse(JSON.parse(text)));

/** Every panel with its dashboard, the headlines of rows left out. */
export const panels = dashboards.flatMap((dashboard) =>
  dashboard.panels.filter(({ type }) => type !== 'row').map((panel) => ({ dashboard, panel })),
);

export const nameOf = ({ dashboard, panel }: (typeof panels)[number]): string => `${dashboard.title} / ${panel.title}`;

/** Every PromQL there is: of panels, of variables and of annotations. */
export const promql: { where: string; expr: string }[] = [
  ...panels.flatMap((placed) =>
    placed.panel.targets
      .filter(({ datasource }) => datasource.type === 'prometheus')
      .map(({ expr = '' }) => ({ where: nameOf(placed), expr })),
  ),
  ...dashboards.flatMap(({ title, templating, annotations }) => [
    ...templating.list
      .filter(({ datasource }) => datasource?.type === 'prometheus')
      .map(({ name, definition = '' }) => ({
        where: `${title} / variable ${name}`,
        expr: definition.replace(/^label_values\((.*), \w+\)$/, '$1'),
      })),
    ...annotations.list.map(({ expr }) => ({ where: `${title} / annotation`, expr })),
  ]),
];

const Provisioned = z.object({
  datasources: z.array(
    z.object({ uid: z.string(), type: z.string(), jsonData: z.record(z.string(), z.unknown()).default({}) }),
  ),
});

/** The text of a file that Grafana provisions from, as it is after Grafana has filled in the environment. */
const filledIn = (text: string): string =>
  text.replace(/\$\$|\$\{?\w+\}?/g, (found) => (found === '$$' ? '$' : '<environment>'));

export const datasources = Provisioned.parse(
  parse(filledIn(read('grafana/provisioning/datasources/datasources.yaml'))),
).datasources;
