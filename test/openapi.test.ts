import express from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Route, route } from '../src/http/contract.ts';
import { docsRouter } from '../src/http/docs.ts';
import { buildOpenApi } from '../src/http/openapi.ts';
import { routes } from '../src/http/routes/index.ts';
import { id, limit, text, timestamp } from '../src/http/schemas/text.ts';

const Person = z.object({ id, name: z.string(), bio: z.string().nullable() }).meta({ id: 'Person' });
const Loop = z.object({ id, author: Person, at: timestamp }).meta({ id: 'Loop' });
const Draft = z
  .strictObject({ title: text(1, 20), genre: z.array(z.string()).max(5).optional() })
  .meta({ id: 'Draft' });
const answer = async () => ({ status: 200 });

const SAMPLE: readonly Route[] = [
  route(
    {
      method: 'GET',
      path: '/health',
      tag: 'health',
      summary: 'Who answers',
      auth: 'none',
      limit: 'none',
      responses: { 200: z.object({ status: z.literal('ok') }) },
    },
    answer,
  ),
  route(
    {
      method: 'GET',
      path: '/api/v1/feed/global',
      tag: 'feed',
      summary: 'All',
      auth: 'optional',
      query: z.strictObject({ limit, genre: z.string().optional() }),
      responses: { 200: z.object({ loops: z.array(Loop) }) },
    },
    answer,
  ),
  route(
    {
      method: 'GET',
      path: '/api/v1/loops/:id',
      tag: 'loops',
      summary: 'One',
      auth: 'required',
      params: z.object({ id }),
      responses: { 200: Loop },
    },
    answer,
  ),
  route(
    {
      method: 'DELETE',
      path: '/api/v1/loops/:id',
      tag: 'loops',
      summary: 'Away',
      auth: 'required',
      params: z.object({ id }),
      responses: { 204: 'It is gone.', 403: 'It is not yours.' },
    },
    answer,
  ),
  route(
    {
      method: 'POST',
      path: '/api/v1/loops',
      aliases: ['/api/loops'],
      tag: 'loops',
      summary: 'New',
      auth: 'required',
      idempotent: true,
      body: Draft,
      responses: { 201: Loop },
    },
    answer,
  ),
];

// A document is read here as a client would read it: without types.
// biome-ignore lint/suspicious/noExplicitAny: see above
const build = (of: readonly Route[] = SAMPLE): any => buildOpenApi(of, { version: '1.2.3', serverUrl: '/' });

const everyValue = function* (value: unknown, key = ''): Generator<[string, unknown]> {
  yield [key, value];
  if (typeof value === 'object' && value !== null)
    for (const [name, inner] of Object.entries(value)) yield* everyValue(inner, name);
};

