import winston from 'winston';
import type { LineWriter } from './line-writer.ts';
import type { Line } from './record.ts';

/** Where a winston info carries the line that it stands for. */
export const LINE = Symbol.for('sidechain.log.line');

export interface LineInfo {
  level: string;
  message: string;
  [LINE]: Line;
}

/** winston exports the base class of transports under a name that its types spell otherwise. */
const { Transport } = winston as unknown as { Transport: new () => winston.transport };

/** Hands every line to a `LineWriter`. Never makes winston wait: the writer has a bounded queue of its own. */
export class LineTransport extends Transport {
  readonly #writer: LineWriter;
  readonly #render: (line: Line) => string;

  constructor(writer: LineWriter, render: (line: Line) => string) {
    super();
    this.#writer = writer;
    this.#render = render;
  }

  override log(info: LineInfo, next: () => void): void {
    this.#writer.write(this.#render(info[LINE]));
    next();
  }
}
