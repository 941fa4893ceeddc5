import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { Document, parse } from 'yaml';
import { z } from 'zod';
import { ALERT_PANELS } from './alert-panels.ts';
import { PROMETHEUS } from './kit/queries.ts';

/** The part of Prometheus' alert rules that ours use; anything else is refused, rather than lost on the way. */
const Rules = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string(),
          expr: z.string(),
          for: z.string().default('0s'),
          keep_firing_for: z.string().optional(),
          labels: z.record(z.string(), z.string()).default({}),
          annotations: z.record(z.string(), z.string()).default({}),
        }),
      ),
    }),
  ),
});
type Rule = z.infer<typeof Rules>['groups'][number]['rules'][number];

/** Seconds of data that a query may look at; an instant query looks at its end. */
const LOOK_BACK = 600;
const FOLDER = 'Sidechain';
/** Has to be a multiple of ten seconds, which is how often Grafana looks. */
const INTERVAL = '30s';

/** A uid of at most 40 characters, the same as long as the alert has its name. */
const uidOf = (alert: string): string => {
  const words = alert.replace(/([a-z0-9])([A-Z])/g, '$1-$2').replace(/[^A-Za-z0-9]+/g, '-');
  const uid = `alert-${words.toLowerCase()}`;
  if (uid.length > 40) throw new Error(`The alert ${alert} needs a shorter name: Grafana takes uids of 40 characters.`);
  return uid;
};

/** Prometheus has one `$value`; Grafana has one for each query, by its name. */
const templated = (text: string): string => text.replace(/\$value\b/g, '$values.query.Value');

/**
 * Where the runbooks can be read: in the Grafana of docker-compose.dev.yml, which has them mounted among its own files.
 * Of a path without a host Grafana makes a link in one place and plain text in another.
 */
const RUNBOOKS = 'http://localhost:3000/public/runbooks/';
const linked = (text: string): string => text.replace(/^docs\/runbooks\//, RUNBOOKS);

const expression = (refId: string, model: Record<string, unknown>) => ({
  refId,
  datasourceUid: '__expr__',
  model: { refId, datasource: { type: '__expr__', uid: '__expr__' }, ...model },
});

/**
 * In Prometheus whatever a rule returns is on fire, also a 0 (`up == 0`), and nothing is fine. Grafana wants a number
 * above a threshold. These three steps say the first in terms of the second; Grafana's own import makes the same ones.
 */
const steps = (expr: string) => [
  {
    refId: 'query',
    datasourceUid: PROMETHEUS.uid,
    relativeTimeRange: { from: LOOK_BACK, to: 0 },
    model: { refId: 'query', datasource: PROMETHEUS, expr: expr.trim(), instant: true, range: false },
  },
  expression('firing', { type: 'math', expression: 'is_number($query) || is_nan($query) || is_inf($query)' }),
  expression('threshold', {
    type: 'threshold',
    expression: 'firing',
    conditions: [{ evaluator: { type: 'gt', params: [0] } }],
  }),
];

/** The panel that an alert is linked to; none for an alert that has no entry in alert-panels.ts. */
const panelOf = (alert: string, dashboards: readonly Dashboard[]) => {
  const wanted = ALERT_PANELS[alert];
  if (wanted === undefined) return {};
  const panels = dashboards.find(({ uid }) => uid === wanted.dashboard)?.panels ?? [];
  const panel = panels.find(({ title }) => title === wanted.panel);
  if (panel?.id === undefined) throw new Error(`${alert} is to be linked to "${wanted.panel}", which is not there.`);
  return { dashboardUid: wanted.dashboard, panelId: panel.id };
};

const toGrafana = (rule: Rule, dashboards: readonly Dashboard[]) => ({
  uid: uidOf(rule.alert),
  title: rule.alert,
  condition: 'threshold',
  data: steps(rule.expr),
  ...panelOf(rule.alert, dashboards),
  // A rule that returns nothing has nothing to complain about.
  noDataState: 'OK',
  // That Prometheus cannot be asked must not look as if all were well.
  execErrState: 'Error',
  // As in Prometheus, an alert ends when its series does.
  missing_series_evals_to_resolve: 1,
  for: rule.for,
  ...(rule.keep_firing_for === undefined ? {} : { keepFiringFor: rule.keep_firing_for }),
  annotations: Object.fromEntries(
    Object.entries(rule.annotations).map(([name, text]) => [name, linked(templated(text))]),
  ),
  labels: rule.labels,
});

const HEAD = ` Made by \`npm run dashboards\` out of prometheus/rules/alerts.yml; change it there.
 The same alerts for Grafana's alerting as for Prometheus': connect one of the two to whoever is to be told.`;

/**
 * Turns Prometheus' alert rules into a file that Grafana provisions its alerting from.
 * @throws ZodError for a rule with something that this does not know.
 */
export const alertFile = (rules: string, dashboards: readonly Dashboard[]): string => {
  const { groups } = Rules.parse(parse(rules));
  const document = new Document(
    {
      apiVersion: 1,
      groups: groups.map(({ name, rules }) => ({
        orgId: 1,
        name,
        folder: FOLDER,
        interval: INTERVAL,
        rules: rules.map((rule) => toGrafana(rule, dashboards)),
      })),
    },
    // Each rule in full: whoever reads it should not have to follow references.
    { aliasDuplicateObjects: false },
  );
  document.commentBefore = HEAD;
  return document.toString({ lineWidth: 0 });
};
