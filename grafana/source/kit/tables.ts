import { LogsDedupStrategy, LogsSortOrder, TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common';
import type { DynamicConfigValue } from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as Logs } from '@grafana/grafana-foundation-sdk/logs';
import { PanelBuilder as NodeGraph } from '@grafana/grafana-foundation-sdk/nodegraph';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { fill, type Link, type PanelText, type Placed, pathTo } from './panel.ts';
import { logLines, type Query, serviceGraph, traces } from './queries.ts';
import { type Limits, thresholds, UNITS, type Unit } from './style.ts';

/** A column of numbers, made by a query of its own. */
export interface Column {
  title: string;
  query: Query;
  unit: Unit;
  limits?: Limits;
}

interface TablePanel extends PanelText {
  /** The label that says what a row is, and how to call it. */
  row: { label: string; title: string; link?: Link };
  columns: readonly Column[];
  /** The title of the column that is sorted by, largest first. */
  sortBy: string;
  width?: number;
  height?: number;
}

const columnStyle = ({ unit, limits }: Column): DynamicConfigValue[] => [
  { id: 'unit', value: unit },
  ...(limits
    ? [
        { id: 'thresholds', value: thresholds(limits).build() },
        { id: 'custom.cellOptions', value: { type: 'color-text' } },
      ]
    : []),
];

const rowLink = (link: Link): DynamicConfigValue[] => [
  { id: 'links', value: [{ title: link.title, url: pathTo(link.dashboard, link.variables) }] },
];

/** One row for each value of a label, one column for each query. */
export const table = (spec: TablePanel): Placed => {
  const { row, columns } = spec;
  const ids = columns.map((_, index) => `Value #${'ABCDEFGHIJ'.charAt(index)}`);
  const panel = fill(
    new Table(),
    spec,
    columns.map(({ query }) => query),
  )
    .unit(UNITS.count)
    .withTransformation({ id: 'merge', options: {} })
    .withTransformation({
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries([row.label, ...ids].map((name, index) => [name, index])),
        renameByName: Object.fromEntries([
          [row.label, row.title],
          ...columns.map(({ title }, index) => [ids[index], title]),
          // The only query of a table has no letter in Prometheus, and one in Loki.
          ...(columns.length === 1 ? columns.map(({ title }) => ['Value', title]) : []),
        ]),
      },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName(spec.sortBy).desc(true)])
    .filterable(true);
  for (const column of columns) panel.overrideByName(column.title, columnStyle(column));
  if (row.link) panel.overrideByName(row.title, rowLink(row.link));
  return { width: spec.width ?? 24, height: spec.height ?? 9, panel };
};

/** Traces by TraceQL, one row each, its id a link to the trace. */
export const traceTable = (
  spec: PanelText & { query: string; limit?: number; width?: number; height?: number },
): Placed => ({
  width: spec.width ?? 24,
  height: spec.height ?? 9,
  panel: fill(new Table(), spec, [traces(spec.query, spec.limit)]).filterable(true),
});

export const logPanel = (spec: PanelText & { query: string; limit?: number; height?: number }): Placed => ({
  width: 24,
  height: spec.height ?? 14,
  panel: fill(new Logs(), spec, [logLines(spec.query, spec.limit)])
    .showTime(true)
    .showLabels(false)
    .showCommonLabels(false)
    .wrapLogMessage(true)
    .prettifyLogMessage(false)
    // Where the link to the trace is.
    .enableLogDetails(true)
    .sortOrder(LogsSortOrder.Descending)
    .dedupStrategy(LogsDedupStrategy.None),
});

export const serviceMap = (spec: PanelText & { height?: number }): Placed => ({
  width: 24,
  height: spec.height ?? 12,
  panel: fill(new NodeGraph(), spec, [serviceGraph()]),
});
