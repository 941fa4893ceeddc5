import { FilterError } from '../filter-error.ts';
import { type Comparison, type Condition, type Literal, type Operand, typeOf, type ValueType } from './query.ts';
import { literalWord } from './vocabulary.ts';

const described: Record<ValueType, string> = {
  text: 'text',
  number: 'a number',
  duration: 'a duration, such as 100ms',
  boolean: 'true or false',
  status: 'ok, error or unset',
  kind: 'server, client, internal, producer, consumer or unspecified',
  nil: 'nil',
  any: 'an attribute',
};

/** An operand, as it is written, and where. */
type Written = readonly [operand: Operand, source: string, position: number];

/**
 * Puts a comparison together when its sides can ever be compared.
 * @throws FilterError when they cannot, which is surely not what was meant
 */
export function checkComparison(operator: Comparison, left: Written, right: Written): Condition {
  const nil = left[0].kind === 'literal' && left[0].value === null ? left : right;
  if (nil[0].kind === 'literal' && nil[0].value === null) return existence(operator, nil === left ? right : left, nil);
  const types = [typeOf(left[0]), typeOf(right[0])] as const;
  if (!comparable(...types)) {
    const [field, other] = left[0].kind === 'literal' ? [right, left] : [left, right];
    const type = typeOf(field[0]);
    throw new FilterError(
      'q',
      `${field[1]} is ${described[type]}: it cannot be compared with ${other[1]}${unquoted(type, other[0])}`,
      other[2],
    );
  }
  const unordered = types.find((type) => type === 'status' || type === 'kind' || type === 'boolean');
  if (unordered !== undefined && operator !== '=' && operator !== '!=') {
    throw new FilterError('q', `${described[unordered]}: compare with = or !=, not with ${operator}`, right[2]);
  }
  return { kind: 'compare', operator, left: sameId(left[0], right[0]), right: sameId(right[0], left[0]) };
}

/** A hint for who wrote a word such as `error` in quotes. */
function unquoted(type: ValueType, operand: Operand): string {
  if (operand.kind !== 'literal' || typeof operand.value !== 'string') return '';
  return literalWord(operand.value)?.type === type ? `; write ${operand.value} without quotes` : '';
}

/** @returns the pattern */
export function checkRegex(operand: Operand, pattern: Operand, source: string, position: number): string {
  if (pattern.kind !== 'literal' || typeof pattern.value !== 'string' || pattern.type !== 'text') {
    throw new FilterError('q', 'a regular expression is text in quotes', position);
  }
  const type = typeOf(operand);
  if (type !== 'any' && type !== 'text') {
    throw new FilterError('q', `${source} is ${described[type]}: a regular expression matches text`, position);
  }
  return pattern.value;
}

function existence(operator: Comparison, [operand, source]: Written, [, , position]: Written): Condition {
  if (operand.kind === 'literal')
    throw new FilterError('q', `expected an attribute to compare with nil, found ${source}`, position);
  if (operator !== '=' && operator !== '!=') {
    throw new FilterError('q', `nil: compare with = or !=, not with ${operator}`, position);
  }
  return { kind: 'exists', operand, value: operator === '!=' };
}

function comparable(a: ValueType, b: ValueType): boolean {
  return a === b || a === 'any' || b === 'any' || (isNumeric(a) && isNumeric(b));
}

export function isNumeric(type: ValueType): boolean {
  return type === 'number' || type === 'duration';
}

const idLengths: Record<string, number> = {
  'trace:id': 32,
  'link:traceID': 32,
  'span:id': 16,
  'span:parentID': 16,
  'link:spanID': 16,
};

/** An id may be given in capitals and without its leading zeros. */
function sameId(operand: Operand, other: Operand): Operand {
  const length = other.kind === 'intrinsic' ? idLengths[other.name] : undefined;
  if (length === undefined || operand.kind !== 'literal' || typeof operand.value !== 'string') return operand;
  if (!/^[0-9a-f]+$/i.test(operand.value)) return operand;
  return { ...operand, value: operand.value.toLowerCase().padStart(length, '0') } satisfies Literal;
}
