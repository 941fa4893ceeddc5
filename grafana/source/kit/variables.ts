import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  type VariableModel,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { ASKED, SERVICE } from './promql.ts';
import { LOKI, PROMETHEUS } from './queries.ts';

export type Variable = Builder<VariableModel>;

interface Choice {
  name: string;
  label: string;
  description: string;
  /** What "All" stands for; `.*` also finds what has no such label. */
  all?: string;
}

/** A choice of any number of values, at first all of them. */
const choice = ({ name, label, description, all = '.*' }: Choice): QueryVariableBuilder =>
  new QueryVariableBuilder(name)
    .label(label)
    .description(description)
    .multi(true)
    .includeAll(true)
    // One short pattern instead of every value there is, and it finds what appears later.
    .allValue(all)
    .current({ selected: true, text: ['All'], value: ['$__all'] })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalCaseInsensitiveAsc);

/** The values of a label of a metric. */
export const labelValues = (spec: Choice & { metric: string; metricLabel: string }): Variable => {
  const query = `label_values(${spec.metric}, ${spec.metricLabel})`;
  return choice(spec)
    .datasource(PROMETHEUS)
    .definition(query)
    .query({ qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' });
};

/** The values of a label of the streams in Loki. */
export const streamLabelValues = (spec: Choice & { streamLabel: string }): Variable =>
  choice(spec)
    .datasource(LOKI)
    .definition(`label_values(${spec.streamLabel})`)
    .query({ type: 1, label: spec.streamLabel, stream: '', refId: 'LokiVariableQueryEditor-VariableQuery' });

/** Free text, empty at first. */
export const text = ({ name, label, description }: Omit<Choice, 'all'>): Variable =>
  new TextBoxVariableBuilder(name)
    .label(label)
    .description(description)
    .defaultValue('')
    .current({ text: '', value: '' });

/** Our processes. */
export const service = (): Variable =>
  labelValues({
    name: 'service',
    label: 'Service',
    description: 'A process of Sidechain, as it calls itself.',
    metric: 'nodejs_version_info{job="sidechain"}',
    metricLabel: 'service',
  });

export const route = (): Variable =>
  labelValues({
    name: 'route',
    label: 'Route',
    description: 'The template of a path; (unknown) is what matches none. Probes of /health are left out.',
    metric: `http_server_request_duration_seconds_count{${SERVICE}, ${ASKED}}`,
    metricLabel: 'http_route',
  });
