import { readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';

/** What a benchmark is given. */
export interface BenchOptions {
  /** How often each variant is run, in turn. */
  pairs: number;
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
  /** Named quotients of medians. */
  ratios: Record<string, number>;
}

export type Bench = (options: BenchOptions) => Promise<BenchResult>;

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
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

const HEADINGS = ['variant', 'metric', 'median', 'min', 'max'];

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
  const rows = Object.entries(samples).flatMap(([variant, metrics]) =>
    Object.entries(metrics).map(([metric, values]) => [
      variant,
      metric,
      short(median(values)),
      short(Math.min(...values)),
      short(Math.max(...values)),
    ]),
  );
  const widths = HEADINGS.map((_, column) => Math.max(...[HEADINGS, ...rows].map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('  ');
  const parts = [
    `${name}: ${pairs} runs of each variant in turn, ${Math.round(seconds)} s`,
    `machine: ${machine()}`,
    `versions: ${Object.entries(versions)
      .map(([what, version]) => `${what} ${version}`)
      .join(', ')}`,
    '',
    line(HEADINGS),
    ...rows.map(line),
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
