import { buildTree, type SpanNode, visibleRows } from './model/span-tree.ts';
import type { TraceSummary } from './model/summary.ts';
import type { Attributes, LogLine, ViewerSpan, ViewerTrace } from './model/trace.ts';

const milliseconds = (duration: number): string => `${duration.toFixed(1)} ms`;

const time = (start: number): string => new Date(start).toISOString();

/** Characters of one value. */
const MAX_LINE = 300;

/** One line, however many the value has: text from outside must not look like a line of ours. */
const oneLine = (value: unknown): string => {
  const text = typeof value === 'object' ? JSON.stringify(value, plainNumber) : String(value);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be taken out
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
};

/** JSON has no large integers, no NaN and no infinity. */
const plainNumber = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value)) ? String(value) : value;

/** What matches no route has nothing but its path to tell it by. */
const titleOf = ({ method, route, path, name }: TraceSummary): string =>
  method !== undefined && route === undefined && path !== undefined ? `${method} ${path}` : name;

/**
 * One line for each trace: when, how long, how it ended, whether anything failed, what it was, its id, and the services
 * in it where there are several.
 * @param held how many there are, of which these were asked for
 */
export const traceListText = (traces: readonly TraceSummary[], held = traces.length): string => {
  if (traces.length === 0) return held === 0 ? 'no traces yet\n' : `none of ${held} traces matches\n`;
  const lines = traces.map((summary) => {
    const ended = summary.statusCode ?? (summary.failed ? 'error' : 'ok');
    const status = String(summary.complete ? ended : 'open');
    const error = summary.errors > 0 ? '!' : ' ';
    return `${time(summary.start)}  ${milliseconds(summary.duration).padStart(11)}  ${status.padEnd(5)} ${error} ${oneLine(titleOf(summary)).padEnd(48)}  ${summary.traceId}${summary.services.length > 1 ? `  ${oneLine(summary.services.join(', '))}` : ''}`;
  });
  return `${lines.join('\n')}\n`;
};

/** Deeper ones are not indented any further. */
const MAX_INDENT = 40;
const STACK_LINES = 12;

const attributeLines = (attributes: Attributes): string[] =>
  Object.entries(attributes).flatMap(([name, value]) => {
    if (name !== 'exception.stacktrace') return [`${oneLine(name)} = ${oneLine(value)}`];
    return String(value).split('\n').slice(0, STACK_LINES).map(oneLine);
  });

const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`);

/** What happened at a moment of the span: an event, or a line of the log. */
const momentLines = (sign: string, what: string, at: number, span: ViewerSpan, attributes: Attributes): string[] => [
  `${sign} ${what}  +${milliseconds(at - span.start)}`,
  ...indented(attributeLines(attributes)),
];

const logText = (line: LogLine): string => `${line.severity.toUpperCase()} ${oneLine(line.message)}`;

/** Where something comes from, unless what it stands under says so. */
const from = (service: string, above: string | undefined): string =>
  service === above ? '' : `  (${oneLine(service)})`;

/** @param above the service that is understood: of its parent, or of a trace that has no other */
const spanLines = ({ span, depth }: SpanNode, lines: readonly LogLine[], above: string | undefined): string[] => {
  const kind = span.kind === 'internal' || span.kind === 'unspecified' ? '' : `  [${span.kind}]`;
  const failed = span.status === 'error' ? '  ERROR' : '';
  const notes = [
    ...(span.statusMessage === '' ? [] : [`! ${oneLine(span.statusMessage)}`]),
    ...attributeLines(span.attributes),
    ...span.links.map((link) => `-> ${link.traceId} ${link.spanId}`),
    ...span.events.flatMap((event) =>
      momentLines('*', oneLine(event.name), Number(event.timeNano) / 1e6, span, event.attributes),
    ),
    ...lines.flatMap((line) =>
      momentLines('>', logText(line) + from(line.service, span.service), line.time, span, line.attributes),
    ),
  ];
  const indent = '  '.repeat(Math.min(depth, MAX_INDENT));
  return [
    `${oneLine(span.name)}  ${milliseconds(span.duration)}${kind}${from(span.service, above)}${failed}`,
    ...indented(notes),
  ].map((line) => indent + line);
};

/** One trace as a tree of its spans, with what each knows and the log lines that were written in it. */
export const traceText = (trace: ViewerTrace): string => {
  const rows = visibleRows(buildTree(trace.spans), new Set());
  const lines = Map.groupBy(trace.lines, (line) => line.spanId);
  const start = rows[0] === undefined ? '' : `  ${time(rows[0].span.start)}`;
  const [only, ...others] = new Set(trace.spans.map(({ service }) => service));
  const count = `${trace.spans.length} span${trace.spans.length === 1 ? '' : 's'}`;
  const text = [`trace ${trace.traceId}  ${count}${start}`];
  for (const row of rows) {
    const above = row.parent?.span.service ?? (others.length === 0 ? only : undefined);
    text.push(...spanLines(row, lines.get(row.span.spanId) ?? [], above));
    lines.delete(row.span.spanId);
  }
  const strays = [...lines.values()].flat();
  if (strays.length > 0) text.push('log lines of spans that are not here:');
  for (const line of strays) text.push(`    ${time(line.time)}  ${logText(line)}`);
  if (trace.dropped.spans > 0) text.push(`(${trace.dropped.spans} more spans were not kept)`);
  if (trace.dropped.lines > 0) text.push(`(${trace.dropped.lines} more log lines were not kept)`);
  return `${text.join('\n')}\n`;
};
