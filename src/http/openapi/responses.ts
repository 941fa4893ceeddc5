import { HTTP_STATUS } from '../../errors.ts';
import type { RouteContract } from '../contract.ts';
import type { JsonSchema, SchemaCollection } from './schemas.ts';

interface ErrorResponse {
  name: string;
  description: string;
  /** Headers beside those of every response, by component. */
  headers?: string[];
}

const ERRORS: Record<number, ErrorResponse> = {
  400: { name: 'BadRequest', description: 'The request could not be read.' },
  401: { name: 'Unauthorized', description: 'The access token is missing, wrong or spent.' },
  403: { name: 'Forbidden', description: 'This is not yours to do.' },
  404: { name: 'NotFound', description: 'There is no such thing, or not for you.' },
  405: { name: 'MethodNotAllowed', description: 'The path answers other methods.', headers: ['Allow'] },
  409: { name: 'Conflict', description: 'In conflict with what is there.' },
  408: { name: 'RequestTimeout', description: 'The body was too slow, or stopped coming.' },
  413: { name: 'PayloadTooLarge', description: 'The body is larger than this route takes.' },
  415: { name: 'UnsupportedMediaType', description: 'The body is not of the type that this route takes.' },
  416: {
    name: 'RangeNotSatisfiable',
    description: 'Nothing of the range is there.',
    headers: ['Content-Range', 'Accept-Ranges'],
  },
  422: { name: 'ValidationError', description: 'Something in the request is not valid; `field` names it.' },
  429: { name: 'RateLimited', description: 'Too many requests.', headers: ['Retry-After'] },
  500: { name: 'InternalError', description: 'Something went wrong on our side; `trace_id` leads to what.' },
  503: { name: 'ServiceUnavailable', description: 'A dependency is down.', headers: ['Retry-After'] },
  504: { name: 'Timeout', description: 'It took too long.' },
};

const EVERYWHERE = ['X-Request-ID', 'traceparent', 'Server-Timing'];
const LIMITED = ['RateLimit', 'RateLimit-Policy'];
const CACHED = ['ETag', 'Cache-Control'];
const FEED = ['X-Cache', ...CACHED];
const RANGED = ['Accept-Ranges', 'Content-Length', 'Content-Disposition'];

/** Every header that a response may carry beside the usual ones. */
export const HEADERS: Record<string, { description: string; schema: JsonSchema }> = {
  'X-Request-ID': {
    description: "The id of the request: the client's if it sent a sane one.",
    schema: { type: 'string' },
  },
  traceparent: {
    description: "The server's span in W3C Trace Context: the place to find the trace by.",
    schema: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$' },
  },
  'Server-Timing': { description: 'The same for browsers: `traceparent;desc="…"`.', schema: { type: 'string' } },
  RateLimit: { description: 'What is left: `"general";r=99;t=60`.', schema: { type: 'string' } },
  'RateLimit-Policy': { description: 'The budget: `"general";q=100;w=60`.', schema: { type: 'string' } },
  'X-Cache': {
    description: 'Where the feed came from.',
    schema: { type: 'string', enum: ['HIT', 'MISS', 'BYPASS', 'STALE'] },
  },
  ETag: { description: 'For If-None-Match.', schema: { type: 'string' } },
  'Cache-Control': { description: 'How long a client may keep it.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds.', schema: { type: 'integer', minimum: 1 } },
  Location: { description: 'Where what was made is found.', schema: { type: 'string' } },
  'Accept-Ranges': { description: '`bytes`.', schema: { type: 'string' } },
  'Content-Range': { description: '`bytes 0-99/1000`, or `bytes */1000` with a 416.', schema: { type: 'string' } },
  'Content-Length': { description: 'Bytes of the answer.', schema: { type: 'integer' } },
  'Content-Disposition': { description: 'The name to save it under.', schema: { type: 'string' } },
  Allow: { description: 'The methods that the path answers.', schema: { type: 'string' } },
  'Idempotency-Replayed': { description: '`true` when this is the stored first answer.', schema: { type: 'string' } },
};

