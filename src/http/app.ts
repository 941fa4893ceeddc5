import cors from 'cors';
import express, { type Express } from 'express';
import helmet from 'helmet';
import { AppError } from '../errors.ts';
import { declareFields, declareRoutes } from '../telemetry/metrics/record.ts';
import type { HttpContext } from './context.ts';
import type { Route } from './contract.ts';
import { docsRouter } from './docs.ts';
import { fieldNames } from './field-names.ts';
import { errorHandler, noSuchRoute } from './middleware/error-handler.ts';
import { requestTelemetry, routeFound } from './middleware/request-telemetry.ts';
import { serveRoute } from './serve-route.ts';

const EXPOSED = [
  'X-Request-ID',
  'traceparent',
  'Server-Timing',
  'X-Cache',
  'ETag',
  'Retry-After',
  'RateLimit',
  'RateLimit-Policy',
  'Idempotency-Replayed',
];
const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'Cache-Control',
  'X-Request-ID',
  'X-Client-Type',
  'X-Client-Version',
  'traceparent',
  'tracestate',
  'baggage',
];

/** The express application, without listening: the server and the tests both build it. */
export const createApp = (ctx: HttpContext, routes: readonly Route[]): Express => {
  // What metrics may be labelled with: nothing that a caller makes up.
  declareRoutes(routes.flatMap(({ contract }) => [contract.path, ...(contract.aliases ?? [])]));
  declareFields(fieldNames(routes.map(({ contract }) => contract)));

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', trustProxy(ctx.config.TRUST_PROXY));

  app.use(requestTelemetry(ctx.config.OTEL_TRACE_TRUST));
  app.use(helmet());
  app.use(
    cors({
      origin: ctx.config.CORS_ORIGINS.includes('*') ? '*' : ctx.config.CORS_ORIGINS,
      credentials: ctx.config.CORS_CREDENTIALS,
      exposedHeaders: EXPOSED,
      allowedHeaders: ALLOWED,
      maxAge: 600,
    }),
  );
  app.use(docsRouter(routes, ctx.config.version));
  mountRoutes(app, ctx, routes);
  app.use(noSuchRoute);
  app.use(errorHandler);
  return app;
};

const mountRoutes = (app: Express, ctx: HttpContext, routes: readonly Route[]): void => {
  const methods = new Map<string, Set<string>>();
  for (const route of routes) {
    const { method, path, aliases = [] } = route.contract;
    const serve = serveRoute(ctx, route);
    for (const at of [path, ...aliases]) {
      app[method.toLowerCase() as 'get' | 'post' | 'put' | 'delete'](at, serve);
      const known = methods.get(at) ?? new Set();
      methods.set(at, known.add(method));
      if (method === 'GET') known.add('HEAD');
    }
  }
  for (const [path, known] of methods) {
    const allow = [...known, 'OPTIONS'];
    app.all(path, (req, res) => {
      routeFound(req, res, path);
      if (req.method === 'OPTIONS') {
        res.setHeader('Allow', allow.join(', '));
        res.status(204).end();
        return;
      }
      throw new AppError('METHOD_NOT_ALLOWED', `${path} answers ${allow.join(', ')}`, { allow });
    });
  }
};

/** `false`, a number of proxies, or their addresses and subnets, as express takes them. */
const trustProxy = (value: string): boolean | number | string => {
  if (value === 'false') return false;
  return /^\d+$/.test(value) ? Number(value) : value;
};
