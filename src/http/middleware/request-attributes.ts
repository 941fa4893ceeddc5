import type { Attributes } from '@opentelemetry/api';
import type { Request } from 'express';
import { methodOf } from '../../telemetry/http-methods.ts';
import { redactText } from '../../telemetry/redact.ts';
import type { RequestScope } from '../../telemetry/scope.ts';

const SANE_CLIENT = /^[\w.+ -]{1,64}$/;
/** Characters of what a caller sends, in one attribute. */
export const MAX_ATTRIBUTE = 256;

/** What a request's span says of it from the start. @param address the caller's, which the socket forgets when it closes */
export const attributesOf = (req: Request, scope: RequestScope, address: string | undefined): Attributes => {
  const clientType = req.get('x-client-type');
  const clientVersion = req.get('x-client-version');
  const userAgent = req.get('user-agent');
  return {
    'http.request.method': methodOf(req.method),
    'url.path': redactText(pathOf(req)).slice(0, MAX_ATTRIBUTE),
    'url.scheme': req.protocol,
    'server.address': req.hostname?.slice(0, MAX_ATTRIBUTE) ?? '',
    'network.protocol.version': req.httpVersion,
    'request.id': scope.requestId,
    'client.address': address,
    'user_agent.original': userAgent === undefined ? undefined : redactText(userAgent).slice(0, MAX_ATTRIBUTE),
    'client.type': clientType !== undefined && SANE_CLIENT.test(clientType) ? clientType : undefined,
    'client.version': clientVersion !== undefined && SANE_CLIENT.test(clientVersion) ? clientVersion : undefined,
  };
};

/** Without host, query and fragment, and whole: a router that is mounted somewhere takes its part off `req.path`. */
export const pathOf = (req: Request): string => req.baseUrl + req.path;
