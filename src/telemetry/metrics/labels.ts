/**
 * The values that one label may have. Metrics live as long as the process, so a label must never take a value that a
 * stranger can choose: it is either declared, or one of the first `limit` values of a harmless shape, or the fallback.
 */
export class LabelValues {
  readonly #fallback: string;
  readonly #limit: number;
  readonly #shape: RegExp;
  readonly #known = new Set<string>();
  #closed = false;

  constructor(fallback: string, limit = 100, shape = /^[\w:.-]{1,64}$/) {
    this.#fallback = fallback;
    this.#limit = limit;
    this.#shape = shape;
  }

  /** Adds values; from then on nothing but declared values is let through. */
  declare(values: Iterable<string>): void {
    if (!this.#closed) this.#known.clear();
    this.#closed = true;
    for (const value of values) this.#known.add(value);
  }

  /** `value`, or the fallback when it is not in the set. */
  of(value: string | undefined): string {
    if (value === undefined) return this.#fallback;
    if (this.#known.has(value)) return value;
    if (this.#closed || this.#known.size >= this.#limit || !this.#shape.test(value)) return this.#fallback;
    this.#known.add(value);
    return value;
  }
}

/** A set that is closed from the start. */
export const closedSet = (fallback: string, values: Iterable<string>): LabelValues => {
  const set = new LabelValues(fallback);
  set.declare(values);
  return set;
};
