import {
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import {
  type DynamicConfigValue,
  FieldColorBuilder,
  FieldColorModeId,
  ThresholdsConfigBuilder,
  ThresholdsMode,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** Grafana's names of units. */
export const UNITS = {
  seconds: 's',
  bytes: 'bytes',
  share: 'percentunit',
  perSecond: 'ops',
  requests: 'reqps',
  bytesPerSecond: 'Bps',
  count: 'short',
  flag: 'bool_on_off',
  cores: 'short',
} as const;
export type Unit = (typeof UNITS)[keyof typeof UNITS];

/** From which value on a number is a warning, and from which on somebody has to act. */
export interface Limits {
  warn?: number;
  act?: number;
  /** The other way round: a number is good when it is high. */
  below?: boolean;
}

export const thresholds = ({ warn, act, below = false }: Limits): ThresholdsConfigBuilder => {
  const steps: { value: number | null; color: string }[] = [{ value: null, color: below ? 'red' : 'green' }];
  if (below) {
    if (act !== undefined) steps.push({ value: act, color: 'yellow' });
    if (warn !== undefined) steps.push({ value: warn, color: 'green' });
  } else {
    if (warn !== undefined) steps.push({ value: warn, color: 'yellow' });
    if (act !== undefined) steps.push({ value: act, color: 'red' });
  }
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
};

/** Each series in a colour that stays the same when others come and go. */
export const byName = (): FieldColorBuilder => new FieldColorBuilder().mode(FieldColorModeId.PaletteClassicByName);
export const byLimits = (): FieldColorBuilder => new FieldColorBuilder().mode(FieldColorModeId.Thresholds);

export const legend = (): VizLegendOptionsBuilder =>
  new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.Table)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs(['lastNotNull', 'mean', 'max']);

/** Every series at the moment under the pointer, the largest first. */
export const tooltip = (): VizTooltipOptionsBuilder =>
  new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending);

export const stacked = (): StackingConfigBuilder => new StackingConfigBuilder().mode(StackingMode.Normal).group('A');

export const limitLines = (): GraphThresholdsStyleConfigBuilder =>
  new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed);

/** How a line becomes one number. */
export const reduced = (by: 'lastNotNull' | 'sum'): ReduceDataOptionsBuilder =>
  new ReduceDataOptionsBuilder().calcs([by]).values(false);

export const fixedColour = (colour: string): DynamicConfigValue[] => [
  { id: 'color', value: { mode: FieldColorModeId.Fixed, fixedColor: colour } },
];
