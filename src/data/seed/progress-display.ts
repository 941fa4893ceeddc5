import type { Progress } from './fill.ts';

const WIDTH = 28;

export interface ProgressDisplay {
  show(progress: Progress): void;
  /** Leaves the line of the bar. */
  end(): void;
}

export const grouped = (value: number): string => Math.round(value).toLocaleString('en-US');

/** A bar that is redrawn in place on a terminal; elsewhere one plain line per step and per ten seconds. */
export const createProgressDisplay = (
  out: NodeJS.WriteStream,
  clock: () => number = () => performance.now(),
): ProgressDisplay => {
  const startedAt = clock();
  let lastAt = Number.NEGATIVE_INFINITY;
  let lastStep = '';
  let drawn = false;
  return {
    show({ step, done, rows }) {
      const time = clock();
      const pause = out.isTTY ? 80 : 10_000;
      if (time - lastAt < pause && (out.isTTY || step === lastStep)) return;
      const seconds = Math.max(0.001, (time - startedAt) / 1000);
      lastAt = time;
      lastStep = step;
      const percent = `${Math.floor(done * 100)}%`.padStart(4);
      const figures = `${step.padEnd(15)} ${grouped(rows).padStart(11)} rows  ${grouped(rows / seconds).padStart(9)}/s`;
      if (!out.isTTY) {
        out.write(`${percent}  ${figures}\n`);
        return;
      }
      const filled = Math.round(done * WIDTH);
      const line = `${percent} [${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}] ${figures}`;
      out.write(`\r\u001b[2K${line.slice(0, Math.max(20, (out.columns ?? 80) - 1))}`);
      drawn = true;
    },
    end() {
      if (drawn) out.write('\r\u001b[2K');
      drawn = false;
    },
  };
};