describe('the OpenAPI document', () => {
  const document = build();

  it('says what it is', () => {
    expect(document).toMatchObject({
      openapi: '3.1.1',
      info: { title: 'Sidechain', version: '1.2.3' },
      servers: [{ url: '/' }],
    });
    expect(document.tags).toEqual([{ name: 'health' }, { name: 'feed' }, { name: 'loops' }]);
  });

  it('has each reusable schema once, with references between them', () => {
    expect(document.components.schemas.Loop.properties.author).toEqual({ $ref: '#/components/schemas/Person' });
    expect(document.components.schemas.Person.properties.bio).toEqual({ type: ['string', 'null'] });
    expect(document.paths['/api/v1/loops/{id}'].get.responses[200].content['application/json'].schema).toEqual({
      $ref: '#/components/schemas/Loop',
    });
  });

  it('forbids unknown properties in requests, not in replies', () => {
    expect(document.components.schemas.Draft.additionalProperties).toBe(false);
    expect(document.components.schemas.Loop).not.toHaveProperty('additionalProperties');
  });

  it('names parameters with their types, limits and defaults', () => {
    expect(document.paths['/api/v1/feed/global'].get.parameters).toEqual([
      {
        name: 'limit',
        in: 'query',
        required: false,
        schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
      },
      { name: 'genre', in: 'query', required: false, schema: { type: 'string' } },
      { $ref: '#/components/parameters/If-None-Match' },
    ]);
    expect(document.paths['/api/v1/loops/{id}'].get.parameters).toMatchObject([
      { name: 'id', in: 'path', required: true, schema: { format: 'uuid' } },
    ]);
  });

  it('asks for a token where the route does', () => {
    expect(document.paths['/health'].get.security).toEqual([]);
    expect(document.paths['/api/v1/feed/global'].get.security).toEqual([{}, { bearer: [] }]);
    expect(document.paths['/api/v1/loops'].post.security).toEqual([{ bearer: [] }]);
  });

  it('lists the errors that a route can give, and no others', () => {
    const statuses = (path: string, method: string) => Object.keys(document.paths[path][method].responses);
    expect(statuses('/health', 'get')).toEqual(['200', '500', '503', '504']);
    expect(statuses('/api/v1/feed/global', 'get')).toEqual(['200', '304', '401', '422', '429', '500', '503', '504']);
    expect(statuses('/api/v1/loops/{id}', 'delete')).toEqual([
      '204',
      '400',
      '401',
      '403',
      '404',
      '422',
      '429',
      '500',
      '503',
      '504',
    ]);
    expect(statuses('/api/v1/loops', 'post')).toEqual([
      '201',
      '400',
      '401',
      '409',
      '413',
      '415',
      '422',
      '429',
      '500',
      '503',
      '504',
    ]);
    expect(document.paths['/api/v1/loops/{id}'].delete.responses[403]).toMatchObject({
      description: 'It is not yours.',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
    });
  });

  it('shows each error with the code that it has', () => {
    const example = (name: string) => document.components.responses[name].content['application/json'].example;
    expect(example('NotFound').code).toBe('NOT_FOUND');
    expect(example('ValidationError')).toMatchObject({ code: 'VALIDATION_ERROR', field: 'limit' });
    const own = document.paths['/api/v1/loops/{id}'].delete.responses[403].content['application/json'].example;
    expect(own).toMatchObject({ code: 'FORBIDDEN', message: 'It is not yours.' });
  });

  it('names the headers of the answers', () => {
    const headers = (path: string, method: string, status: number) =>
      Object.keys(document.paths[path][method].responses[status].headers);
    expect(headers('/health', 'get', 200)).toEqual(['X-Request-ID', 'traceparent', 'Server-Timing']);
    expect(headers('/api/v1/feed/global', 'get', 200)).toEqual(
      expect.arrayContaining(['RateLimit', 'X-Cache', 'ETag']),
    );
    expect(headers('/api/v1/loops', 'post', 201)).toContain('Idempotency-Replayed');
  });

  it('shows older paths as deprecated', () => {
    expect(document.paths['/api/loops'].post).toMatchObject({ deprecated: true, operationId: 'postApiLoops' });
    expect(document.paths['/api/v1/loops'].post).toMatchObject({
      operationId: 'postLoops',
      requestBody: { required: true },
    });
  });

  it('refuses two routes of the same name', () => {
    expect(() => build([...SAMPLE, ...SAMPLE])).toThrow('two routes are called');
  });
});

describe.each([
  ['a few routes', SAMPLE],
  ['the API', routes],
])('the OpenAPI document of %s', (_, of) => {
  const document = build(of);

  it('has every route under a name of its own', () => {
    const operations = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods as Record<string, { operationId: string }>),
    );
    expect(operations).toHaveLength(of.reduce((sum, { contract }) => sum + 1 + (contract.aliases?.length ?? 0), 0));
    expect(new Set(operations.map(({ operationId }) => operationId)).size).toBe(operations.length);
  });

  it('refers only to what is there', () => {
    for (const [key, reference] of everyValue(document)) {
      if (key !== '$ref') continue;
      const target = String(reference)
        .slice(2)
        .split('/')
        .reduce((place, step) => place?.[step], document);
      expect(target, String(reference)).toBeDefined();
    }
  });

  it('describes every parameter of its paths', () => {
    for (const [path, methods] of Object.entries<Record<string, { parameters?: { name: string; in: string }[] }>>(
      document.paths,
    )) {
      const expected = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
      for (const { parameters = [] } of Object.values(methods)) {
        expect(
          parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name),
          path,
        ).toEqual(expected);
      }
    }
  });

  it('has a schema for what every route answers and takes: none is empty', () => {
    for (const [path, methods] of Object.entries<Record<string, { responses: object; requestBody?: object }>>(
      document.paths,
    )) {
      for (const [method, { responses, requestBody }] of Object.entries(methods)) {
        for (const [key, schema] of everyValue({ responses, requestBody })) {
          if (key === 'schema') expect(schema, `${method} ${path}`).not.toEqual({});
        }
      }
    }
  });
});

describe('the upload of a file', () => {
  const document = build(routes);
  const { requestBody, parameters, responses } = document.paths['/api/v1/audio/upload'].post;

  it('is a form with the bytes of the file and the fields, as they are checked', () => {
    const { schema } = requestBody.content['multipart/form-data'];
    expect(requestBody.required).toBe(true);
    expect(schema.required).toEqual(['audio']);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties.audio).toMatchObject({ type: 'string', format: 'binary' });
    expect(schema.properties.bpm).toMatchObject({ type: 'number', minimum: 1, maximum: 300 });
    expect(schema.properties.duration_bars).toMatchObject({ type: 'integer', minimum: 1, maximum: 256 });
    expect(schema.properties.post).toMatchObject({ type: 'boolean', default: false });
    expect(schema.properties.visibility.enum).toEqual(['public', 'followers', 'private']);
    expect(parameters).toContainEqual({ $ref: '#/components/parameters/Idempotency-Key' });
  });

  it('may be refused in every way that a form can be', () => {
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining(['202', '400', '408', '413', '415', '422', '429', '503']),
    );
    expect(Object.keys(responses[202].headers)).toEqual(expect.arrayContaining(['Location', 'Idempotency-Replayed']));
  });
});

