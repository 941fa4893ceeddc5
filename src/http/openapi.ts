import type { Route, RouteContract } from './contract.ts';
import { requestBodyOf } from './openapi/request-body.ts';
import { ERROR_SCHEMA, errorResponses, HEADERS, isConditional, responsesOf } from './openapi/responses.ts';
import { type JsonSchema, SchemaCollection } from './openapi/schemas.ts';

export interface OpenApiOptions {
  /** Of the API. */
  version: string;
  /** Where it is served: an origin, or `/` for wherever the document came from. */
  serverUrl: string;
}

/**
 * The OpenAPI 3.1 document of the routes, made from the very schemas that check requests.
 * @throws Error when two routes would have the same name, or a query or path has no named parameters.
 */
export const buildOpenApi = (routes: readonly Route[], { version, serverUrl }: OpenApiOptions): object => {
  const schemas = new SchemaCollection();
  const paths: Record<string, Record<string, unknown>> = {};
  const names = new Set<string>();
  for (const { contract } of routes) {
    for (const [place, path] of [contract.path, ...(contract.aliases ?? [])].entries()) {
      const operationId = operationName(contract.method, path);
      if (names.has(operationId)) throw new Error(`two routes are called ${operationId}`);
      names.add(operationId);
      const operations = paths[templated(path)] ?? {};
      paths[templated(path)] = operations;
      operations[contract.method.toLowerCase()] = {
        operationId,
        ...operation(contract, schemas),
        ...(place === 0 ? {} : { deprecated: true, description: `The older path of \`${contract.path}\`.` }),
      };
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Sidechain',
      version,
      summary: 'A social network for music producers.',
      description:
        'Every response carries `traceparent` and `X-Request-ID`: quote either and the request can be followed to its trace and its log lines.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: serverUrl }],
    tags: [...new Set(routes.map(({ contract }) => contract.tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { ...schemas.components(), Error: ERROR_SCHEMA },
      responses: errorResponses(),
      headers: HEADERS,
      parameters: {
        'Idempotency-Key': IDEMPOTENCY_KEY,
        'If-None-Match': IF_NONE_MATCH,
        Range: RANGE,
        'If-Range': IF_RANGE,
      },
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The access token of /auth/login.',
        },
      },
    },
  };
};

const IDEMPOTENCY_KEY = {
  name: 'Idempotency-Key',
  in: 'header',
  description:
    'The same key with the same body is answered with the first answer for 24 hours; with another body it is a 422.',
  schema: { type: 'string', minLength: 1 },
};
const IF_NONE_MATCH = {
  name: 'If-None-Match',
  in: 'header',
  description: 'The ETag of what the client has: 304 when it is still the same.',
  schema: { type: 'string' },
};

const RANGE = {
  name: 'Range',
  in: 'header',
  description: 'One range of bytes: `bytes=0-499`, `bytes=500-`, `bytes=-500`.',
  schema: { type: 'string' },
};
const IF_RANGE = {
  name: 'If-Range',
  in: 'header',
  description: 'The ETag that the range is of: when it is another one now, all of it is answered.',
  schema: { type: 'string' },
};

const parameterReference = (name: string) => ({ $ref: `#/components/parameters/${name}` });

const SECURITY: Record<RouteContract['auth'], Record<string, string[]>[]> = {
  required: [{ bearer: [] }],
  optional: [{}, { bearer: [] }],
  none: [],
};

const operation = (contract: RouteContract, schemas: SchemaCollection): Record<string, unknown> => {
  const { tag, summary, description, auth, params, query, idempotent } = contract;
  const parameters: unknown[] = [];
  if (params) parameters.push(...parametersOf('path', schemas.resolved(schemas.schemaOf(params, 'input')), contract));
  if (query) parameters.push(...parametersOf('query', schemas.resolved(schemas.schemaOf(query, 'input')), contract));
  if (idempotent) parameters.push(parameterReference('Idempotency-Key'));
  if (isConditional(contract)) parameters.push(parameterReference('If-None-Match'));
  if (206 in contract.responses) parameters.push(...['Range', 'If-Range'].map((name) => parameterReference(name)));
  return {
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: SECURITY[auth],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBodyOf(contract, schemas),
    responses: responsesOf(contract, schemas),
  };
};

const parametersOf = (place: 'path' | 'query', schema: JsonSchema, { method, path }: RouteContract): unknown[] => {
  const { properties, required = [] } = schema as { properties?: Record<string, JsonSchema>; required?: string[] };
  if (!properties) throw new Error(`${method} ${path}: the ${place} schema is not an object`);
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
};

/** `/posts/:id` as OpenAPI writes it: `/posts/{id}`. */
const templated = (path: string): string => path.replace(/:(\w+)/g, '{$1}');

/** `GET /api/v1/users/:id/posts` is `getUsersByIdPosts`; it changes only when the path does. */
const operationName = (method: string, path: string): string => {
  const words = path
    .replace(/^\/api\/v1\//, '/')
    .replace(/:(\w+)/g, 'by-$1')
    .split(/[^A-Za-z0-9]+/)
    .filter(Boolean);
  return method.toLowerCase() + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
};
