import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { DashboardLinkBuilder, DashboardLinkType, type Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import type { Query } from './queries.ts';
import { type Limits, thresholds, type Unit } from './style.ts';

/** Where a panel leads: another dashboard of ours, with the time and, by `variables`, the choice taken along. */
export interface Link {
  title: string;
  dashboard: string;
  variables?: Record<string, string>;
}

/** What every panel has, whatever it draws. */
export interface PanelText {
  title: string;
  /** What it tells, and what to do when it looks bad. Shown at the panel's (i). */
  description: string;
  links?: readonly Link[];
}

export interface NumberPanel extends PanelText {
  unit: Unit;
  queries: readonly Query[];
  limits?: Limits;
  decimals?: number;
  min?: number;
  max?: number;
}

/** A panel and how much room it takes; layout.ts finds its place. 24 columns are a row; one unit of height is 30 px. */
export interface Placed {
  width: number;
  height: number;
  panel: PanelBuilder;
}

/** What the SDK's builders of panels have in common; they have no type in common. */
export interface PanelBuilder extends Builder<Panel> {
  id(id: number): this;
  title(title: string): this;
  description(description: string): this;
  links(links: Builder<NonNullable<Panel['links']>[number]>[]): this;
  datasource(datasource: NonNullable<Panel['datasource']>): this;
  targets(targets: Builder<Dataquery>[]): this;
  gridPos(position: NonNullable<Panel['gridPos']>): this;
}

interface NumberPanelBuilder extends PanelBuilder {
  unit(unit: string): this;
  thresholds(limits: ReturnType<typeof thresholds>): this;
  decimals(decimals: number): this;
  min(min: number): this;
  max(max: number): this;
}

const REF_IDS = 'ABCDEFGHIJ';

/** The path of a dashboard. Its variables keep their values where the other has one of the same name. */
export const pathTo = (dashboard: string, variables: Record<string, string> = {}): string => {
  const chosen = Object.entries(variables).map(
    // What Grafana is to fill in, it also encodes.
    ([name, value]) => `&var-${name}=${value.startsWith('$') ? value : encodeURIComponent(value)}`,
  );
  return `/d/${dashboard}?\${__url_time_range}${chosen.join('')}`;
};

export const linkTo = ({ title, dashboard, variables }: Link): DashboardLinkBuilder =>
  new DashboardLinkBuilder(title).type(DashboardLinkType.Link).url(pathTo(dashboard, variables));

/** Gives a panel its words and its queries. */
export const fill = <B extends PanelBuilder>(panel: B, text: PanelText, queries: readonly Query[]): B => {
  const targets = queries.map((query, index) => query.refId(REF_IDS.charAt(index)));
  const datasource = targets[0]?.build().datasource;
  if (datasource === undefined) throw new Error(`The panel "${text.title}" has no query.`);
  return panel
    .title(text.title)
    .description(text.description)
    .datasource(datasource)
    .targets(targets)
    .links((text.links ?? []).map(linkTo));
};

/** The same for a panel that shows numbers: with their unit and what is too much. */
export const fillNumbers = <B extends NumberPanelBuilder>(panel: B, spec: NumberPanel): B => {
  fill(panel, spec, spec.queries)
    .unit(spec.unit)
    .thresholds(thresholds(spec.limits ?? {}));
  if (spec.decimals !== undefined) panel.decimals(spec.decimals);
  if (spec.min !== undefined) panel.min(spec.min);
  if (spec.max !== undefined) panel.max(spec.max);
  return panel;
};
