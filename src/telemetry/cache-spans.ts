import { type Attributes, type Span, SpanKind } from '@opentelemetry/api';
import { spanEnabled } from './span-filter.ts';
import { markFailed, tracer } from './spans.ts';
import { describeLater, isRecorded } from './tracing/keep-trace.ts';

/** Where a cache is: the attributes that all of its spans share. */
export interface CacheIdentity {
  system: 'redis' | 'memory';
  /** Of a server. */
  address?: string | undefined;
  port?: number | undefined;
}

/** One use of a cache, whichever it is: both kinds make the same span of it. */
export interface CacheOperation {
  operation: 'GET' | 'SET' | 'DEL';
  namespace: string;
  group: string;
  /** None when the whole group is meant. */
  entry?: string | undefined;
  /** Seconds; on writes. */
  ttl?: number | undefined;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const MAX_KEY = 200;

const masked = (key: string): string => key.slice(0, MAX_KEY).replace(UUID, '*');

/** Of the span of an operation, which is named `GET feed:unified`. */
const attributesOf = (
  { system, address, port }: CacheIdentity,
  { operation, namespace, group, entry, ttl }: CacheOperation,
): Attributes => ({
  'db.system.name': system,
  'db.operation.name': operation,
  'cache.namespace': namespace,
  'cache.key': masked(entry === undefined ? `${namespace}:${group}` : `${namespace}:${group}:${entry}`),
  'cache.ttl': ttl,
  'server.address': address,
  'server.port': port,
});

/** Notes on the span of an operation why it was not even tried. Nothing failed that was not told before. */
export const setCacheRefused = (span: Span, reason: string): void => {
  span.setAttribute('error.type', reason);
};

/** Notes on the span of a read whether it found something. */
export const setCacheHit = (span: Span, hit: boolean): void => {
  span.setAttribute('cache.hit', hit);
};

/**
 * Runs `fn` with the span of a cache operation. There is none where nothing runs that it could belong to.
 * @throws whatever `fn` throws, after marking the span.
 */
export const withCacheSpan = async <T>(
  identity: CacheIdentity,
  operation: CacheOperation,
  fn: (span: Span | undefined) => Promise<T>,
): Promise<T> => {
  if (!isRecorded() || !spanEnabled('cache')) return fn(undefined);
  const span = tracer.startSpan(`${operation.operation} ${operation.namespace}`, {
    kind: SpanKind.CLIENT,
  });
  describeLater(span, () => attributesOf(identity, operation));
  try {
    return await fn(span);
  } catch (error) {
    markFailed(span, error);
    throw error;
  } finally {
    span.end();
  }
};
