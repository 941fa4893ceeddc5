import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { hrTimeToMilliseconds } from '@opentelemetry/core';
import type { RecentTrace } from './recent-traces.ts';
import type { RecordedSpan } from './tracing/recorded-span.ts';

/** The spans as a tree; a span whose parent is not among them is a root. */
const childrenOf = (spans: readonly RecordedSpan[]): Map<string | undefined, RecordedSpan[]> => {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const parentOf = (span: RecordedSpan): string | undefined => {
    const parent = span.parentSpanContext?.spanId;
    return parent !== undefined && ids.has(parent) ? parent : undefined;
  };
  const byStart = spans.toSorted((a, b) => a.startTime[0] - b.startTime[0] || a.startTime[1] - b.startTime[1]);
  return Map.groupBy(byStart, parentOf);
};

const milliseconds = (span: RecordedSpan): string => `${hrTimeToMilliseconds(span.duration).toFixed(1)} ms`;

const time = (span: RecordedSpan): string => new Date(hrTimeToMilliseconds(span.startTime)).toISOString();

const isFailed = (span: RecordedSpan): boolean => span.status.code === SpanStatusCode.ERROR;

/** One line, however many the value has: text from outside must not look like a line of ours. */
const oneLine = (value: unknown): string => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, ' ').slice(0, 300);
};

const rootOf = (trace: RecentTrace): RecordedSpan | undefined => childrenOf(trace.spans).get(undefined)?.[0];

/** One line for each trace: when, how long, how it ended, what it was, its id. */
export const traceListText = (traces: readonly RecentTrace[]): string => {
  if (traces.length === 0) return 'no traces yet\n';
  const lines = traces.flatMap((trace) => {
    const root = rootOf(trace);
    if (!root) return [];
    const status = root.attributes['http.response.status_code'] ?? (isFailed(root) ? 'error' : 'ok');
    const error = trace.spans.some(isFailed) ? '!' : ' ';
    return `${time(root)}  ${milliseconds(root).padStart(11)}  ${String(status).padEnd(5)} ${error} ${oneLine(root.name).padEnd(48)}  ${trace.traceId}`;
  });
  return `${lines.join('\n')}\n`;
};

const spanLines = (span: RecordedSpan, depth: number): string[] => {
  const indent = '  '.repeat(depth);
  const kind = span.kind === SpanKind.INTERNAL ? '' : `  [${SpanKind[span.kind].toLowerCase()}]`;
  const lines = [`${indent}${oneLine(span.name)}  ${milliseconds(span)}${kind}${isFailed(span) ? '  ERROR' : ''}`];
  const note = (text: string): number => lines.push(`${indent}    ${text}`);
  if (span.status.message) note(`! ${oneLine(span.status.message)}`);
  for (const [name, value] of Object.entries(span.attributes)) note(`${oneLine(name)} = ${oneLine(value)}`);
  for (const link of span.links) note(`-> ${link.context.traceId} ${link.context.spanId}`);
  for (const event of span.events) {
    const after = hrTimeToMilliseconds(event.time) - hrTimeToMilliseconds(span.startTime);
    note(`* ${oneLine(event.name)}  +${after.toFixed(1)} ms`);
    for (const [name, value] of Object.entries(event.attributes ?? {})) {
      if (name !== 'exception.stacktrace') note(`    ${oneLine(name)} = ${oneLine(value)}`);
      else for (const line of String(value).split('\n').slice(0, 12)) note(`    ${oneLine(line)}`);
    }
  }
  return lines;
};

/** One trace as a tree of its spans, with what each knows. */
export const traceText = (trace: RecentTrace): string => {
  const children = childrenOf(trace.spans);
  const root = rootOf(trace);
  const lines = [`trace ${trace.traceId}  ${trace.spans.length} spans${root ? `  ${time(root)}` : ''}`];
  const visit = (parent: string | undefined, depth: number): void => {
    for (const span of children.get(parent) ?? []) {
      lines.push(...spanLines(span, depth));
      visit(span.spanContext().spanId, depth + 1);
    }
  };
  visit(undefined, 0);
  if (trace.dropped > 0) lines.push(`(${trace.dropped} more spans were not kept)`);
  return `${lines.join('\n')}\n`;
};