describe('what is no JSON', () => {
  const { paths } = build(routes);

  it('has its types, ranges and conditions', () => {
    const { parameters, responses } = paths['/api/v1/audio/{id}/stream'].get;
    expect(Object.keys(responses)).toEqual(expect.arrayContaining(['200', '206', '304', '409', '416']));
    for (const status of [200, 206])
      expect(Object.keys(responses[status].content)).toEqual(['audio/mp4', 'audio/mpeg']);
    expect(Object.keys(responses[206].headers)).toEqual(
      expect.arrayContaining(['Content-Range', 'Accept-Ranges', 'ETag']),
    );
    expect(Object.keys(responses[416].headers)).toContain('Content-Range');
    for (const name of ['Range', 'If-Range', 'If-None-Match'])
      expect(parameters).toContainEqual({ $ref: `#/components/parameters/${name}` });
    const events = paths['/api/v1/audio/status/{job_id}/events'].get.responses[200];
    expect(events.content).toEqual({ 'text/event-stream': { schema: { type: 'string' } } });
    expect(Object.keys(paths['/api/v1/audio/{id}/waveform.svg'].get.responses[200].content)).toEqual(['image/svg+xml']);
  });
});

it('shows an e-mail address to its owner alone', () => {
  const { schemas } = build(routes).components;
  const withEmail = Object.keys(schemas).filter((name) => schemas[name].properties?.email !== undefined);
  expect(withEmail).toEqual(['Account', 'Credentials', 'Registration']);
  const document = build(routes);
  const answersAccount = Object.entries<Record<string, { responses: object }>>(document.paths).flatMap(
    ([path, methods]) =>
      Object.entries(methods).flatMap(([method, { responses }]) =>
        /schemas\/(Account|AuthReply)"/.test(JSON.stringify(responses)) ? [`${method} ${path}`] : [],
      ),
  );
  for (const route of answersAccount) expect(route).toMatch(/\/auth\/(register|login|refresh|me)$|\/users\/me$/);
});

describe('the examples of the API', () => {
  const bodies = routes.flatMap(({ contract: { method, path, body } }) => (body ? [{ method, path, body }] : []));

  it.each(bodies)('$method $path takes the one that its page begins with', ({ body }) => {
    const example = [body.meta()?.examples].flat()[0];
    // Swagger UI makes one up where there is none: every property, with "string" for a text.
    if (example === undefined)
      expect(Object.keys(z.toJSONSchema(body, { io: 'input' }).properties ?? {})).toHaveLength(1);
    else expect(body.safeParse(example).error).toBeUndefined();
  });

  it('are in the document', () => {
    const { NewPost } = build(routes).components.schemas;
    expect(NewPost.examples).toEqual([expect.objectContaining({ audio_url: expect.stringMatching(/^https:/) })]);
    expect(NewPost.examples[0]).not.toHaveProperty('audio_id');
  });

  it('has its tags in one case', () => {
    for (const { name } of build(routes).tags) expect(name).toBe(name.toLowerCase());
  });
});

describe('/openapi.json and /docs', () => {
  const app = express().disable('etag').use(docsRouter(SAMPLE, '1.2.3'));

  it('serves the document, and 304 to whoever has it', async () => {
    const first = await request(app)
      .get('/openapi.json')
      .expect(200)
      .expect('Content-Type', /^application\/json/);
    expect(first.body).toEqual(build());
    await request(app).get('/openapi.json').set('If-None-Match', String(first.headers.etag)).expect(304);
  });

  it('serves a page that loads nothing from elsewhere', async () => {
    const page = await request(app)
      .get('/docs')
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    expect(page.text).toContain('<title>Sidechain</title>');
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'; script-src 'self';/);
    const references = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map((match) => String(match[1]));
    expect(references.length).toBeGreaterThan(4);
    for (const path of references) {
      expect(path).toMatch(/^\/[^/]/);
      await request(app).get(path).expect(200);
    }
  });

  it('serves nothing else of the package', async () => {
    for (const path of ['/docs/package.json', '/docs/index.html', '/docs/..%2fpackage.json'])
      await request(app).get(path).expect(404);
  });
});
