import type { ViewerSpan } from '../trace.ts';
import { anyElement, compare } from './comparison.ts';
import { type Condition, typeOf } from './query.ts';
import type { TraceContext } from './trace-context.ts';
import { readOperand } from './values.ts';

/** Whether a span is as asked for. Never throws: what cannot be compared does not match. */
export function holds(condition: Condition, span: ViewerSpan, context: TraceContext): boolean {
  switch (condition.kind) {
    case 'and':
      return holds(condition.left, span, context) && holds(condition.right, span, context);
    case 'or':
      return holds(condition.left, span, context) || holds(condition.right, span, context);
    case 'not':
      return !holds(condition.condition, span, context);
    case 'is':
      return anyElement(readOperand(condition.operand, span, context), (element) => element === condition.value);
    case 'exists': {
      const value = readOperand(condition.operand, span, context);
      return (value !== undefined && value !== null) === condition.value;
    }
    case 'regex': {
      const { matches, negated, operand } = condition;
      const value = readOperand(operand, span, context);
      return anyElement(value, (element) => typeof element === 'string' && matches(element) !== negated);
    }
    case 'compare': {
      const { operator, left, right } = condition;
      return compare(
        operator,
        readOperand(left, span, context),
        typeOf(left),
        readOperand(right, span, context),
        typeOf(right),
      );
    }
  }
}
