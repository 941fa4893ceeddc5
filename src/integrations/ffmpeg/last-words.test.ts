import { describe, expect, it } from 'vitest';
import { LastWords, lastLines } from './last-words.ts';

const said = (...texts: (string | Buffer)[]): string => {
  const words = new LastWords();
  for (const text of texts) words.add(Buffer.from(text));
  return words.text();
};

describe('the last words of ffmpeg', () => {
  it('are its last lines, with no place of this machine in them', () => {
    expect(
      said('[mp3 @ 0x55d0', 'c8] bad\nfile:/var/lib/sidechain/work/a-b/source.mp3: Invalid data\n/tmp/x/y.wav: no\n'),
    ).toBe('[mp3] bad\nsource.mp3: Invalid data\ny.wav: no');
  });

  it('keep the end of very much, in little memory', () => {
    const words = new LastWords();
    for (let line = 0; line < 100_000; line += 1) words.add(Buffer.from(`line ${line}\n`));
    expect(words.text().length).toBeLessThanOrEqual(4096);
    expect(words.text().endsWith('line 99999')).toBe(true);
    expect(lastLines(words.text()).split('\n')).toHaveLength(8);
    expect(lastLines('x'.repeat(10_000))).toHaveLength(2000);
  });

  it('steer no terminal and forge no line', () => {
    expect(said('title: \u001b[31mred\u0007\u202egnp\u2028fake\u0000\n')).toBe('title:  [31mred  gnp fake');
    expect(said(Buffer.from([0x61, 0xff, 0xfe, 0x0a]))).toBe('a');
  });

  it('leave out what a progress bar has written over', () => {
    expect(said('size=1\rsize=2\rsize=3\nend\n')).toBe('size=3\nend');
  });
});
