import { FilterError } from '../filter-error.ts';
import { type Token, tokenize } from './tokens.ts';

/** How deep parentheses and `!` may be nested. */
const deepest = 50;

/** The tokens of a text, one after the other. */
export class Reader {
  readonly text: string;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  /** @throws FilterError for what is no token */
  constructor(text: string) {
    this.text = text;
    this.#tokens = tokenize(text);
  }

  get next(): Token {
    return this.#tokens[this.#index] ?? { kind: 'end', position: this.text.length, end: this.text.length };
  }

  advance(): Token {
    const token = this.next;
    this.#index++;
    return token;
  }

  at(sign: string): boolean {
    return this.next.kind === 'sign' && this.next.text === sign;
  }

  take(sign: string): Token | undefined {
    return this.at(sign) ? this.advance() : undefined;
  }

  /** Takes the next token when it is one of these signs. */
  takeOne<T>(signs: Readonly<Record<string, T>>): T | undefined {
    const { next } = this;
    if (next.kind !== 'sign' || !Object.hasOwn(signs, next.text)) return undefined;
    this.advance();
    return signs[next.text];
  }

  /** @throws FilterError when something else comes */
  need(sign: string, why: string): void {
    if (this.take(sign) === undefined) throw this.expected(`${sign} ${why}`);
  }

  expected(what: string): FilterError {
    const { next } = this;
    const found = next.kind === 'end' ? 'the end' : `"${this.source(next)}"`;
    return new FilterError('q', `expected ${what}, found ${found}`, next.position);
  }

  /** A token as it was written, cut when it is long. */
  source(token: Token): string {
    const written = this.text.slice(token.position, token.end);
    return written.length > 60 ? `${written.slice(0, 60)}…` : written;
  }

  /** @throws FilterError when it is nested too deep */
  nested<T>(parse: () => T): T {
    if (++this.#depth > deepest) throw new FilterError('q', `nested deeper than ${deepest}`, this.next.position);
    const result = parse();
    this.#depth--;
    return result;
  }
}
