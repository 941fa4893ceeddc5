import { Counter, Gauge, Histogram, type OpenMetricsContentType, Registry } from 'prom-client';

/**
 * The one registry of the process. It is set to OpenMetrics before any instrument is made, because prom-client refuses
 * exemplars otherwise; which format a scrape gets is decided in exposition.ts.
 */
export const registry = new Registry<OpenMetricsContentType>();
registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
const registers = [registry];

/** Seconds. Those of HTTP requests, which the specification of the product fixes. */
const REQUEST_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
/** Seconds. The same and 300 ms, within which 99% of the feeds are promised: recording.yml counts by that border. */
const FEED_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.3, 0.5, 1, 2.5, 5];
/** Seconds. Queries and cache commands are faster than requests. */
const OPERATION_SECONDS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];
const BODY_BYTES = [256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864];

export const counter = <L extends string = never>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
  collect?: (this: Counter<L>) => void,
) => new Counter<L>({ name, help, labelNames, registers, ...(collect && { collect }) });

export const gauge = <L extends string = never>(
  name: string,
  help: string,
  labelNames: readonly L[] = [],
  collect?: (this: Gauge<L>) => void,
) => new Gauge<L>({ name, help, labelNames, registers, ...(collect && { collect }) });

export const histogram = <L extends string>(
  name: string,
  help: string,
  labelNames: readonly L[],
  buckets: number[],
  enableExemplars = false,
) => new Histogram<L>({ name, help, labelNames, buckets, registers, enableExemplars });

export const httpRequestSeconds = histogram(
  'http_server_request_duration_seconds',
  'Time from the first byte of a request to the end of its response.',
  ['http_request_method', 'http_route', 'http_response_status_code'],
  REQUEST_SECONDS,
  true,
);
export const httpRequestBytes = histogram(
  'http_server_request_body_size_bytes',
  'Size of request bodies.',
  ['http_request_method', 'http_route'],
  BODY_BYTES,
);
export const httpResponseBytes = histogram(
  'http_server_response_body_size_bytes',
  'Size of response bodies as sent.',
  ['http_request_method', 'http_route'],
  BODY_BYTES,
);
export const dbSeconds = histogram(
  'db_client_operation_duration_seconds',
  'Time of one database query.',
  ['db_operation_name', 'db_collection_name'],
  OPERATION_SECONDS,
  true,
);
export const cacheSeconds = histogram(
  'cache_operation_duration_seconds',
  'Time of one cache operation.',
  ['cache', 'operation'],
  OPERATION_SECONDS,
);
export const cacheOperations = counter('cache_operations_total', 'Cache operations by result: hit, miss, ok, error.', [
  'cache',
  'operation',
  'result',
]);
export const feedSeconds = histogram(
  'feed_generation_duration_seconds',
  'Time to answer one page of a feed.',
  ['feed_type', 'cache'],
  FEED_SECONDS,
  true,
);
export const feedSourceSeconds = histogram(
  'feed_source_duration_seconds',
  'Time of one source of a feed, by how it ended.',
  ['source', 'outcome'],
  REQUEST_SECONDS,
);
export const feedItems = counter('feed_items_total', 'Items put into feeds, by the source they came from.', [
  'feed_type',
  'source',
]);
export const rateLimitExceeded = counter('rate_limit_exceeded_total', 'Requests refused by a rate limit.', ['route']);
export const errors = counter('errors_total', 'Errors told to callers.', ['code', 'http_route']);
export const validationFailures = counter('validation_failures_total', 'Inputs refused, by field.', [
  'http_route',
  'field',
]);
