import { FilterError } from '../filter-error.ts';
import { readDuration, readNumber } from './numbers.ts';
import { readString } from './strings.ts';

/** A piece of the text. `position` and `end` count from 0; `end` is behind it. */
export type Token = { readonly position: number; readonly end: number } & (
  | { readonly kind: 'sign'; readonly text: string }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'attribute'; readonly scope: string; readonly name: string }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'number'; readonly value: number | bigint }
  | { readonly kind: 'duration'; readonly value: bigint }
  | { readonly kind: 'end' }
);

/** Longest first: the first that fits is taken. */
const signs = [
  ...['&>>', '&<<', '!>>', '!<<'],
  ...['&&', '||', '&>', '&<', '&~', '!>', '!<', '!=', '!~', '>>', '<<', '>=', '<=', '=~', '=='],
  ...['!', '>', '<', '=', '|', '~', '{', '}', '(', ')', ',', '+', '-', '*', '/', '%', '^'],
];

const word = /[A-Za-z_][\w]*(?::[A-Za-z_]\w*)?/y;
const amount = /\.?\d[\w.µμ]*(?:(?<=e)[+-]\d+)?/iy;
/** Comments are space. */
const space = /(?:\s|\/\/.*|\/\*[\s\S]*?\*\/)*/y;

/** Ends the name of an attribute, as in Tempo's lexer. */
const ending = /[\s{}()=~!<>&|^,]/;

/** @throws FilterError with the position of what is no TraceQL at all */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (let at = skipSpace(text, 0); at < text.length; ) {
    const token = readToken(text, at);
    tokens.push(token);
    at = skipSpace(text, token.end);
  }
  tokens.push({ kind: 'end', position: text.length, end: text.length });
  return tokens;
}

function readToken(text: string, position: number): Token {
  const first = text[position] ?? '';
  if (first === '"' || first === '`') return { kind: 'text', position, ...readString(text, position) };
  if (first === "'") throw new FilterError('q', 'text stands in double quotes or backticks', position);
  const digits = match(amount, text, position);
  if (digits !== undefined) return readAmount(digits, position);
  if (first === '.') return readAttribute(text, position, '', position + 1);
  const name = match(word, text, position);
  if (name !== undefined) {
    const end = position + name.length;
    if (text[end] === '.' && !name.includes(':')) return readAttribute(text, position, name, end + 1);
    return { kind: 'word', text: name, position, end };
  }
  const sign = signs.find((candidate) => text.startsWith(candidate, position));
  if (sign !== undefined) return { kind: 'sign', text: sign, position, end: position + sign.length };
  const strange = String.fromCodePoint(text.codePointAt(position) ?? 0);
  throw new FilterError('q', `"${strange}" means nothing in TraceQL`, position);
}

function readAmount(digits: string, position: number): Token {
  const end = position + digits.length;
  const number = readNumber(digits);
  if (number !== undefined) return { kind: 'number', value: number, position, end };
  const duration = readDuration(digits);
  if (duration !== undefined) return { kind: 'duration', value: duration, position, end };
  throw new FilterError('q', `"${digits}" is no number and no duration, such as 100ms or 1.5s`, position);
}

function readAttribute(text: string, position: number, scope: string, from: number): Token {
  let name = '';
  let end = from;
  while (end < text.length && !ending.test(text[end] ?? '')) {
    if (text[end] === '"') {
      const quoted = readString(text, end);
      name += quoted.value;
      end = quoted.end;
    } else {
      name += text[end];
      end++;
    }
  }
  if (name === '') throw new FilterError('q', `expected the name of an attribute after "${scope}."`, from);
  return { kind: 'attribute', scope, name, position, end };
}

function skipSpace(text: string, from: number): number {
  return from + (match(space, text, from)?.length ?? 0);
}

function match(pattern: RegExp, text: string, from: number): string | undefined {
  pattern.lastIndex = from;
  return pattern.exec(text)?.[0];
}
