import { FilterError } from '../filter-error.ts';
import { parseAggregate, startsAggregate } from './parse-aggregate.ts';
import { parseCondition } from './parse-condition.ts';
import type { Query, SpansetOperator, Spansets, Stage } from './query.ts';
import { Reader } from './reader.ts';
import { arithmetic, unsupported, unsupportedFunctions } from './vocabulary.ts';

/** Characters. */
const longest = 4096;

const logical: Record<string, SpansetOperator> = { '&&': 'and', '||': 'or' };
const structural: Record<string, SpansetOperator> = { '>': 'child', '>>': 'descendant' };

const unsupportedOperators = new Set([
  '<',
  '<<',
  '~',
  '!>',
  '!>>',
  '!<',
  '!<<',
  '!~',
  '&>',
  '&>>',
  '&<',
  '&<<',
  '&~',
  ...arithmetic,
]);

/**
 * Reads the part of TraceQL that this viewer knows: spansets, `&&`, `||`, `>`, `>>`, and aggregates. Precedence is
 * Tempo's (https://github.com/grafana/tempo, pkg/traceql/expr.y): `&&` and `||` bind equally strong, from the left.
 * @throws FilterError with the field `q` and the position of what is not understood
 */
export function parseTraceQL(text: string): Query {
  if (text.length > longest) throw new FilterError('q', `longer than ${longest} characters`, longest);
  const reader = new Reader(text);
  const stages = [parseStage(reader)];
  while (reader.take('|') !== undefined) stages.push(parseStage(reader));
  const rest = reader.next;
  if (rest.kind === 'end') return { stages };
  if (rest.kind === 'word' && unsupportedFunctions.has(rest.text)) throw unsupported(rest.text, rest.position);
  if (rest.kind === 'sign' && unsupportedOperators.has(rest.text)) {
    throw unsupported(`the operator ${rest.text}`, rest.position);
  }
  throw reader.expected('&&, ||, >, >> or | and then more, or the end');
}

function parseStage(reader: Reader): Stage {
  const { next } = reader;
  if (startsAggregate(next)) return parseAggregate(reader);
  if (next.kind === 'word' && unsupportedFunctions.has(next.text)) throw unsupported(`${next.text}()`, next.position);
  return parseLogical(reader);
}

function parseLogical(reader: Reader): Spansets {
  return parseChain(reader, logical, () => parseChain(reader, structural, () => parseOne(reader)));
}

/** One or more, joined by the operators of one strength, from the left. */
function parseChain(reader: Reader, operators: Record<string, SpansetOperator>, parse: () => Spansets): Spansets {
  let left = parse();
  for (let sign = reader.takeOne(operators); sign !== undefined; sign = reader.takeOne(operators)) {
    left = { kind: sign, left, right: parse() };
  }
  return left;
}

function parseOne(reader: Reader): Spansets {
  if (reader.take('(') !== undefined) {
    const inner = reader.nested(() => parseLogical(reader));
    if (reader.at('|')) throw unsupported('a | within parentheses', reader.next.position);
    reader.need(')', 'to close the parenthesis');
    return inner;
  }
  if (reader.take('{') === undefined) throw reader.expected('a spanset in braces, such as { status = error }');
  if (reader.take('}') !== undefined) return { kind: 'filter', condition: undefined };
  const condition = parseCondition(reader);
  reader.need('}', 'to close the spanset, or && or ||');
  return { kind: 'filter', condition };
}
