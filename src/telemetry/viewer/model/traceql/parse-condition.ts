import { FilterError } from '../filter-error.ts';
import { checkComparison, checkRegex } from './check.ts';
import { parseOperand } from './parse-operand.ts';
import { type Condition, type Operand, typeOf } from './query.ts';
import type { Reader } from './reader.ts';
import { compileRegex } from './regex.ts';
import { arithmetic, comparisons, unsupported } from './vocabulary.ts';

const logical = { '&&': 'and', '||': 'or' } as const;

/**
 * What stands between braces.
 * @throws FilterError
 */
export function parseCondition(reader: Reader): Condition {
  let left = parseOne(reader);
  for (let kind = reader.takeOne(logical); kind !== undefined; kind = reader.takeOne(logical)) {
    left = { kind, left, right: parseOne(reader) };
  }
  return left;
}

function parseOne(reader: Reader): Condition {
  if (reader.take('!') !== undefined) return parseNot(reader);
  if (reader.take('(') !== undefined) {
    const inner = reader.nested(() => parseCondition(reader));
    reader.need(')', 'to close the parenthesis');
    if (isComparison(reader)) throw unsupported('a comparison of what is in parentheses', reader.next.position);
    return inner;
  }
  return parseComparison(reader);
}

/** `!` binds stronger than a comparison, as in Tempo: `!.a = 1` would compare what is not true with 1. */
function parseNot(reader: Reader): Condition {
  return reader.nested(() => {
    if (reader.at('!') || reader.at('(')) return opposite(parseOne(reader));
    const start = reader.next;
    const operand = parseOperand(reader);
    const written = reader.source(start);
    if (isComparison(reader)) {
      throw new FilterError('q', `! belongs to ${written} alone; write !(${written} …)`, start.position);
    }
    return opposite(truth(reader, operand, written));
  });
}

function opposite(condition: Condition): Condition {
  if (condition.kind === 'is') return { ...condition, value: !condition.value };
  return condition.kind === 'not' ? condition.condition : { kind: 'not', condition };
}

function parseComparison(reader: Reader): Condition {
  const start = reader.next;
  const left = parseOperand(reader);
  const sign = reader.next;
  if (sign.kind === 'sign' && (sign.text === '=~' || sign.text === '!~')) {
    reader.advance();
    const pattern = reader.next;
    const right = parseOperand(reader);
    const source = checkRegex(left, right, reader.source(start), pattern.position);
    return {
      kind: 'regex',
      operand: left,
      matches: compileRegex(source, pattern.position),
      negated: sign.text === '!~',
    };
  }
  const operator = reader.takeOne(comparisons);
  if (operator === undefined) return truth(reader, left, reader.source(start));
  const other = reader.next;
  const right = parseOperand(reader);
  refuseMore(reader);
  return checkComparison(
    operator,
    [left, reader.source(start), start.position],
    [right, reader.source(other), other.position],
  );
}

/** An operand that stands alone: is it true? */
function truth(reader: Reader, operand: Operand, written: string): Condition {
  refuseMore(reader);
  const type = typeOf(operand);
  const { next } = reader;
  const ends = next.kind === 'end' || (next.kind === 'sign' && ['}', ')', '&&', '||'].includes(next.text));
  if (ends && (type === 'any' || type === 'boolean')) return { kind: 'is', operand, value: true };
  throw new FilterError('q', `expected a comparison after ${written}`, next.position);
}

function refuseMore(reader: Reader): void {
  const { next } = reader;
  if (next.kind !== 'sign') return;
  if (next.text === '==') throw new FilterError('q', 'equality is written =, not ==', next.position);
  if (arithmetic.has(next.text)) throw unsupported('arithmetic', next.position);
}

function isComparison(reader: Reader): boolean {
  const { next } = reader;
  return next.kind === 'sign' && (Object.hasOwn(comparisons, next.text) || next.text === '=~' || next.text === '!~');
}
