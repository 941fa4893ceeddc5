import { createHash } from 'node:crypto';
import { type Attributes, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { spanEnabled } from './span-filter.ts';
import { tracer } from './spans.ts';

/** One use of a cache, whichever it is: both kinds make the same span of it. */
export interface CacheOperation {
  system: 'redis' | 'memory';
  operation: 'GET' | 'SET' | 'DEL';
  namespace: string;
  group: string;
  /** None when the whole group is meant. */
  entry?: string | undefined;
  /** Seconds; on writes. */
  ttl?: number | undefined;
}

interface SpanDescription {
  name: string;
  attributes: Attributes;
}

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;
const MAX_KEY = 200;

const masked = (key: string): string => key.slice(0, MAX_KEY).replace(UUID, '*');

/** Name and attributes of the span of `operation`: `GET feed:unified`. */
const describeCacheOperation = ({
  system,
  operation,
  namespace,
  group,
  entry,
  ttl,
}: CacheOperation): SpanDescription => ({
  name: `${operation} ${namespace}`,
  attributes: {
    'db.system.name': system,
    'db.operation.name': operation,
    'cache.namespace': namespace,
    'cache.key': masked([namespace, group, ...(entry === undefined ? [] : [entry])].join(':')),
    ...(ttl === undefined ? {} : { 'cache.ttl': ttl }),
  },
});

/** Notes on the span of a read whether it found something. */
export const setCacheHit = (span: Span, hit: boolean): void => {
  span.setAttribute('cache.hit', hit);
};

/**
 * Runs `fn` inside the span of a cache operation. As with Redis there is none where nothing runs that it could belong to.
 * @throws whatever `fn` throws, after marking the span.
 */
export const withCacheSpan = async <T>(
  operation: CacheOperation,
  fn: (span: Span | undefined) => Promise<T>,
): Promise<T> => {
  if (trace.getActiveSpan() === undefined || !spanEnabled('cache')) return fn(undefined);
  const { name, attributes } = describeCacheOperation(operation);
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes });
  try {
    return await fn(span);
  } catch (error) {
    const reason = error instanceof Error ? error : new Error(String(error));
    span.recordException(reason);
    span.setStatus({ code: SpanStatusCode.ERROR, message: reason.message });
    throw error;
  } finally {
    span.end();
  }
};

/** How the keys and fields of the cache are spelt in Redis: one hash for each group, one field for each entry. */
export const cacheKey = (namespace: string, group: string): string => `sc:${namespace}:{${group}}`;
export const entryField = (entry: string): string => `e:${entry}`;

const KEY = /^sc:(.+):\{(.*)\}$/s;

const scripts = new Map<string, 'SET' | 'DEL'>();

/** Says what a script of the cache does, since Redis itself only speaks of EVALSHA. */
export const nameCacheScript = (lua: string, operation: 'SET' | 'DEL'): void => {
  scripts.set(lua, operation);
  scripts.set(createHash('sha1').update(lua).digest('hex'), operation);
};

const textOf = (arg: unknown): string => (typeof arg === 'string' || Buffer.isBuffer(arg) ? String(arg) : '');

/**
 * What a Redis command is, seen from the product: a read, write or invalidation of the cache, else just its name.
 * Values are never looked at.
 */
const describeCommand = (command: string, args: readonly unknown[]): SpanDescription => {
  const name = command.toUpperCase();
  const script = name === 'EVALSHA' || name === 'EVAL' ? scripts.get(textOf(args[0])) : undefined;
  const operation = name === 'HMGET' ? 'GET' : script;
  const [, namespace, group] = KEY.exec(textOf(args[operation === 'GET' ? 0 : 2])) ?? [];
  if (operation === undefined || namespace === undefined || group === undefined) {
    return { name, attributes: { 'db.system.name': 'redis', 'db.operation.name': name } };
  }
  // HMGET key g field; EVALSHA sha 1 key generation field value ttl; EVALSHA sha 1 key generation ttl
  const field = operation === 'GET' ? args[2] : operation === 'SET' ? args[4] : undefined;
  return describeCacheOperation({
    system: 'redis',
    operation,
    namespace,
    group,
    entry: field === undefined ? undefined : textOf(field).replace(/^e:/, ''),
    ttl: operation === 'SET' ? Number(args[6]) : undefined,
  });
};

/** `requestHook` of the ioredis instrumentation: the span tells what is done, not which command does it. */
export const describeRedisCommand = (
  span: Span,
  { cmdName, cmdArgs }: { cmdName: string; cmdArgs: readonly unknown[] },
): void => {
  const { name, attributes } = describeCommand(cmdName, cmdArgs);
  span.updateName(name);
  span.setAttributes(attributes);
};

/** `responseHook` of the ioredis instrumentation: the second value that a read of the cache brings is the entry. */
export const describeRedisResponse = (
  span: Span,
  command: string,
  args: readonly unknown[],
  response: unknown,
): void => {
  if (command.toUpperCase() !== 'HMGET' || !Array.isArray(response) || !KEY.test(textOf(args[0]))) return;
  setCacheHit(span, response[1] !== null && response[1] !== undefined);
};
