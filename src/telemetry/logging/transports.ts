import winston from 'winston';
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

/** Hands every line to `take`, which never makes winston wait: whoever cannot keep up has a bounded queue of its own. */
export class LineTransport extends Transport {
  readonly #take: (line: Line) => void;

  constructor(take: (line: Line) => void) {
    super();
    this.#take = take;
  }

  override log(info: LineInfo, next: () => void): void {
    this.#take(info[LINE]);
    next();
  }
}