/** The shape of every error. */
export const ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['code', 'message', 'details', 'trace_id', 'request_id'],
  properties: {
    code: { type: 'string', enum: Object.keys(HTTP_STATUS) },
    message: { type: 'string' },
    field: { type: 'string', description: 'The input that was wrong.' },
    details: {
      type: 'array',
      items: {
        type: 'object',
        required: ['field', 'message'],
        properties: { field: { type: 'string' }, message: { type: 'string' } },
      },
    },
    trace_id: { type: ['string', 'null'] },
    trace_url: {
      type: 'string',
      format: 'uri',
      description: 'Where to look at that trace: in development only, while the trace viewer is on.',
    },
    request_id: { type: ['string', 'null'] },
  },
};

/** Bytes that are no text have no schema; all else that is no JSON is text. */
const contentOf = (types: readonly string[]) =>
  Object.fromEntries(
    types.map((type) => {
      if (/^(audio|video)\//.test(type)) return [type, {}];
      return [type, { schema: { type: type === 'application/json' ? 'object' : 'string' } }];
    }),
  );

const json = (schema: JsonSchema) => ({ 'application/json': { schema } });

/** The shape of every error, with an example of the code that goes with the status. */
const errorContent = (status: number, message: string) => {
  // 408 and 416 have no code of their own.
  const code = Object.entries(HTTP_STATUS).find(([, its]) => its === status)?.[0] ?? 'BAD_REQUEST';
  const example = {
    code,
    message,
    ...(status === 422 ? { field: 'limit' } : {}),
    details: [],
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    request_id: '019a9c0e-5b7c-7cc3-98c4-dc0c0c07398f',
  };
  return { 'application/json': { schema: { $ref: '#/components/schemas/Error' }, example } };
};
const headerReferences = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));

/** Whether a route is a feed, which is cached and can be asked for with If-None-Match. */
export const isFeed = ({ method, path }: RouteContract): boolean => method === 'GET' && /^\/api\/v1\/feed\//.test(path);

/** Whether a route can be asked with If-None-Match. */
export const isConditional = (contract: RouteContract): boolean => isFeed(contract) || 304 in contract.responses;

/** The errors that a route can give by what it is: it takes a token, an input, a body, an id, a budget. */
const errorsOf = (contract: RouteContract): number[] => {
  const { auth, params, query, body, form, limit, idempotent } = contract;
  const all = [500, 503, 504];
  if (auth !== 'none') all.push(401);
  if (params) all.push(400, 404);
  if (body) all.push(400, 413, 415);
  if (form) all.push(400, 408, 413, 415);
  if (params || query || body || form) all.push(422);
  if (idempotent) all.push(409, 422);
  if (limit !== 'none') all.push(429);
  return all;
};

/** All that a route may answer, by status. */
export const responsesOf = (contract: RouteContract, schemas: SchemaCollection): Record<string, unknown> => {
  const own = [...EVERYWHERE, ...(contract.limit === 'none' ? [] : LIMITED)];
  const responses: Record<string, unknown> = {};
  for (const status of errorsOf(contract))
    responses[status] = { $ref: `#/components/responses/${ERRORS[status]?.name}` };
  if (isFeed(contract))
    responses[304] = { description: 'The client has it already.', headers: headerReferences([...own, ...FEED]) };
  for (const [code, reply] of Object.entries(contract.responses)) {
    const status = Number(code);
    const isError = status >= 400;
    const names = [...own];
    if (isFeed(contract) && !isError) names.push(...FEED);
    else if (isConditional(contract) && status < 400) names.push(...CACHED);
    if (206 in contract.responses && status < 300) names.push(...RANGED);
    if (status === 206) names.push('Content-Range');
    if (status === 202) names.push('Location');
    if (contract.idempotent && !isError) names.push('Idempotency-Replayed');
    names.push(...(ERRORS[status]?.headers ?? []));
    const headers = headerReferences(names);
    if (typeof reply !== 'string') {
      const schema = schemas.schemaOf(reply, 'output');
      responses[code] = { description: ERRORS[status]?.description ?? 'As asked.', headers, content: json(schema) };
    } else if (isError) responses[code] = { description: reply, headers, content: errorContent(status, reply) };
    else {
      const media = contract.media?.[status];
      responses[code] = { description: reply, headers, ...(media && { content: contentOf(media) }) };
    }
  }
  return responses;
};

/** The error responses that routes refer to. */
export const errorResponses = (): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(ERRORS).map(([status, { name, description, headers = [] }]) => [
      name,
      {
        description,
        headers: headerReferences([...EVERYWHERE, ...headers]),
        content: errorContent(Number(status), description),
      },
    ]),
  );
