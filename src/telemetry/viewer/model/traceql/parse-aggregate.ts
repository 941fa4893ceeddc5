import { FilterError } from '../filter-error.ts';
import { parseOperand } from './parse-operand.ts';
import { type Aggregate, type AggregateName, type Operand, typeOf } from './query.ts';
import type { Reader } from './reader.ts';
import type { Token } from './tokens.ts';
import { arithmetic, comparisons, unsupported } from './vocabulary.ts';

const names = new Set<string>(['count', 'avg', 'min', 'max', 'sum'] satisfies AggregateName[]);

export function startsAggregate(token: Token): boolean {
  return token.kind === 'word' && names.has(token.text);
}

/**
 * `count() > 2`, `avg(duration) > 100ms`.
 * @throws FilterError
 */
export function parseAggregate(reader: Reader): Aggregate {
  const start = reader.advance();
  const name = reader.source(start) as AggregateName;
  reader.need('(', `after ${name}`);
  const field = name === 'count' ? undefined : parseField(reader, name);
  if (reader.next.kind === 'sign' && arithmetic.has(reader.next.text))
    throw unsupported('arithmetic', reader.next.position);
  reader.need(')', name === 'count' ? 'after count(' : `to close ${name}(`);
  const written = reader.text.slice(start.position, reader.next.position).trim();
  const operator = reader.takeOne(comparisons);
  if (operator === undefined) throw reader.expected(`a comparison after ${written}`);
  const { position } = reader.next;
  const value = parseOperand(reader);
  if (value.kind !== 'literal') throw unsupported('a comparison of an aggregate with anything but a value', position);
  if (value.type !== 'number' && value.type !== 'duration') {
    throw new FilterError('q', `${written} is a number: it cannot be compared with this`, position);
  }
  return { kind: 'aggregate', name, field, operator, value };
}

function parseField(reader: Reader, name: string): Operand {
  const { position } = reader.next;
  const field = parseOperand(reader);
  const type = typeOf(field);
  if (field.kind === 'literal' || (type !== 'any' && type !== 'number' && type !== 'duration')) {
    throw new FilterError('q', `${name}() needs a duration, a number or an attribute`, position);
  }
  return field;
}
