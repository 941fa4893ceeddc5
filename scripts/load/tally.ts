/** What was answered, and how fast. */
export class Tally {
  readonly #began = performance.now();
  readonly #statuses = new Map<number, number>();
  readonly #seconds = new Map<string, number[]>();
  #count = 0;

  add(method: string, path: string, status: number, seconds: number): void {
    this.#count += 1;
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
    const what = `${method} ${templateOf(path)}`;
    const known = this.#seconds.get(what) ?? [];
    known.push(seconds);
    this.#seconds.set(what, known);
  }

  statusCount(status: number): number {
    return this.#statuses.get(status) ?? 0;
  }

  /** Seconds since the first. */
  get elapsed(): number {
    return (performance.now() - this.#began) / 1000;
  }

  /** One line. */
  progress(running: number): string {
    const all = [...this.#seconds.values()].flat();
    const rate = this.#count / this.elapsed;
    const failed = [...this.#statuses].filter(([status]) => status === 0 || status >= 500);
    const bad = failed.reduce((sum, [, count]) => sum + count, 0);
    return `${Math.round(this.elapsed)} s  ${this.#count} requests  ${rate.toFixed(1)}/s  p50 ${ms(all, 0.5)}  p95 ${ms(all, 0.95)}  ${bad} failed  ${running} running`;
  }

  summary(): string {
    const statuses = [...this.#statuses]
      .toSorted(([a], [b]) => a - b)
      .map(([status, count]) => `${status === 0 ? 'no answer' : status}: ${count}`);
    const rows = [...this.#seconds]
      .toSorted(([, a], [, b]) => b.length - a.length)
      .map(([what, seconds]) => [what, String(seconds.length), ms(seconds, 0.5), ms(seconds, 0.95), ms(seconds, 1)]);
    const table = [['request', 'count', 'p50', 'p95', 'max'], ...rows];
    const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
    const lines = table.map((row) =>
      row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  '),
    );
    return [...lines, '', `${this.#count} requests in ${Math.round(this.elapsed)} s; ${statuses.join(', ')}`].join(
      '\n',
    );
  }
}

/** Ids out, query away. */
const templateOf = (path: string): string =>
  (path.split('?')[0] ?? path).replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, ':id').replace('/api/v1', '');

const ms = (seconds: readonly number[], share: number): string => {
  const sorted = seconds.toSorted((a, b) => a - b);
  const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  return value === undefined ? '-' : `${(value * 1000).toFixed(value < 0.1 ? 1 : 0)} ms`;
};
