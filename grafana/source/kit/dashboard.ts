import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
} from '@grafana/grafana-foundation-sdk/dashboard';
import type { Placed } from './panel.ts';
import { SERVICE } from './promql.ts';
import { PROMETHEUS } from './queries.ts';
import type { Variable } from './variables.ts';

/** A headline and the panels under it, from left to right. */
export interface Row {
  title: string;
  panels: readonly Placed[];
}

interface DashboardSpec {
  /** Fixed: links, bookmarks and alerts point at it. */
  uid: string;
  title: string;
  description: string;
  tags: readonly string[];
  variables: readonly Variable[];
  rows: readonly Row[];
  from?: string;
}

/** The tag that the menu of dashboards goes by. */
const FAMILY = 'sidechain';
const COLUMNS = 24;

const menu = (): Builder<ReturnType<DashboardLinkBuilder['build']>> =>
  new DashboardLinkBuilder('Sidechain')
    .type(DashboardLinkType.Dashboards)
    .tags([FAMILY])
    .asDropdown(true)
    .keepTime(true)
    .includeVars(true)
    .tooltip('The other dashboards, for the same time and the same choice');

/** A line where a process started: much of what looks strange is a restart. */
const restarts = (): AnnotationQueryBuilder =>
  new AnnotationQueryBuilder()
    .name('Restarts')
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor('blue')
    .expr(`changes(process_start_time_seconds{${SERVICE}}[1m]) > 0`)
    .step('30s')
    .titleFormat('{{service}} restarted')
    .textFormat('{{instance}}');

/** Puts the panels of a row side by side, in as many lines as they need, and says where the next row begins. */
const place = (board: DashboardBuilder, row: Row, top: number, nextId: () => number): number => {
  board.withRow(new RowBuilder(row.title).id(nextId()).gridPos({ x: 0, y: top, w: COLUMNS, h: 1 }));
  let x = 0;
  let y = top + 1;
  let lineHeight = 0;
  for (const { width, height, panel } of row.panels) {
    if (x + width > COLUMNS) {
      x = 0;
      y += lineHeight;
      lineHeight = 0;
    }
    board.withPanel(panel.id(nextId()).gridPos({ x, y, w: width, h: height }));
    x += width;
    lineHeight = Math.max(lineHeight, height);
  }
  return y + lineHeight;
};

/** The SDK hides links and annotations in a menu and has no word for the opposite; Grafana's default is to show them. */
const inSight = (built: Dashboard): Dashboard => {
  for (const shown of [...(built.links ?? []), ...(built.annotations?.list ?? [])]) delete shown.placement;
  for (const panel of built.panels ?? []) {
    if ('links' in panel) for (const link of panel.links ?? []) delete link.placement;
  }
  return built;
};

/** Builds a dashboard. Ids of panels count up from 1, so they change only when one is added before others. */
export const dashboard = (spec: DashboardSpec): Dashboard => {
  const board = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([FAMILY, ...spec.tags])
    .timezone('browser')
    .refresh('10s')
    .time({ from: spec.from ?? 'now-30m', to: 'now' })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...spec.variables])
    .annotations([restarts()])
    .links([menu()]);
  let id = 0;
  let top = 0;
  for (const row of spec.rows) {
    top = place(board, row, top, () => {
      id += 1;
      return id;
    });
  }
  return inSight(board.build());
};
