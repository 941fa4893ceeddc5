export interface PlotSeries {
  name: string;
  /** x, y, and the least and the most that y was. */
  points: readonly (readonly [x: number, y: number, min?: number, max?: number])[];
}

export interface Plot {
  title: string;
  xLabel: string;
  yLabel: string;
  series: readonly PlotSeries[];
  /** What stands at the points of the x axis instead of their numbers: points are then evenly apart. */
  xNames?: readonly string[];
}

const WIDTH = 640;
const HEIGHT = 360;
const LEFT = 64;
const RIGHT = 16;
const TOP = 64;
const BOTTOM = 52;

/** Dark enough on white and light enough on black, and apart for those who do not see red and green (Okabe and Ito). */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00', '#56b4e9'];

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const short = (value: number): string =>
  Math.abs(value) >= 10_000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3)));

/** A step of 1, 2 or 5 times a power of ten that divides `range` into about five. */
const stepOf = (range: number): number => {
  const raw = range / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  return power * ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10);
};

interface Scale {
  at(value: number): number;
  ticks: readonly (readonly [value: number, label: string])[];
}

/** Logarithmic where the values span more than a factor of 20. */
const xScale = (values: readonly number[], names: readonly string[] | undefined): Scale => {
  const width = WIDTH - LEFT - RIGHT;
  const distinct = [...new Set(values)].sort((a, b) => a - b);
  const [least = 0] = distinct;
  const most = distinct.at(-1) ?? 1;
  const label = (value: number, place: number): string => names?.[place] ?? short(value);
  const ticks = distinct.map((value, place) => [value, label(value, place)] as const);
  const share = (value: number): number => {
    if (names) return (distinct.indexOf(value) + 0.5) / distinct.length;
    if (most === least) return 0.5;
    const isLogarithmic = least > 0 && most / least > 20;
    const part = isLogarithmic ? Math.log(value / least) / Math.log(most / least) : (value - least) / (most - least);
    return 0.04 + part * 0.92;
  };
  return { at: (value) => LEFT + share(value) * width, ticks };
};

const yScale = (values: readonly number[]): Scale => {
  const height = HEIGHT - TOP - BOTTOM;
  const step = stepOf(Math.max(...values, 1e-9));
  const top = Math.ceil(Math.max(...values, step) / step) * step;
  const count = Math.round(top / step);
  const ticks = Array.from({ length: count + 1 }, (_, place) => [place * step, short(place * step)] as const);
  return { at: (value) => TOP + (1 - value / top) * height, ticks };
};

const drawSeries = ({ name, points }: PlotSeries, place: number, x: Scale, y: Scale): string => {
  const colour = COLOURS[place % COLOURS.length];
  const dots = points.map(([px, py]) => `${x.at(px).toFixed(1)},${y.at(py).toFixed(1)}`);
  const spread = points.flatMap(([px, , min, max]) =>
    min === undefined || max === undefined
      ? []
      : [
          `<line x1="${x.at(px).toFixed(1)}" x2="${x.at(px).toFixed(1)}" y1="${y.at(min).toFixed(1)}" y2="${y.at(max).toFixed(1)}" />`,
        ],
  );
  const legendX = LEFT + (place % 3) * 190;
  const legendY = 38 + Math.floor(place / 3) * 15;
  return [
    `<g stroke="${colour}" fill="${colour}">`,
    `<polyline points="${dots.join(' ')}" fill="none" stroke-width="2" />`,
    ...spread,
    ...dots.map((dot) => `<circle cx="${dot.split(',')[0]}" cy="${dot.split(',')[1]}" r="3" />`),
    `<rect x="${legendX}" y="${legendY - 8}" width="12" height="8" /></g>`,
    `<text x="${legendX + 17}" y="${legendY}">${escaped(name)}</text>`,
  ].join('\n');
};

const drawPlot = ({ title, xLabel, yLabel, series, xNames }: Plot): string => {
  const points = series.flatMap((one) => one.points);
  const x = xScale(
    points.map(([value]) => value),
    xNames,
  );
  const y = yScale(points.map(([, value, , max]) => max ?? value));
  const bottom = HEIGHT - BOTTOM;
  const middle = LEFT + (WIDTH - LEFT - RIGHT) / 2;
  return [
    `<text x="${LEFT}" y="18" font-size="14" font-weight="bold">${escaped(title)}</text>`,
    ...y.ticks.flatMap(([value, label]) => [
      `<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y.at(value).toFixed(1)}" y2="${y.at(value).toFixed(1)}" />`,
      `<text x="${LEFT - 6}" y="${(y.at(value) + 4).toFixed(1)}" text-anchor="end">${label}</text>`,
    ]),
    ...x.ticks.map(
      ([value, label]) =>
        `<text x="${x.at(value).toFixed(1)}" y="${bottom + 18}" text-anchor="middle">${escaped(label)}</text>`,
    ),
    `<text x="${middle}" y="${HEIGHT - 12}" text-anchor="middle">${escaped(xLabel)}</text>`,
    `<text transform="translate(14 ${(TOP + bottom) / 2}) rotate(-90)" text-anchor="middle">${escaped(yLabel)}</text>`,
    ...series.map((one, place) => drawSeries(one, place, x, y)),
  ].join('\n');
};

/**
 * Lines over one axis, each point with its spread, as a small SVG that is readable on light and dark ground; several
 * plots stand below each other. The y axis begins at 0; the x axis is logarithmic where its values span more than a
 * factor of 20.
 */
export const linePlot = (...plots: readonly Plot[]): string =>
  `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT * plots.length}" font-family="sans-serif" font-size="12" role="img">`,
    `<title>${escaped(plots.map(({ title }) => title).join('; '))}</title>`,
    '<style>text { fill: #333 } .grid { stroke: #8886 } @media (prefers-color-scheme: dark) { text { fill: #ddd } }</style>',
    ...plots.map((plot, place) => `<g transform="translate(0 ${place * HEIGHT})">\n${drawPlot(plot)}\n</g>`),
    '</svg>',
  ].join('\n')}\n`;
