const KEPT = 4096;
const LINES = 8;

/** Other people's bytes (a title, a comment) must not steer a terminal or forge a line of a log. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\ufffd]/gu;
/** `file:/some/where/loop.wav` says `loop.wav`: where we keep things is nobody's business, and it differs in each run. */
const PATHS = /(?:file:)?\/(?:[^\s/'":,;]+\/)+/g;
/** `[mp3 @ 0x55d0c8]`: the address says nothing. */
const ADDRESSES = / @ 0x[0-9a-f]+/g;

/** Keeps the end of what a program writes to its standard error, however much it is. */
export class LastWords {
  private kept: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    const all = Buffer.concat([this.kept, chunk]);
    this.kept = all.length > KEPT ? all.subarray(all.length - KEPT) : all;
  }

  /** Its lines, cleaned; those that a progress bar has overwritten are gone. */
  text(): string {
    const lines = this.kept
      .toString('utf8')
      .split('\n')
      .map((line) => line.slice(line.lastIndexOf('\r', line.length - 2) + 1))
      .map((line) => line.replace(PATHS, '').replace(ADDRESSES, '').replace(CONTROL, ' ').trimEnd());
    return lines.filter(Boolean).join('\n');
  }
}

/** The last lines of them, short enough for a span and for a row of a table: 8 lines, 2 kB. */
export const lastLines = (words: string): string => words.split('\n').slice(-LINES).join('\n').slice(-2000);
