import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type RequestHandler, Router } from 'express';
import type { Route } from './contract.ts';
import { routeFound } from './middleware/request-telemetry.ts';
import { buildOpenApi } from './openapi.ts';

/** What the page needs of swagger-ui, and nothing else of its package. */
const ASSETS = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

/** Nothing is loaded from, or sent to, anywhere but this server. Swagger UI sets styles on elements and has icons as data. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Sidechain</title>
    <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
    <link rel="stylesheet" href="/docs/swagger-ui.css">
  </head>
  <body>
    <div id="swagger-ui"></div>
    <noscript>This page needs JavaScript; the document behind it is at <a href="/openapi.json">/openapi.json</a>.</noscript>
    <script src="/docs/swagger-ui-bundle.js"></script>
    <script src="/docs/start.js"></script>
  </body>
</html>
`;

/** A file and not inline, so that the policy can forbid inline scripts. `validatorUrl` null: no badge from elsewhere. */
const START = `SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
});
`;

interface Content {
  type: string;
  body: string;
  etag: string;
}

const contentOf = (type: string, body: string): Content => ({
  type,
  body,
  etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
});

/** Sends a text that changes only with the process; a client that has it is told so. Made when first asked for. */
const serve = (path: string, make: () => Content): RequestHandler => {
  let content: Content | undefined;
  return (req, res) => {
    routeFound(req, res, path);
    content ??= make();
    res.setHeader('Content-Security-Policy', POLICY);
    res.setHeader('Cache-Control', 'no-cache');
    res.setHeader('ETag', content.etag);
    if (req.fresh) res.status(304).end();
    else res.type(content.type).send(content.body);
  };
};

/** The paths below, for metrics. */
export const DOCS_PATHS = ['/openapi.json', '/docs', '/docs/start.js', ...ASSETS.map((asset) => `/docs/${asset}`)];

/** `/openapi.json`, and `/docs` to browse it, which works without any other server. */
export const docsRouter = (routes: readonly Route[], version: string): Router => {
  const router = Router();
  router.get(
    '/openapi.json',
    serve('/openapi.json', () =>
      contentOf('application/json', JSON.stringify(buildOpenApi(routes, { version, serverUrl: '/' }))),
    ),
  );
  router.get(
    '/docs',
    serve('/docs', () => contentOf('html', PAGE)),
  );
  router.get(
    '/docs/start.js',
    serve('/docs/start.js', () => contentOf('text/javascript', START)),
  );

  const folder = dirname(fileURLToPath(import.meta.resolve('swagger-ui-dist/package.json')));
  for (const asset of ASSETS) {
    router.get(`/docs/${asset}`, (req, res, next) => {
      routeFound(req, res, `/docs/${asset}`);
      res.sendFile(join(folder, asset), { maxAge: '1h', dotfiles: 'allow' }, (error) =>
        // A client that hung up in the middle is nobody's mistake.
        error && !res.closed ? next(error) : undefined,
      );
    });
  }
  return router;
};
