import { z } from 'zod';
import { ask } from './ask.ts';
import { Failure } from './failure.ts';
import type { Service } from './services.ts';

const Span = z.object({
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.string().default('SPAN_KIND_INTERNAL'),
  status: z.object({ code: z.string().optional() }).default({}),
});
const Found = z.object({
  trace: z
    .object({
      resourceSpans: z
        .array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(Span).default([]) })).default([]) }))
        .default([]),
    })
    .default({ resourceSpans: [] }),
});

/** A span and what it led to. */
export interface Branch {
  name: string;
  /** SERVER, CLIENT… Undefined where any will do. */
  kind: string | undefined;
  children: Branch[];
}

export interface Trace {
  spans: number;
  /** Hexadecimal. */
  spanIds: string[];
  failed: string[];
  /** More than one where spans have not arrived yet. */
  roots: Branch[];
}

/** @throws Failure when Tempo has no span of it. */
export const fetchTrace = async (tempo: Service, traceId: string): Promise<Trace> => {
  const { trace } = await ask(tempo, Found, `/api/v2/traces/${traceId}`);
  const spans = trace.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans));
  if (spans.length === 0) throw new Failure('the trace is not there', { query: `trace ${traceId}` });
  const known = new Map(
    spans.map((span) => [span.spanId, { name: span.name, kind: span.kind.replace('SPAN_KIND_', ''), children: [] }]),
  ) as Map<string, Branch>;
  const roots: Branch[] = [];
  for (const { spanId, parentSpanId } of spans) {
    const branch = known.get(spanId);
    if (branch) (known.get(parentSpanId ?? '')?.children ?? roots).push(branch);
  }
  return {
    spans: spans.length,
    spanIds: spans.map(({ spanId }) => Buffer.from(spanId, 'base64').toString('hex')),
    failed: spans.filter(({ status }) => status.code === 'STATUS_CODE_ERROR').map(({ name }) => name),
    roots,
  };
};

/**
 * A tree as the documentation draws it: how far a name stands to the right is how deep it is, two spaces end the name,
 * and the kind may follow.
 */
export const drawnTree = (lines: readonly string[]): Branch => {
  const open: { column: number; branch: Branch }[] = [];
  let root: Branch | undefined;
  for (const line of lines) {
    const column = line.search(/[^\s│├└─]/);
    const [, name = '', rest = ''] = /^(\S+(?: \S+)*)\s*(.*)$/.exec(line.slice(column)) ?? [];
    const branch: Branch = {
      name,
      kind: /^(SERVER|CLIENT|INTERNAL|CONSUMER|PRODUCER)\b/.exec(rest)?.[0],
      children: [],
    };
    while ((open.at(-1)?.column ?? -1) >= column) open.pop();
    open.at(-1)?.branch.children.push(branch);
    root ??= branch;
    open.push({ column, branch });
  }
  if (!root) throw new Error('no tree');
  return root;
};

const differences = (expected: Branch, found: readonly Branch[], path: string, exact: boolean): string[] => {
  const rest = [...found];
  const place = `${path}${path === '' ? '' : ' > '}`;
  const wanted = expected.children.flatMap((child) => {
    const at = rest.findIndex(({ name, kind }) => name === child.name && (child.kind ?? kind) === kind);
    if (at === -1) return [`missing: ${place}${child.name}${child.kind ? ` (${child.kind})` : ''}`];
    const [match] = rest.splice(at, 1);
    return differences(child, match?.children ?? [], `${place}${child.name}`, exact);
  });
  return exact ? [...wanted, ...rest.map(({ name, kind }) => `not expected: ${place}${name} (${kind})`)] : wanted;
};

/**
 * @param exact whether there may be nothing else.
 * @throws Failure that says what is missing and what is too much.
 */
export const compare = (expected: Branch, { roots }: Trace, traceId: string, exact: boolean): void => {
  const found = differences({ name: '', kind: undefined, children: [expected] }, roots, '', exact);
  if (found.length > 0)
    throw new Failure('another tree than the documented one', { query: `trace ${traceId}`, answer: found.join('\n') });
};
