import cors from 'cors';
import type { RequestHandler } from 'express';

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
  'Location',
  'Accept-Ranges',
  'Content-Range',
  'Content-Length',
  'Content-Disposition',
];
const ALLOWED = [
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-None-Match',
  'If-Range',
  'Range',
  'Last-Event-ID',
  'Cache-Control',
  'X-Request-ID',
  'X-Client-Type',
  'X-Client-Version',
  'traceparent',
  'tracestate',
  'baggage',
];

/** Lets pages of `origins` call the API, read what leads to a trace, and see the times that go with it. */
export const crossOrigin = (origins: readonly string[], credentials: boolean): RequestHandler[] => [
  cors({
    origin: origins.includes('*') ? '*' : [...origins],
    credentials,
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    exposedHeaders: EXPOSED,
    allowedHeaders: ALLOWED,
    maxAge: 600,
    preflightContinue: true,
  }),
  finishCrossOrigin,
];

const finishCrossOrigin: RequestHandler = (req, res, next) => {
  const origin = res.getHeader('Access-Control-Allow-Origin');
  // Without it a browser hides Server-Timing from the page that made the request.
  if (origin !== undefined) res.setHeader('Timing-Allow-Origin', origin);
  // Any other OPTIONS is a question to the route: which methods it answers.
  if (req.method !== 'OPTIONS' || req.get('access-control-request-method') === undefined) return next();
  res.setHeader('Content-Length', '0');
  res.status(204).end();
};
