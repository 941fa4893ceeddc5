import type { Span } from '@opentelemetry/api';
import { HTTP_STATUS } from '../../errors.ts';
import { methodOf } from '../http-methods.ts';
import { exemplarLabels } from './exemplars.ts';
import { closedSet, LabelValues } from './labels.ts';
import * as instruments from './registry.ts';
import { safely } from './safely.ts';

const routes = new LabelValues('(unknown)', 300, /^\/[\w\-./:{}*]{0,127}$/);
const fields = closedSet('(other)', []);
const codes = closedSet('(other)', Object.keys(HTTP_STATUS));
const operations = new LabelValues('(other)');
const collections = new LabelValues('(other)', 200);
const caches = new LabelValues('(other)');
const words = new LabelValues('(other)', 200);

/** Names the routes there are, as templates; any other becomes `(unknown)`. Without it the first 300 templates count. */
export const declareRoutes = (templates: Iterable<string>): void => routes.declare(templates);

/** Names the fields that inputs have, dotted where nested; any other becomes `(other)`. */
export const declareFields = (names: Iterable<string>): void => fields.declare(names);

const statusLabel = (status: number): string =>
  Number.isInteger(status) && status >= 100 && status <= 599 ? String(status) : '(other)';

const notNegative = (value: number): number => Math.max(0, value);

export interface HttpRequestRecord {
  method: string;
  /** The template, `/api/v1/posts/:id`; undefined when no route matched. */
  route: string | undefined;
  status: number;
  seconds: number;
  requestBytes: number;
  responseBytes: number;
  /** The root span, which has ended by now, so that it is decided whether its trace is kept. */
  root?: Span | undefined;
}

/** Counts one request that has been answered. */
export const recordHttpRequest = (request: HttpRequestRecord): void =>
  safely(() => {
    const http_request_method = methodOf(request.method);
    const http_route = routes.of(request.route);
    instruments.httpRequestSeconds.observe({
      labels: { http_request_method, http_route, http_response_status_code: statusLabel(request.status) },
      value: notNegative(request.seconds),
      exemplarLabels: exemplarLabels(request.root),
    });
    instruments.httpRequestBytes.observe({ http_request_method, http_route }, notNegative(request.requestBytes));
    instruments.httpResponseBytes.observe({ http_request_method, http_route }, notNegative(request.responseBytes));
  });

let activeRequests = 0;
instruments.gauge('http_server_active_requests', 'Requests being served.', [], function collect() {
  this.set(activeRequests);
});

/** One more request is being served. Each needs its `requestEnded`. */
export const requestStarted = (): void => {
  activeRequests += 1;
};

export const requestEnded = (): void => {
  activeRequests = Math.max(0, activeRequests - 1);
};

/** Counts one query; `collection` is the table, or undefined for what has none (`BEGIN`). */
export const recordDbQuery = (query: { operation: string; collection?: string | undefined; seconds: number }): void =>
  safely(() => {
    instruments.dbSeconds.observe({
      labels: {
        db_operation_name: operations.of(query.operation),
        db_collection_name: query.collection ? collections.of(query.collection) : '',
      },
      value: notNegative(query.seconds),
      exemplarLabels: exemplarLabels(),
    });
  });

export interface CacheOperationRecord {
  /** The namespace, never a key. */
  cache: string;
  operation: string;
  result: 'hit' | 'miss' | 'ok' | 'error';
  seconds: number;
}

export const recordCacheOperation = (record: CacheOperationRecord): void =>
  safely(() => {
    const cache = caches.of(record.cache);
    const operation = operations.of(record.operation);
    instruments.cacheOperations.inc({ cache, operation, result: record.result });
    instruments.cacheSeconds.observe({ cache, operation }, notNegative(record.seconds));
  });

/** Counts one page of a feed; `cache` says how the cache took part: hit, miss, bypass, stale. */
export const recordFeedGeneration = (record: { feedType: string; cache: string; seconds: number }): void =>
  safely(() => {
    instruments.feedSeconds.observe({
      labels: { feed_type: words.of(record.feedType), cache: words.of(record.cache.toLowerCase()) },
      value: notNegative(record.seconds),
      exemplarLabels: exemplarLabels(),
    });
  });

export const recordFeedSource = (record: { source: string; outcome: string; seconds: number }): void =>
  safely(() => {
    instruments.feedSourceSeconds.observe(
      { source: words.of(record.source), outcome: words.of(record.outcome) },
      notNegative(record.seconds),
    );
  });

export const recordFeedItems = (record: { feedType: string; source: string; count: number }): void =>
  safely(() => {
    instruments.feedItems.inc({ feed_type: words.of(record.feedType), source: words.of(record.source) }, record.count);
  });

export const recordRateLimitExceeded = (route: string | undefined): void =>
  safely(() => instruments.rateLimitExceeded.inc({ route: routes.of(route) }));

/** Counts an error that a caller was told about. */
export const recordError = (code: string, route: string | undefined): void =>
  safely(() => instruments.errors.inc({ code: codes.of(code), http_route: routes.of(route) }));

/** Counts a refused input. An index in an array (`genre.0`, `genre[0]`) is left out of the field's name. */
export const recordValidationFailure = (route: string | undefined, field: string | undefined): void =>
  safely(() => {
    const name = field?.slice(0, 200).replace(/\.\d+(?=\.|$)|\[\d+\]/g, '');
    instruments.validationFailures.inc({ http_route: routes.of(route), field: fields.of(name) });
  });
