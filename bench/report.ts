import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** What a benchmark is given. */
export interface BenchOptions {
  /** How often each variant is run, in turn. */
  pairs: number;
  /** How long one that goes on by the clock may take; its own default where none was given. */
  minutes: number | undefined;
  /** Variants to measure; all where none was given. */
  variants: readonly string[] | undefined;
  /** Tells whoever waits how far it is. */
  say(line: string): void;
}

/** Every value that was measured: of each variant, by metric. */
export type Samples = Record<string, Record<string, number[]>>;

export interface BenchResult {
  /** One line a metric: what it is and how it was measured. */
  notes: readonly string[];
  versions: Record<string, string>;
  samples: Samples;
  /** Named quotients, and the other figures that there is one of. */
  ratios: Record<string, number>;
  /** How often each variant was run, where that is not what was asked for. */
  pairs?: number;
  /** A picture of it, as SVG. */
  plot?: string;
}

export type Bench = (options: BenchOptions) => Promise<BenchResult>;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
};

/**
 * The value that a share of all is at or below, by nearest rank.
 * @param share 0 to 1
 */
export const quantile = (values: ArrayLike<number>, share: number): number => {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
};

/** Three significant digits are more than a shared machine can repeat. */
const short = (value: number): string => String(Number(value.toPrecision(3)));

const versionOf = (name: string): string =>
  (
    JSON.parse(readFileSync(new URL(`../node_modules/${name}/package.json`, import.meta.url), 'utf8')) as {
      version: string;
    }
  ).version;

/** Versions of the packages that a figure depends on, and of Node. */
export const versionsOf = (...packages: string[]): Record<string, string> => ({
  node: process.versions.node,
  ...Object.fromEntries(packages.map((name) => [name, versionOf(name)])),
});

const machine = (): string =>
  `${process.platform} ${process.arch}, ${cpus().length} x ${cpus()[0]?.model.trim() ?? 'unknown'}, ` +
  `${Math.round(totalmem() / 2 ** 30)} GiB, load ${loadavg()[0]?.toFixed(1)} at the end`;

/** A row for each metric, a column for each variant: the median, and where there were several runs their least and most. */
const tableOf = (samples: Samples): string[] => {
  const cell = (values: readonly number[] | undefined): string => {
    if (values === undefined || values.length === 0) return '';
    const middle = short(median(values));
    return values.length === 1 ? middle : `${middle} (${short(Math.min(...values))} to ${short(Math.max(...values))})`;
  };
  const variants = Object.keys(samples);
  const metrics = [...new Set(Object.values(samples).flatMap(Object.keys))];
  const rows = [
    ['', ...variants],
    ...metrics.map((metric) => [metric, ...variants.map((variant) => cell(samples[variant]?.[metric]))]),
  ];
  const widths = ['', ...variants].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows.map((row) =>
    row
      .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
};

/** A table for people; with `json` also one object on the last line for programs. */
export const printReport = (
  {
    name,
    pairs,
    seconds,
    notes,
    versions,
    samples,
    ratios,
  }: BenchResult & {
    name: string;
    pairs: number;
    seconds: number;
  },
  { json }: { json: boolean },
): void => {
  const parts = [
    `${name}: ${pairs} runs of each variant in turn, ${Math.round(seconds)} s`,
    `machine: ${machine()}`,
    `versions: ${Object.entries(versions)
      .map(([what, version]) => `${what} ${version}`)
      .join(', ')}`,
    '',
    ...tableOf(samples),
    '',
    ...Object.entries(ratios).map(([ratio, value]) => `${ratio} = ${short(value)}`),
    ...notes.map((note) => `- ${note}`),
  ];
  console.log(parts.join('\n'));
  if (!json) return;
  const variants = Object.fromEntries(
    Object.entries(samples).map(([variant, metrics]) => [
      variant,
      Object.fromEntries(Object.entries(metrics).map(([metric, values]) => [metric, median(values)])),
    ]),
  );
  console.log(JSON.stringify({ bench: name, versions, pairs, variants, ratios }));
};
