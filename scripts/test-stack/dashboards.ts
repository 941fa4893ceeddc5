import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

const Datasource = z.object({ type: z.enum(['prometheus', 'tempo', 'loki']) });
const Target = z.object({
  refId: z.string(),
  datasource: Datasource,
  expr: z.string().optional(),
  query: z.string().optional(),
  queryType: z.string().optional(),
  range: z.boolean().optional(),
  exemplar: z.boolean().optional(),
  limit: z.number().optional(),
});
const Variable = z.object({
  name: z.string(),
  type: z.string(),
  datasource: Datasource.optional(),
  definition: z.string().optional(),
  query: z.union([z.string(), z.object({ label: z.string().optional() })]),
  current: z.object({ value: z.union([z.string(), z.array(z.string())]) }),
  allValue: z.string().optional(),
});
const Dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  panels: z.array(z.object({ title: z.string(), type: z.string(), targets: z.array(Target).default([]) })),
  templating: z.object({ list: z.array(Variable) }),
  annotations: z.object({ list: z.array(z.object({ name: z.string(), expr: z.string() })) }),
});
type DashboardJson = z.infer<typeof Dashboard>;

/** What is asked, as Grafana asks it when somebody opens the dashboard and chooses nothing. */
export interface Query {
  where: string;
  backend: 'prometheus' | 'tempo' | 'loki';
  text: string;
  /** An event: there is data only when it has happened. */
  mayBeEmpty: boolean;
  /** PromQL and LogQL: at one moment instead of over a time. */
  instant: boolean;
  exemplars: boolean;
  /** The values of this label are asked for instead. */
  label: string | undefined;
  limit: number;
}

const folder = new URL('../../grafana/dashboards/', import.meta.url);

export const dashboards: readonly DashboardJson[] = readdirSync(folder)
  .toSorted()
  .map((file) => Dashboard.parse(JSON.parse(readFileSync(new URL(file, folder), 'utf8'))));

const WINDOWS: Readonly<Record<string, string>> = {
  // Four scrapes of five seconds: what Grafana makes of timeInterval in datasources.yaml.
  __rate_interval: '20s',
  __interval: '5s',
  __auto: '30s',
  __range: '15m',
};

/** Fills in what is chosen at first. A name that is no variable stays, as `${1}` does. */
const filledIn = ({ templating }: DashboardJson, text: string): string =>
  text.replace(/\$\{(\w+)(?::\w+)?\}|\$(\w+)/g, (all, braced?: string, bare?: string) => {
    const name = braced ?? bare ?? '';
    const variable = templating.list.find((one) => one.name === name);
    const chosen = [variable?.current.value ?? []].flat()[0];
    if (chosen === '$__all') return variable?.allValue ?? '.*';
    return chosen ?? WINDOWS[name] ?? all;
  });

/** What the panel of the service graph asks for: Grafana makes it of metrics. */
const SERVICE_GRAPH = 'sum by (client, server) (rate(traces_service_graph_request_total[$__rate_interval]))';

const ofPanels = (dashboard: DashboardJson): Query[] =>
  dashboard.panels.flatMap(({ title, targets }) =>
    targets.map((target): Query => {
      const isGraph = target.queryType === 'serviceMap';
      return {
        where: `${dashboard.title} / ${title} ${target.refId}`,
        backend: isGraph ? 'prometheus' : target.datasource.type,
        text: filledIn(dashboard, isGraph ? SERVICE_GRAPH : (target.expr ?? target.query ?? '')),
        mayBeEmpty: false,
        instant: target.queryType === 'instant' || target.range === false,
        exemplars: target.exemplar ?? false,
        label: undefined,
        limit: target.limit ?? 20,
      };
    }),
  );

const ASKED = { mayBeEmpty: false, instant: true, exemplars: false, label: undefined, limit: 20 };

const ofVariables = (dashboard: DashboardJson): Query[] =>
  dashboard.templating.list.flatMap(({ name, type, datasource, definition = '', query }): Query[] => {
    if (type !== 'query' || !datasource) return [];
    const where = `${dashboard.title} / variable ${name}`;
    const label = typeof query === 'string' ? undefined : query.label;
    const text = filledIn(dashboard, definition.replace(/^label_values\((.*), \w+\)$/, '$1'));
    return [{ ...ASKED, where, backend: datasource.type, text, label: datasource.type === 'loki' ? label : undefined }];
  });

const ofAnnotations = (dashboard: DashboardJson): Query[] =>
  dashboard.annotations.list.map(({ name, expr }) => ({
    ...ASKED,
    where: `${dashboard.title} / annotation ${name}`,
    backend: 'prometheus',
    text: filledIn(dashboard, expr),
    mayBeEmpty: true,
    instant: false,
  }));

/** Every query of every panel, variable and annotation. */
export const queries: readonly Query[] = dashboards.flatMap((dashboard) => [
  ...ofVariables(dashboard),
  ...ofPanels(dashboard),
  ...ofAnnotations(dashboard),
]);
