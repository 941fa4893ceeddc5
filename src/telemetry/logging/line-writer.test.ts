import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type LineTarget, LineWriter } from './line-writer.ts';

/** A target in memory that can be exchanged for another one, as a file is when it is rotated. */
class Paper implements LineTarget {
  sheets = [''];
  /** What the next writes do: so many bytes, or this error. */
  readonly script: (number | string)[] = [];
  closed = false;
  pause: number | undefined = 1;

  async ready() {
    return { fd: 0, room: 1000, opened: this.sheets.length };
  }

  wrote(): void {}

  failed(): number | undefined {
    return this.pause;
  }

  async close(): Promise<void> {
    this.closed = true;
  }

  readonly write = async (_: number, buffer: Buffer, offset: number, length: number): Promise<number> => {
    const step = this.script.shift() ?? length;
    await delay(0);
    if (typeof step === 'string') {
      if (step === 'TORN') this.sheets.push('');
      throw Object.assign(new Error(step), { code: step });
    }
    this.sheets[this.sheets.length - 1] += buffer.subarray(offset, offset + Math.min(step, length)).toString();
    return Math.min(step, length);
  };
}

const writerOn = (paper: Paper, maxBytes = 1_000_000): LineWriter => new LineWriter(paper, paper.write, maxBytes);

test('short writes and errors in between neither lose, cut nor double a line', async () => {
  const paper = new Paper();
  paper.script.push(3, 'EAGAIN', 1, 'ENOSPC', 0, 7, 'EAGAIN', 'EAGAIN');
  const writer = writerOn(paper);
  const text = Array.from({ length: 200 }, (_, i) => `line ${i} ж\n`);
  for (const line of text) writer.write(line);
  await writer.close(5000);
  expect(paper.sheets).toEqual([text.join('')]);
  expect(paper.closed).toBe(true);
  expect(writer.stats()).toEqual({ written: 200, lost: 0, queuedBytes: 0 });
});

test('a line that was half written when the file was exchanged stands in the new one as a whole', async () => {
  const paper = new Paper();
  paper.script.push(8, 'TORN');
  const writer = writerOn(paper);
  for (const line of ['first\n', 'second\n', 'third\n']) writer.write(line);
  await writer.close(5000);
  expect(paper.sheets).toEqual(['first\nse', 'second\nthird\n']);
});

test('no more waits than is allowed, and what is lost is counted', async () => {
  const paper = new Paper();
  paper.script.push(...Array.from({ length: 50 }, () => 'EAGAIN'));
  const writer = writerOn(paper, 100);
  for (let i = 0; i < 100; i += 1) writer.write('123456789\n');
  expect(writer.stats()).toEqual({ written: 0, lost: 90, queuedBytes: 100 });
  await writer.close(5000);
  expect(writer.stats()).toEqual({ written: 10, lost: 90, queuedBytes: 0 });
});

test('a target that is gone for good costs nothing more', async () => {
  const paper = new Paper();
  paper.script.push('EPIPE');
  paper.pause = undefined;
  const writer = writerOn(paper);
  writer.write('one\n');
  await delay(100);
  writer.write('two\n');
  expect(writer.stats()).toEqual({ written: 0, lost: 2, queuedBytes: 0 });
  await writer.close(5000);
});

test('closing ends in time though nothing can be written', async () => {
  const paper = new Paper();
  const stuck = new LineWriter(paper, () => new Promise(() => {}), 1000);
  stuck.write('one\n');
  const before = performance.now();
  await stuck.close(50);
  expect(performance.now() - before).toBeLessThan(500);
  expect(stuck.stats().lost).toBe(1);
});
