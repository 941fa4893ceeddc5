import type { TraceState } from '@opentelemetry/api';

/** Members of a list, by https://www.w3.org/TR/trace-context-2/#tracestate-header-field-values. */
const MAX_MEMBERS = 32;
/** Characters that we hand on: what the recommendation asks for at least. */
const MAX_LENGTH = 512;
/** What is longer than this goes first where the list is too long. */
const LONG_MEMBER = 128;

/** The keys of Level 2, which has those of Level 1 too. The value may begin with spaces, not end with one. */
const MEMBER =
  /^([a-z0-9][a-z0-9_\-*/@]{0,255})=([\u0020-\u002b\u002d-\u003c\u003e-\u007e]{0,255}[\u0021-\u002b\u002d-\u003c\u003e-\u007e])$/;

type Member = readonly [key: string, value: string];

const textOf = ([key, value]: Member): string => `${key}=${value}`;

const serialize = (members: readonly Member[]): string => members.map(textOf).join(',');

/** What other tracing systems want handed on. We add nothing of our own. */
class HandedOn implements TraceState {
  readonly #members: readonly Member[];

  constructor(members: readonly Member[]) {
    this.#members = members;
  }

  get(key: string): string | undefined {
    return this.#members.find(([name]) => name === key)?.[1];
  }

  set(key: string, value: string): TraceState {
    if (!MEMBER.test(textOf([key, value]))) return this;
    const added: Member = [key, value];
    return new HandedOn(shortened([added, ...this.#without(key)].slice(0, MAX_MEMBERS)));
  }

  unset(key: string): TraceState {
    return new HandedOn(this.#without(key));
  }

  serialize(): string {
    return serialize(this.#members);
  }

  #without(key: string): readonly Member[] {
    return this.#members.filter(([name]) => name !== key);
  }
}

/** Takes out whole members until the rest is short enough: long ones first, then from the end. */
const shortened = (members: readonly Member[]): readonly Member[] => {
  let left = members;
  while (serialize(left).length > MAX_LENGTH) {
    const long = left.findLastIndex((member) => textOf(member).length > LONG_MEMBER);
    left = left.toSpliced(long, 1);
  }
  return left;
};

/** @returns undefined when nothing is in it, or it is invalid: a list that is partly understood is not handed on. */
export const readTraceState = (header: string): TraceState | undefined => {
  const members = new Map<string, string>();
  let count = 0;
  for (const part of header.split(',')) {
    const text = part.trim();
    if (text === '') continue;
    const [, key, value] = MEMBER.exec(text) ?? [];
    count += 1;
    if (key === undefined || value === undefined || count > MAX_MEMBERS) return undefined;
    // The newest stands first, and an older one of the same system is of no use.
    if (!members.has(key)) members.set(key, value);
  }
  return members.size === 0 ? undefined : new HandedOn(shortened([...members]));
};
