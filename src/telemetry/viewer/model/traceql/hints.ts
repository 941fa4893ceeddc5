import { type Condition, type Literal, type Operand, type Query, type Spansets, type Stage, typeOf } from './query.ts';

/** Nanoseconds. Who writes as many without a unit means them: of milliseconds it would be a quarter of an hour. */
const surelyMeant = 1e6;

/** What is valid, but hardly what was meant: a duration compared with a number, which counts nanoseconds. */
export function hintsOf(query: Query): string[] {
  const numbers = query.stages.flatMap(inStage).map(({ value }) => Number(value));
  return [...new Set(numbers)]
    .filter((value) => value !== 0 && Math.abs(value) < surelyMeant)
    .map((value) => `${value} is ${value} ns; did you mean ${value}ms?`);
}

function inStage(stage: Stage): readonly Literal[] {
  if (stage.kind !== 'aggregate') return inSpansets(stage);
  return stage.field === undefined ? [] : withoutUnit(stage.field, stage.value);
}

function inSpansets(spansets: Spansets): readonly Literal[] {
  if (spansets.kind !== 'filter') return [...inSpansets(spansets.left), ...inSpansets(spansets.right)];
  return spansets.condition === undefined ? [] : inCondition(spansets.condition);
}

function inCondition(condition: Condition): readonly Literal[] {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return [...inCondition(condition.left), ...inCondition(condition.right)];
    case 'not':
      return inCondition(condition.condition);
    case 'compare':
      return [...withoutUnit(condition.left, condition.right), ...withoutUnit(condition.right, condition.left)];
    default:
      return [];
  }
}

/** The number that a duration is compared with, if it is one. */
function withoutUnit(field: Operand, other: Operand): readonly Literal[] {
  const isDuration = field.kind === 'intrinsic' && typeOf(field) === 'duration';
  return isDuration && other.kind === 'literal' && other.type === 'number' ? [other] : [];
}
