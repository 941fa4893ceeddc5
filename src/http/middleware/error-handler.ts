import { trace } from '@opentelemetry/api';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { isDatabaseUnavailable } from '../../data/availability.ts';
import { AppError } from '../../errors.ts';
import { log } from '../../telemetry/log.ts';
import { recordError } from '../../telemetry/metrics/record.ts';
import { currentScope } from '../../telemetry/scope.ts';
import { isRecorded } from '../../telemetry/tracing/keep-trace.ts';
import { traceLink } from '../../telemetry/viewer/trace-link.ts';
import { answerAndLinger, isStillSending } from '../forms/linger.ts';
import { HttpRefusal } from '../http-refusal.ts';
import { breakOff, requestFailed, routeOf } from './request-telemetry.ts';

/** Turns whatever was thrown into an error that may be shown. What is not meant for the caller becomes its cause. */
export const fromError = (error: unknown): AppError => {
  if (error instanceof AppError) return error;
  if (isDatabaseUnavailable(error)) {
    return new AppError('SERVICE_UNAVAILABLE', 'the service is not available right now', {
      retryAfter: 5,
      cause: error,
    });
  }
  return fromFramework(error) ?? new AppError('INTERNAL_ERROR', 'something went wrong on our side', { cause: error });
};

/** What express, its router and its body parser throw: http-errors with a `status` and a `type`. */
const fromFramework = (error: unknown): AppError | undefined => {
  if (!(error instanceof Error)) return undefined;
  const { status, type } = error as { status?: unknown; type?: unknown };
  switch (type) {
    case 'entity.too.large':
      return new AppError('PAYLOAD_TOO_LARGE', 'the body is larger than this route takes', { cause: error });
    case 'entity.parse.failed':
      return new AppError('BAD_REQUEST', 'the body is not valid JSON', { cause: error });
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body is in an encoding that is not supported', {
        cause: error,
      });
    default:
  }
  if (error instanceof URIError || status === 400)
    return new AppError('BAD_REQUEST', 'the request could not be read', { cause: error });
  if (status === 413) return new AppError('PAYLOAD_TOO_LARGE', 'the request is too large', { cause: error });
  if (status === 404) return new AppError('NOT_FOUND', 'not found', { cause: error });
  return undefined;
};

/** The one shape of every error. */
export const errorBody = (error: AppError): Record<string, unknown> => {
  const traceId = trace.getActiveSpan()?.spanContext().traceId;
  const traceUrl = traceId !== undefined && isRecorded() ? traceLink(traceId) : undefined;
  return {
    code: error.code,
    message: error.message,
    ...(error.field === undefined ? {} : { field: error.field }),
    details: error.details,
    trace_id: traceId ?? null,
    ...(traceUrl === undefined ? {} : { trace_url: traceUrl }),
    request_id: currentScope()?.requestId ?? null,
  };
};

const send = (req: Request, res: Response, error: AppError): void => {
  if (error.retryAfter !== undefined) res.setHeader('Retry-After', String(Math.max(1, Math.ceil(error.retryAfter))));
  if (error.allow) res.setHeader('Allow', error.allow.join(', '));
  if (error instanceof HttpRefusal) res.set(error.headers);
  if (error.status === 401) res.setHeader('WWW-Authenticate', 'Bearer');
  res.removeHeader('ETag');
  res.setHeader('Cache-Control', 'no-store');
  res.status(error.status);
  if (isStillSending(req)) answerAndLinger(req, res, errorBody(error));
  else res.json(errorBody(error));
};

/** The last middleware: answers with the one shape, and keeps what really happened for the span and the log. */
export const errorHandler: ErrorRequestHandler = (thrown: unknown, req, res, _next) => {
  const error = fromError(thrown);
  if (res.closed) {
    // The access line has been written and nobody is told any more: what went wrong with us is said here or nowhere.
    if (error.status >= 500) log.warn('a request failed after its client had gone', { error: thrown });
    return;
  }
  recordError(error.code, routeOf(res) ?? '');
  requestFailed(res, error);
  if (res.headersSent) {
    breakOff(res);
    return;
  }
  send(req, res, error);
};

/** Answers what no route has answered. */
export const noSuchRoute: RequestHandler = () => {
  throw new AppError('NOT_FOUND', 'there is no such route; see /docs');
};
