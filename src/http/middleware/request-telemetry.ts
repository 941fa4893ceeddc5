import { type Context, context, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import type { Request, RequestHandler, Response } from 'express';
import type { AppError } from '../../errors.ts';
import { withCallerTrust } from '../../telemetry/caller-trust.ts';
import { methodOf, OTHER_METHOD } from '../../telemetry/http-methods.ts';
import { log } from '../../telemetry/log.ts';
import { recordHttpRequest, requestEnded, requestStarted } from '../../telemetry/metrics/record.ts';
import { type RequestScope, runInScope } from '../../telemetry/scope.ts';
import { markFailed, tracer } from '../../telemetry/spans.ts';
import { newRequestId } from '../../telemetry/tracing/ids.ts';
import { describeLater } from '../../telemetry/tracing/keep-trace.ts';
import { isPrivateAddress } from '../private-address.ts';
import { attributesOf, MAX_ATTRIBUTE, pathOf } from './request-attributes.ts';

export type TraceTrust = 'always' | 'never' | 'private';

const SANE_ID = /^[\w.:-]{1,128}$/;

/** What is learnt about a request on its way; told when it has ended. */
interface Progress {
  readonly root: Span;
  route: string | undefined;
  failure: unknown;
  /** We ourselves cut the connection in the middle of an answer. */
  brokenOff: boolean;
  /** All of the answer has left, though its response is kept open for a while. */
  answered: boolean;
  /** Tells how the request ended, the first time that it is called. */
  end(): void;
  /** Bytes of a streamed answer that have left; undefined where its length was known and all of it was sent. */
  sent: number | undefined;
}

const progress = new WeakMap<Response, Progress>();

/** Says which route a request has found: its span, its metrics and its log line are named by it. */
export const routeFound = (req: Request, res: Response, template: string): void => {
  const known = progress.get(res);
  if (!known) return;
  known.route = template;
  // Not the active span: at `debug` that is the one of an express layer.
  known.root.updateName(`${nameOf(req.method)} ${template}`);
  known.root.setAttribute('http.route', template);
};

/** Says why a request failed or was refused, so that its span and its log line can tell. */
export const requestFailed = (res: Response, error: AppError): void => {
  const known = progress.get(res);
  if (!known) return;
  known.failure = error.cause ?? error;
  known.root.setAttribute('request.error.code', error.code);
  if (error.field !== undefined) known.root.setAttribute('request.error.field', error.field.slice(0, MAX_ATTRIBUTE));
};

/** Cuts the connection: half an answer is out, and this is the only way left to say that it is not whole. */
export const breakOff = (res: Response): void => {
  const known = progress.get(res);
  if (known) known.brokenOff = true;
  res.destroy();
};

/** Says that all of an answer has left before its response ends, which is only kept open: the request is over. */
export const answerSent = (res: Response): void => {
  const known = progress.get(res);
  if (!known) return;
  known.answered = true;
  known.end();
};

/** Counts what has left of an answer that is sent bit by bit. */
export const bytesSent = (res: Response, bytes: number): void => {
  const known = progress.get(res);
  if (known) known.sent = (known.sent ?? 0) + bytes;
};

/** The template of the route that a request has found so far. */
export const routeOf = (res: Response): string | undefined => progress.get(res)?.route;

/** How a span is named by its method: `HTTP` stands for odd ones. */
const nameOf = (method: string): string => (methodOf(method) === OTHER_METHOD ? 'HTTP' : method);

/**
 * The outermost middleware. Everything of a request happens inside its root span and its log scope, the access line
 * included, which is why that is written here and not by a logger of its own further out.
 */
export const requestTelemetry =
  (trust: TraceTrust): RequestHandler =>
  (req, res, next) => {
    const began = performance.now();
    const given = req.get('x-request-id');
    const scope: RequestScope = { requestId: given !== undefined && SANE_ID.test(given) ? given : newRequestId() };
    const caller = callerContext(req, trust);
    const span = startRoot(req, scope, caller);
    const root = trace.setSpan(caller, span);
    let hasEnded = false;
    const state: Progress = {
      root: span,
      route: undefined,
      failure: undefined,
      brokenOff: false,
      answered: false,
      sent: undefined,
      end: () => {
        if (hasEnded) return;
        hasEnded = true;
        // Neither the response's nor the socket's events run in the request's context: both are put back.
        context.with(root, () => runInScope(scope, () => finish(req, res, state, (performance.now() - began) / 1000)));
      },
    };
    progress.set(res, state);
    for (const [name, value] of Object.entries(identifyingHeaders(scope.requestId, span))) res.setHeader(name, value);

    requestStarted();
    res.once('close', state.end);
    context.with(root, () => runInScope(scope, next));
  };

/** The context that the caller sent, with what we think of its *sampled* flag. */
const callerContext = (req: Request, trust: TraceTrust): Context => {
  // Most callers send none, and looking for what is not there costs more than all the rest of this.
  if (req.headers.traceparent === undefined && req.headers.baggage === undefined) return ROOT_CONTEXT;
  const remote = propagation.extract(ROOT_CONTEXT, req.headers);
  // Who comes through a proxy that we were not told of has the proxy's address, and may be anyone.
  const unknownProxy = req.get('x-forwarded-for') !== undefined && req.app.get('trust proxy') === false;
  const trusted = trust === 'always' || (trust === 'private' && isPrivateAddress(req.ip) && !unknownProxy);
  return withCallerTrust(remote, trusted);
};

const startRoot = (req: Request, scope: RequestScope, parent: Context): Span => {
  const span = tracer.startSpan(nameOf(req.method), { kind: SpanKind.SERVER }, parent);
  // Read now: the socket that knows it may be gone at the end.
  const address = req.ip;
  describeLater(span, () => attributesOf(req, scope, address));
  return span;
};

/** The headers by which a client, a test or a person finds the trace and the log lines again. */
export const identifyingHeaders = (requestId: string, span: Span): Record<string, string> => {
  const { traceId, spanId, traceFlags } = span.spanContext();
  if (!/[1-9a-f]/.test(traceId)) return { 'X-Request-ID': requestId };
  const traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  return { 'X-Request-ID': requestId, traceparent, 'Server-Timing': `traceparent;desc="${traceparent}"` };
};

const finish = (req: Request, res: Response, state: Progress, seconds: number): void => {
  const hungUp = !res.writableFinished && !state.brokenOff && !state.answered;
  // 499 is what nginx calls a client that closed the request before its answer. An answer that we broke off is a
  // failure of ours, whatever its first line said.
  const status = hungUp ? 499 : state.brokenOff ? 500 : res.statusCode;
  const bytes =
    req.method === 'HEAD' || !res.headersSent ? 0 : (state.sent ?? (Number(res.getHeader('content-length') ?? 0) || 0));
  endRoot(state, status, bytes, hungUp);

  const method = methodOf(req.method);
  requestEnded();
  recordHttpRequest({
    method,
    route: state.route ?? '',
    status,
    seconds,
    requestBytes: Number(req.get('content-length') ?? 0) || 0,
    responseBytes: bytes,
    root: state.root,
  });
  const level = !hungUp && status >= 500 ? 'error' : status >= 400 ? 'warn' : 'info';
  log[level](`${method} ${state.route ?? '(unknown)'} ${status}`, {
    http: {
      method,
      route: state.route ?? '(unknown)',
      path: pathOf(req).slice(0, 1024),
      status,
      duration_ms: Math.round(seconds * 1e6) / 1000,
      response_bytes: bytes,
      client_address: req.ip,
      user_agent: req.get('user-agent')?.slice(0, MAX_ATTRIBUTE),
    },
    ...(state.failure !== undefined && status >= 500 ? { error: state.failure } : {}),
  });
};

const endRoot = ({ root: span, failure }: Progress, status: number, bytes: number, hungUp: boolean): void => {
  span.setAttribute('http.response.body.size', bytes);
  if (hungUp) span.setAttribute('error.type', 'client_closed');
  else span.setAttribute('http.response.status_code', status);
  if (!hungUp && status >= 500) markFailed(span, failure ?? new Error(`answered ${status}`));
  span.end();
};
