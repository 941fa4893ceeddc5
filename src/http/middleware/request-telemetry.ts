import { type Context, context, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import { RPCType, setRPCMetadata } from '@opentelemetry/core';
import type { Request, RequestHandler, Response } from 'express';
import { v7 as uuidv7 } from 'uuid';
import { log } from '../../telemetry/log.ts';
import { recordHttpRequest, requestEnded, requestStarted } from '../../telemetry/metrics/record.ts';
import { withCallerTrust } from '../../telemetry/sampler.ts';
import { type RequestScope, runInScope } from '../../telemetry/scope.ts';
import { markFailed, tracer, withRoot } from '../../telemetry/spans.ts';
import { isPrivateAddress } from '../private-address.ts';

export type TraceTrust = 'always' | 'never' | 'private';

/** Methods that HTTP knows; any other is `_OTHER`, so that a caller cannot make up metric labels and span names. */
const METHODS = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'CONNECT', 'TRACE']);
const SANE_ID = /^[\w.:-]{1,128}$/;
const SANE_CLIENT = /^[\w.+ -]{1,64}$/;
const MAX_ATTRIBUTE = 256;

/** What is learnt about a request on its way; told when it has ended. */
interface Progress {
  route: string | undefined;
  failure: unknown;
}

const progress = new WeakMap<Response, Progress>();

/** Says which route a request has found: its span, its metrics and its log line are named by it. */
export const routeFound = (req: Request, res: Response, template: string): void => {
  const known = progress.get(res);
  if (known) known.route = template;
  const span = trace.getActiveSpan();
  span?.updateName(`${knownMethod(req.method)} ${template}`);
  span?.setAttribute('http.route', template);
};

/** Says why a request failed, so that its span and its log line can tell. */
export const requestFailed = (res: Response, error: unknown): void => {
  const known = progress.get(res);
  if (known) known.failure = error;
};

/** The template of the route that a request has found so far. */
export const routeOf = (res: Response): string | undefined => progress.get(res)?.route;

const knownMethod = (method: string): string => (METHODS.has(method) ? method : 'HTTP');

/**
 * The outermost middleware. Everything of a request happens inside its root span and its log scope, the access line
 * included, which is why that is written here and not by a logger of its own further out.
 */
export const requestTelemetry =
  (trust: TraceTrust): RequestHandler =>
  (req, res, next) => {
    const began = performance.now();
    const given = req.get('x-request-id');
    const scope: RequestScope = { requestId: given !== undefined && SANE_ID.test(given) ? given : uuidv7() };
    const state: Progress = { route: undefined, failure: undefined };
    progress.set(res, state);

    const span = startRoot(req, scope, callerContext(req, trust));
    const root = setRPCMetadata(withRoot(ROOT_CONTEXT, span), { type: RPCType.HTTP, span });
    identify(res, scope, span);

    requestStarted();
    res.once('close', () => {
      // Neither the response's nor the socket's events run in the request's context: both are put back.
      context.with(root, () =>
        runInScope(scope, () => finish(req, res, span, state, (performance.now() - began) / 1000)),
      );
    });
    context.with(root, () => runInScope(scope, next));
  };

/** The context that the caller sent, with what we think of its *sampled* flag. */
const callerContext = (req: Request, trust: TraceTrust): Context => {
  const remote = propagation.extract(ROOT_CONTEXT, req.headers);
  const trusted = trust === 'always' || (trust === 'private' && isPrivateAddress(req.ip));
  return withCallerTrust(remote, trusted);
};

const startRoot = (req: Request, scope: RequestScope, parent: Context): Span => {
  const method = knownMethod(req.method);
  const clientType = req.get('x-client-type');
  const clientVersion = req.get('x-client-version');
  const userAgent = req.get('user-agent');
  return tracer.startSpan(
    method,
    {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': method === 'HTTP' ? '_OTHER' : method,
        'url.path': req.path.slice(0, MAX_ATTRIBUTE),
        'url.scheme': req.protocol,
        'server.address': req.hostname?.slice(0, MAX_ATTRIBUTE) ?? '',
        'network.protocol.version': req.httpVersion,
        'request.id': scope.requestId,
        ...(req.ip === undefined ? {} : { 'client.address': req.ip }),
        ...(userAgent === undefined ? {} : { 'user_agent.original': userAgent.slice(0, MAX_ATTRIBUTE) }),
        ...(clientType !== undefined && SANE_CLIENT.test(clientType) ? { 'client.type': clientType } : {}),
        ...(clientVersion !== undefined && SANE_CLIENT.test(clientVersion) ? { 'client.version': clientVersion } : {}),
      },
    },
    parent,
  );
};

/** The headers by which a client, a test or a person finds the trace and the log lines again. */
const identify = (res: Response, scope: RequestScope, span: Span): void => {
  res.setHeader('X-Request-ID', scope.requestId);
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (!/[1-9a-f]/.test(traceId)) return;
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  res.setHeader('traceparent', traceparent);
  res.setHeader('Server-Timing', `traceparent;desc="${traceparent}"`);
};

const finish = (req: Request, res: Response, span: Span, state: Progress, seconds: number): void => {
  const hungUp = !res.writableFinished;
  // 499 is what nginx calls a client that closed the request before its answer.
  const status = hungUp ? 499 : res.statusCode;
  const bytes = Number(res.getHeader('content-length') ?? 0) || 0;
  endRoot(span, state, status, bytes, hungUp);

  const method = knownMethod(req.method) === 'HTTP' ? '_OTHER' : req.method;
  requestEnded();
  recordHttpRequest({
    method,
    route: state.route ?? '',
    status,
    seconds,
    requestBytes: Number(req.get('content-length') ?? 0) || 0,
    responseBytes: bytes,
    spanContext: span.spanContext(),
  });
  const level = !hungUp && status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info';
  log[level](`${method} ${state.route ?? '(unknown)'} ${status}`, {
    http: {
      method,
      route: state.route ?? '(unknown)',
      path: req.originalUrl.split('?', 1)[0]?.slice(0, 1024),
      status,
      duration_ms: Math.round(seconds * 1e6) / 1000,
      response_bytes: bytes,
      client_address: req.ip,
      user_agent: req.get('user-agent')?.slice(0, MAX_ATTRIBUTE),
    },
    ...(state.failure !== undefined && status >= 500 ? { error: state.failure } : {}),
  });
};

const endRoot = (span: Span, state: Progress, status: number, bytes: number, hungUp: boolean): void => {
  span.setAttribute('http.response.body.size', bytes);
  if (hungUp) span.setAttribute('error.type', 'client_closed');
  else span.setAttribute('http.response.status_code', status);
  if (!hungUp && status >= 500) markFailed(span, state.failure ?? new Error(`answered ${status}`));
  span.end();
};
