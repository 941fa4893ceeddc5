import { describe, expect, it } from 'vitest';
import { createProgressDisplay } from './progress-display.ts';

const screen = (isTTY: boolean) => {
  const written: string[] = [];
  const out = { isTTY, columns: 60, write: (text: string) => written.push(text) > 0 };
  return { written, out: out as unknown as NodeJS.WriteStream };
};

describe('the progress display', () => {
  it('is a bar in place on a terminal, never wider than it, and gone at the end', () => {
    const { written, out } = screen(true);
    let time = 0;
    const display = createProgressDisplay(out, () => (time += 1000));
    display.show({ step: 'posts', done: 0.5, rows: 123_456 });
    display.end();
    expect(written[0]).toContain(`\r\u001b[2K 50% [${'█'.repeat(14)}${'░'.repeat(14)}] posts`);
    expect(written[0]?.replace('\r\u001b[2K', '').length).toBeLessThan(60);
    expect(written.at(-1)).toBe('\r\u001b[2K');
  });

  it('is one plain line per step elsewhere', () => {
    const { written, out } = screen(false);
    const display = createProgressDisplay(out, () => 0);
    for (const step of ['posts', 'posts', 'posts', 'likes']) display.show({ step, done: 0.25, rows: 1000 });
    expect(written).toHaveLength(2);
    expect(written.join('')).not.toContain('\u001b');
    expect(written[0]).toMatch(/^ 25% {2}posts +1,000 rows/);
  });
});
