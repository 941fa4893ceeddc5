import { FilterError } from '../filter-error.ts';
import { type Comparison, type IntrinsicName, intrinsicTypes, type Literal, type Scope } from './query.ts';

const unscoped: Record<string, IntrinsicName> = {
  duration: 'span:duration',
  name: 'span:name',
  status: 'span:status',
  statusMessage: 'span:statusMessage',
  kind: 'span:kind',
  rootName: 'trace:rootName',
  rootServiceName: 'trace:rootService',
  traceDuration: 'trace:duration',
};

const scopes: Record<string, Scope> = { span: 'span', resource: 'resource', event: 'event', link: 'link' };

const words = new Map<string, Literal>([
  ...['ok', 'error', 'unset'].map((value) => [value, { kind: 'literal', type: 'status', value }] as const),
  ...['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'].map(
    (value) => [value, { kind: 'literal', type: 'kind', value }] as const,
  ),
  ['true', { kind: 'literal', type: 'boolean', value: true }],
  ['false', { kind: 'literal', type: 'boolean', value: false }],
  ['nil', { kind: 'literal', type: 'nil', value: null }],
  ['minInt', { kind: 'literal', type: 'number', value: -(2n ** 63n) }],
  ['maxInt', { kind: 'literal', type: 'number', value: 2n ** 63n - 1n }],
]);

/** What TraceQL has and this viewer has not: data that it does not keep, or what only makes sense in a store. */
const unsupportedFields = new Set(['parent', 'nestedSetLeft', 'nestedSetRight', 'nestedSetParent']);

const unsupportedScopes = new Set(['parent', 'instrumentation']);

/** Functions of TraceQL behind a `|` that do not narrow down what is found. */
export const unsupportedFunctions = new Set([
  'select',
  'by',
  'coalesce',
  'rate',
  'count_over_time',
  'sum_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'quantile_over_time',
  'histogram_over_time',
  'compare',
  'topk',
  'bottomk',
  'with',
]);

export const comparisons: Readonly<Record<Comparison, Comparison>> = {
  '=': '=',
  '!=': '!=',
  '>': '>',
  '>=': '>=',
  '<': '<',
  '<=': '<=',
};

/** Operators that are told to be missing where they are used. */
export const arithmetic: ReadonlySet<string> = new Set(['+', '-', '*', '/', '%', '^']);

/** A literal that is written as a word, such as `error`. */
export function literalWord(text: string): Literal | undefined {
  return words.get(text);
}

/** @throws FilterError when there is none of that name */
export function intrinsicNamed(text: string, position: number): IntrinsicName {
  const name = Object.hasOwn(unscoped, text) ? unscoped[text] : text;
  if (name !== undefined && isIntrinsic(name)) return name;
  if (unsupportedFields.has(text)) throw unsupported(text, position);
  const near = nearest(text);
  const meant = near === undefined ? '' : `; did you mean ${near}?`;
  const attribute = text.includes(':') ? '' : ` An attribute is written span.${text} or .${text}`;
  throw new FilterError(
    'q',
    `there is no intrinsic "${text}"${meant === '' && attribute !== '' ? '.' : meant}${attribute}`,
    position,
  );
}

/** @throws FilterError when attributes have no such scope */
export function scopeNamed(text: string, attribute: string, position: number): Scope {
  if (text === '') return 'any';
  const scope = Object.hasOwn(scopes, text) ? scopes[text] : undefined;
  if (scope !== undefined) return scope;
  if (unsupportedScopes.has(text)) throw unsupported(`${text}.`, position);
  const whole = `${text}.${attribute}`;
  throw new FilterError(
    'q',
    `there is no scope "${text}"; an attribute is written span.${whole} or .${whole}`,
    position,
  );
}

export function unsupported(what: string, position: number): FilterError {
  return new FilterError('q', `${what} is TraceQL, but not supported here`, position);
}

function isIntrinsic(name: string): name is IntrinsicName {
  return Object.hasOwn(intrinsicTypes, name);
}

function nearest(text: string): string | undefined {
  // Most often the field is right and its scope is not.
  const field = text.slice(text.indexOf(':'));
  let best = field.startsWith(':') ? Object.keys(intrinsicTypes).find((name) => name.endsWith(field)) : undefined;
  if (best !== undefined) return best;
  let bestDistance = Math.min(4, Math.ceil(text.length / 3) + 1);
  for (const name of [...Object.keys(unscoped), ...Object.keys(intrinsicTypes), ...words.keys()]) {
    const distance = editDistance(text.toLowerCase().slice(0, 40), name.toLowerCase());
    if (distance < bestDistance) {
      best = name;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein's: how many letters have to be put in, taken out or changed. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const changed = (row[j] ?? 0) + Number(a[i] !== b[j]);
      next.push(Math.min(changed, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
