import { PanelBuilder as BarGauge } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  AxisPlacement,
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  HeatmapCellLayout,
  TooltipDisplayMode,
  VisibilityMode,
  VizOrientation,
} from '@grafana/grafana-foundation-sdk/common';
import {
  PanelBuilder as Heatmap,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  HeatmapColorScale,
  HeatmapTooltipBuilder,
  RowsHeatmapOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { fill, fillNumbers, type NumberPanel, type PanelText, type Placed } from './panel.ts';
import type { Query } from './queries.ts';
import { byLimits, byName, fixedColour, legend, limitLines, reduced, stacked, tooltip, UNITS } from './style.ts';

interface TimeSeriesPanel extends NumberPanel {
  width?: number;
  height?: number;
  /** On top of each other, for parts of a whole. */
  stack?: boolean;
  bars?: boolean;
  /** Colours by the name of a series, for those whose meaning has one. */
  colours?: Readonly<Record<string, string>>;
}

/** Lines over time. */
export const timeSeries = (spec: TimeSeriesPanel): Placed => {
  const panel = fillNumbers(new TimeSeries(), { min: 0, ...spec })
    .legend(legend())
    .tooltip(tooltip())
    .colorScheme(byName())
    .drawStyle(spec.bars ? GraphDrawStyle.Bars : GraphDrawStyle.Line)
    .lineWidth(1)
    .fillOpacity(spec.stack ? 40 : 8)
    .showPoints(VisibilityMode.Auto)
    // A process that was away for a scrape or two is no end of the line.
    .spanNulls(60_000);
  if (spec.stack) panel.stacking(stacked());
  if (spec.limits) panel.thresholdsStyle(limitLines());
  for (const [name, colour] of Object.entries(spec.colours ?? {})) panel.overrideByName(name, fixedColour(colour));
  return { width: spec.width ?? 12, height: spec.height ?? 8, panel };
};

/** One number now, with its way there behind it. */
export const stat = (spec: NumberPanel & { width?: number; flat?: boolean }): Placed => ({
  width: spec.width ?? 4,
  height: 4,
  panel: fillNumbers(new Stat(), spec)
    .reduceOptions(reduced('lastNotNull'))
    .colorMode(BigValueColorMode.Value)
    .graphMode(spec.flat ? BigValueGraphMode.None : BigValueGraphMode.Area)
    .colorScheme(byLimits())
    .noValue('none yet'),
});

/** A bar for each value of a label: what it is now, or the sum of what it was. */
export const bars = (spec: NumberPanel & { width?: number; height?: number; sum?: boolean }): Placed => ({
  width: spec.width ?? 8,
  height: spec.height ?? 8,
  panel: fillNumbers(new BarGauge(), { min: 0, ...spec })
    .reduceOptions(reduced(spec.sum ? 'sum' : 'lastNotNull'))
    .displayMode(BarGaugeDisplayMode.Gradient)
    .orientation(VizOrientation.Horizontal)
    .colorScheme(byLimits())
    .noValue('none yet'),
});

/** How many took how long, over time: it shows two kinds of requests where a quantile shows one number. */
export const durations = (spec: PanelText & { query: Query; width?: number; height?: number }): Placed => ({
  width: spec.width ?? 12,
  height: spec.height ?? 8,
  panel: fill(new Heatmap(), spec, [spec.query])
    .unit(UNITS.count)
    .yAxis(new YAxisConfigBuilder().unit(UNITS.seconds).axisPlacement(AxisPlacement.Left))
    // Prometheus names a bucket by its upper border.
    .rowsFrame(new RowsHeatmapOptionsBuilder().layout(HeatmapCellLayout.Le))
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        .scheme('Oranges')
        .fill('dark-orange')
        // Exponential, so that the few slow ones are seen beside the many fast ones.
        .scale(HeatmapColorScale.Exponential)
        .exponent(0.5)
        .steps(64),
    )
    .cellGap(1)
    .exemplarsColor('rgba(87,148,242,0.8)')
    .tooltip(new HeatmapTooltipBuilder().mode(TooltipDisplayMode.Single).yHistogram(true))
    .showLegend(),
});
