import express, { type Express, type RequestHandler } from 'express';
import { AppError } from '../errors.ts';
import { FAILURE_REASONS } from '../features/audio/failure.ts';
import { STAGES } from '../features/audio/result.ts';
import { AUDIO_FORMATS } from '../integrations/ffmpeg/ffmpeg.ts';
import { declareAudio } from '../telemetry/metrics/audio.ts';
import { declareFields, declareRoutes } from '../telemetry/metrics/record.ts';
import type { HttpContext } from './context.ts';
import type { Route } from './contract.ts';
import { DOCS_PATHS, docsRouter } from './docs.ts';
import { fieldNames } from './field-names.ts';
import { crossOrigin } from './middleware/cross-origin.ts';
import { errorHandler, noSuchRoute } from './middleware/error-handler.ts';
import { requestTelemetry, routeFound } from './middleware/request-telemetry.ts';
import { securityHeaders } from './middleware/security-headers.ts';
import { serveRoute } from './serve-route.ts';

/** The express application, without listening: the server and the tests both build it. */
export const createApp = (ctx: HttpContext, routes: readonly Route[]): Express => {
  // What metrics may be labelled with: nothing that a caller makes up.
  declareRoutes([...DOCS_PATHS, ...routes.flatMap(({ contract }) => [contract.path, ...(contract.aliases ?? [])])]);
  declareAudio({ formats: AUDIO_FORMATS, stages: STAGES, reasons: FAILURE_REASONS });
  declareFields(fieldNames(routes.map(({ contract }) => contract)));

  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.set('trust proxy', ctx.config.TRUST_PROXY);

  app.use(requestTelemetry(ctx.config.traceTrust));
  app.use(securityHeaders());
  app.use(crossOrigin(ctx.config.CORS_ORIGINS, ctx.config.CORS_CREDENTIALS));
  app.use(requireHost);
  mountRoutes(app, ctx, routes);
  app.use(docsRouter(routes, ctx.config.version));
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

/** RFC 9112, 3.2: a request without a Host, or with several, is a bad one. */
const requireHost: RequestHandler = (req, _res, next) => {
  const given = req.rawHeaders.filter((name, at) => at % 2 === 0 && name.toLowerCase() === 'host').length;
  if (given > 1 || (given === 0 && req.httpVersion === '1.1')) {
    throw new AppError('BAD_REQUEST', 'exactly one Host header is needed');
  }
  next();
};
