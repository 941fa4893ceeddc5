import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { AppError } from '../errors.ts';
import { OTHER_METHOD } from '../telemetry/http-methods.ts';
import { log } from '../telemetry/log.ts';
import { recordError, recordHttpRequest } from '../telemetry/metrics/record.ts';
import { runInScope } from '../telemetry/scope.ts';
import { tracer } from '../telemetry/spans.ts';
import { newRequestId } from '../telemetry/tracing/ids.ts';
import { errorBody } from './middleware/error-handler.ts';
import { identifyingHeaders } from './middleware/request-telemetry.ts';

/** What Node calls it, what HTTP does, and what the caller is told. */
const REASONS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'the headers are too large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'the request took too long to arrive'],
};

/**
 * What is no HTTP never reaches express; it gets the same error shape all the same, the same ids, and a span, an access
 * line and metrics of its own.
 */
export const refuseMalformed = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const [status, message] = REASONS[error.code ?? ''] ?? [400, 'this is not valid HTTP'];
  const requestId = newRequestId();
  const address = socket.remoteAddress;
  const span = tracer.startSpan(
    'HTTP',
    {
      kind: SpanKind.SERVER,
      attributes: {
        'http.request.method': OTHER_METHOD,
        'http.response.status_code': status,
        'request.id': requestId,
        ...(address === undefined ? {} : { 'client.address': address }),
      },
    },
    ROOT_CONTEXT,
  );
  context.with(trace.setSpan(ROOT_CONTEXT, span), () =>
    runInScope({ requestId }, () => {
      const body = JSON.stringify(errorBody(new AppError('BAD_REQUEST', message)));
      const headers = {
        ...identifyingHeaders(requestId, span),
        'Content-Type': 'application/json; charset=utf-8',
        'Content-Length': Buffer.byteLength(body),
        'Cache-Control': 'no-store',
        Connection: 'close',
      };
      const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
      socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`);
      recordError('BAD_REQUEST', undefined);
      recordHttpRequest({
        method: OTHER_METHOD,
        route: undefined,
        status,
        seconds: 0,
        requestBytes: 0,
        responseBytes: Buffer.byteLength(body),
        root: span,
      });
      log.warn(`${OTHER_METHOD} (unknown) ${status}: ${message}`, {
        reason: error.code,
        http: { method: OTHER_METHOD, route: '(unknown)', status, client_address: address },
      });
      span.end();
    }),
  );
};
