import type { AttributeValue } from '../trace.ts';
import { isNumeric } from './check.ts';
import type { Comparison, ValueType } from './query.ts';
import type { Value } from './values.ts';

const mirrored: Record<Comparison, Comparison> = { '=': '=', '!=': '!=', '>': '<', '>=': '<=', '<': '>', '<=': '>=' };

/**
 * As Tempo compares: what is missing, or of another type, matches nothing, not even `!=`. Of an array one element has to
 * match, for `!=` too. Two arrays are not compared.
 * @param leftType what `left` is; `any` is looked at
 */
export function compare(
  operator: Comparison,
  left: Value,
  leftType: ValueType,
  right: Value,
  rightType: ValueType,
): boolean {
  if (left === undefined || left === null || right === undefined || right === null) return false;
  if (isList(left)) return overElements(operator, left, leftType, right, rightType);
  if (isList(right)) return overElements(mirrored[operator], right, rightType, left, leftType);
  return compareOne(operator, left, leftType, right, rightType);
}

/** Whether a value fits, or of a list one element. */
export function anyElement(value: Value, test: (element: AttributeValue) => boolean): boolean {
  if (!isList(value)) return value !== undefined && value !== null && test(value);
  return value.some(test);
}

function isList(value: Value): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

function overElements(
  operator: Comparison,
  list: readonly AttributeValue[],
  type: ValueType,
  other: Value,
  otherType: ValueType,
): boolean {
  return anyElement(list, (element) => compareOne(operator, element, type, other, otherType));
}

function compareOne(
  operator: Comparison,
  left: Value,
  leftType: ValueType,
  right: Value,
  rightType: ValueType,
): boolean {
  const a = leftType === 'any' ? dynamicType(left) : leftType;
  const b = rightType === 'any' ? dynamicType(right) : rightType;
  if (a === undefined || b === undefined || (a !== b && !(isNumeric(a) && isNumeric(b)))) return false;
  if (operator === '=' || operator === '!=') return isEqual(left, right) === (operator === '=');
  if (typeof left === 'boolean' || typeof right === 'boolean') return false;
  return inOrder(operator, left as string | number | bigint, right as string | number | bigint);
}

function isEqual(left: Value, right: Value): boolean {
  if (left === right) return true;
  // Only numbers of different kinds can still be equal: 5 and 5n are neither below nor above each other.
  if (typeof left === typeof right || left === undefined || right === undefined || left === null || right === null)
    return false;
  return left <= right && left >= right;
}

function inOrder(operator: Comparison, left: string | number | bigint, right: string | number | bigint): boolean {
  switch (operator) {
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    case '<':
      return left < right;
    default:
      return left <= right;
  }
}

function dynamicType(value: Value): ValueType | undefined {
  switch (typeof value) {
    case 'string':
      return 'text';
    case 'number':
    case 'bigint':
      return 'number';
    case 'boolean':
      return 'boolean';
    default:
      return undefined;
  }
}
