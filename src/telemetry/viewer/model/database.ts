import type { AttributeValue, ViewerSpan } from './trace.ts';

/** Values of `db.system.name` behind which no SQL stands: caches. */
const caches = new Set<AttributeValue>(['redis', 'memory', 'valkey', 'memcached']);

const systemOf = (span: ViewerSpan) => span.attributes['db.system.name'] ?? span.attributes['db.system'];

/** The statement of a database span; where that was not recorded, its summary. Older names count too. */
export function queryText(span: ViewerSpan): string | undefined {
  const { attributes } = span;
  const text = attributes['db.query.text'] ?? attributes['db.statement'] ?? attributes['db.query.summary'];
  return typeof text === 'string' && text !== '' ? text : undefined;
}

/** Whether a span is the use of a database, caches left out. */
export function isDatabase(span: ViewerSpan): boolean {
  const system = systemOf(span);
  if (system !== undefined && system !== null) return !caches.has(system);
  return span.attributes['db.query.text'] !== undefined || span.attributes['db.statement'] !== undefined;
}

/**
 * Each query once, in the order of the spans: where a library's span for a query holds the driver's span for the same
 * one, the driver's.
 */
export function queriesOf(spans: readonly ViewerSpan[]): ViewerSpan[] {
  const databaseSpans = spans.filter(isDatabase);
  const parents = new Set(databaseSpans.map((span) => span.parentSpanId));
  return databaseSpans.filter((span) => !parents.has(span.spanId) || span.parentSpanId === span.spanId);
}
