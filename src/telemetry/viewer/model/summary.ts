import { queriesOf } from './database.ts';
import { repeatedQueries } from './findings.ts';
import type { AttributeValue, ViewerSpan, ViewerTrace } from './trace.ts';

/** One line of the list. */
export interface TraceSummary {
  traceId: string;
  /** Counts up with each trace that appears: the newest has the largest. */
  seq: number;
  /** Name of its first root. */
  name: string;
  /** Of the first root, all of these: undefined where it has none. */
  method: string | undefined;
  route: string | undefined;
  /** What was asked for, which is all there is to tell requests apart that match no route. */
  path: string | undefined;
  statusCode: number | undefined;
  userId: string | undefined;
  feedType: string | undefined;
  cacheHit: boolean | undefined;
  /** Milliseconds since 1970. */
  start: number;
  /** Milliseconds of its first root; while that has not ended, until the last end of a span. */
  duration: number;
  /** Names of the services in it, the root's first. */
  services: readonly string[];
  spans: number;
  /** Spans with an SQL database behind them. */
  queries: number;
  /** Statements among them that ran again and again (N+1). */
  repeatedQueries: number;
  lines: number;
  /** Failed spans and log lines at error or worse. */
  errors: number;
  /** Whether the request itself failed: the first root's status, or a 5xx. */
  failed: boolean;
  /** Whether its first root is there: false while the request runs, or when its parent was never received. */
  complete: boolean;
  /**
   * Spans of this process that have not ended, though some below them have. Also when its first root has ended: a job
   * goes on after the request that began it.
   */
  running: readonly RunningSpan[];
}

/** What is known of a span before it ends. */
export interface RunningSpan
  extends Pick<ViewerSpan, 'spanId' | 'parentSpanId' | 'name' | 'kind' | 'service' | 'start'> {
  /** Whether it stands for the whole request or job in its process. */
  isLocalRoot: boolean;
}

/**
 * @param seq see `TraceSummary.seq`
 * @param running see `TraceSummary.running`
 */
export function summarise(trace: ViewerTrace, seq: number, running: readonly RunningSpan[] = []): TraceSummary {
  const first = firstRoot(running.length === 0 ? trace.spans : [...trace.spans, ...running]);
  const root = first !== undefined && 'attributes' in first ? first : undefined;
  const attribute = (...names: string[]) =>
    names.map((name) => root?.attributes[name]).find((value) => value !== undefined);
  const statusCode = asNumber(attribute('http.response.status_code', 'http.status_code'));
  const cacheHit = attribute('cache.hit');
  const start = first?.start ?? trace.lines[0]?.time ?? 0;
  let end = start;
  let errors = 0;
  const services = new Set<string>(root === undefined ? [] : [root.service]);
  for (const span of trace.spans) {
    end = Math.max(end, span.start + span.duration);
    services.add(span.service);
    if (span.status === 'error') errors++;
  }
  for (const line of trace.lines) {
    services.add(line.service);
    if (line.severity === 'error' || line.severity === 'fatal') errors++;
  }
  const queries = queriesOf(trace.spans);
  const complete =
    root !== undefined && (root.parentSpanId === undefined || root.kind === 'server' || root.kind === 'consumer');
  return {
    traceId: trace.traceId,
    seq,
    name: first?.name ?? '',
    method: asText(attribute('http.request.method', 'http.method')),
    route: asText(attribute('http.route')),
    path: asText(attribute('url.path', 'http.target')),
    statusCode,
    userId: asText(attribute('user.id', 'enduser.id')),
    feedType: asText(attribute('feed.type')),
    cacheHit: typeof cacheHit === 'boolean' ? cacheHit : undefined,
    start,
    duration: complete && root !== undefined ? root.duration : end - start,
    services: [...services],
    spans: trace.spans.length,
    queries: queries.length,
    repeatedQueries: repeatedQueries(queries).length,
    lines: trace.lines.length,
    errors,
    failed: root?.status === 'error' || (statusCode !== undefined && statusCode >= 500),
    complete,
    running,
  };
}

/**
 * Of the spans without a parent among them the first: one that names no parent goes before one whose parent is missing,
 * then the earlier, then a SERVER.
 */
function firstRoot(spans: readonly (ViewerSpan | RunningSpan)[]): ViewerSpan | RunningSpan | undefined {
  const ids = new Set(spans.map((span) => span.spanId));
  let first: ViewerSpan | RunningSpan | undefined;
  for (const span of spans) {
    if (span.parentSpanId !== undefined && span.parentSpanId !== span.spanId && ids.has(span.parentSpanId)) continue;
    if (first === undefined || isBefore(span, first)) first = span;
  }
  return first ?? spans[0];
}

function isBefore(span: ViewerSpan | RunningSpan, other: ViewerSpan | RunningSpan): boolean {
  const [isRoot, isOtherRoot] = [span.parentSpanId === undefined, other.parentSpanId === undefined];
  if (isRoot !== isOtherRoot) return isRoot;
  if (span.start !== other.start) return span.start < other.start;
  return span.kind === 'server' && other.kind !== 'server';
}

const asText = (value: AttributeValue | undefined) =>
  value === undefined || value === null || typeof value === 'object' ? undefined : String(value);

function asNumber(value: AttributeValue | undefined): number | undefined {
  const number = typeof value === 'object' || value === undefined || value === '' ? Number.NaN : Number(value);
  return Number.isFinite(number) ? number : undefined;
}
