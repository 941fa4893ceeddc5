import type { Database } from '../../data/database.ts';
import { withSpan } from '../../telemetry/spans.ts';

/**
 * Lets so many run at once and has the others wait, in the order they came. A source's time budget is there for a slow
 * source; without this, a hundred feeds at once would spend theirs waiting for each other's database connections.
 */
export class Admission {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await withSpan('feed.wait', {}, () => new Promise<void>((admit) => this.#waiting.push(admit)));
    try {
      return await work();
    } finally {
      // Whoever waits takes this place over.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free += 1;
    }
  }
}

const admissions = new WeakMap<Database, Admission>();
/** A feed reads its four sources at once, but not all the time. */
const CONNECTIONS_PER_FEED = 2;

/** The admission to a database with so many connections. */
export const admissionTo = (db: Database, connections: number): Admission => {
  const known = admissions.get(db) ?? new Admission(Math.max(1, Math.floor(connections / CONNECTIONS_PER_FEED)));
  admissions.set(db, known);
  return known;
};
