/** A query, read and checked. Its stages narrow the spans of a trace one after the other; a trace matches that keeps some. */
export interface Query {
  readonly stages: readonly Stage[];
}

export type Stage = Spansets | Aggregate;

/** What is in braces, and how several of them are put together. */
export type Spansets =
  | { readonly kind: 'filter'; readonly condition: Condition | undefined }
  | { readonly kind: SpansetOperator; readonly left: Spansets; readonly right: Spansets };

export type SpansetOperator = 'and' | 'or' | 'child' | 'descendant';

export interface Aggregate {
  readonly kind: 'aggregate';
  readonly name: AggregateName;
  /** What is summed up; absent for a count. */
  readonly field: Operand | undefined;
  readonly operator: Comparison;
  readonly value: Literal;
}

export type AggregateName = 'count' | 'avg' | 'min' | 'max' | 'sum';

export type Comparison = '=' | '!=' | '>' | '>=' | '<' | '<=';

/** What is asked of one span. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'is'; readonly operand: Operand; readonly value: boolean }
  | { readonly kind: 'exists'; readonly operand: Operand; readonly value: boolean }
  | { readonly kind: 'compare'; readonly operator: Comparison; readonly left: Operand; readonly right: Operand }
  | {
      readonly kind: 'regex';
      readonly operand: Operand;
      readonly matches: (text: string) => boolean;
      readonly negated: boolean;
    };

export type Operand = Literal | Attribute | Intrinsic;

/** `any` is what an attribute may hold: that is known only once a span is there. */
export type ValueType = 'text' | 'number' | 'duration' | 'boolean' | 'status' | 'kind' | 'nil' | 'any';

export interface Literal {
  readonly kind: 'literal';
  readonly type: ValueType;
  /** A duration in nanoseconds. */
  readonly value: string | number | bigint | boolean | null;
}

export type Scope = 'span' | 'resource' | 'event' | 'link' | 'any';

export interface Attribute {
  readonly kind: 'attribute';
  readonly scope: Scope;
  readonly name: string;
}

export interface Intrinsic {
  readonly kind: 'intrinsic';
  readonly name: IntrinsicName;
}

/** Names of TraceQL's own fields, the scoped form where there are two. */
export type IntrinsicName = keyof typeof intrinsicTypes;

export const intrinsicTypes = {
  'span:duration': 'duration',
  'span:name': 'text',
  'span:status': 'status',
  'span:statusMessage': 'text',
  'span:kind': 'kind',
  'span:id': 'text',
  'span:parentID': 'text',
  'span:childCount': 'number',
  'trace:duration': 'duration',
  'trace:rootName': 'text',
  'trace:rootService': 'text',
  'trace:id': 'text',
  'event:name': 'text',
  'event:timeSinceStart': 'duration',
  'link:traceID': 'text',
  'link:spanID': 'text',
  'instrumentation:name': 'text',
  'instrumentation:version': 'text',
} as const satisfies Record<string, ValueType>;

export function typeOf(operand: Operand): ValueType {
  if (operand.kind === 'literal') return operand.type;
  return operand.kind === 'attribute' ? 'any' : intrinsicTypes[operand.name];
}
