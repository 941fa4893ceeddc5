import express, { type Request, type RequestHandler, type Response } from 'express';
import type { ZodType } from 'zod';
import { AppError } from '../errors.ts';
import { withIdempotency } from '../features/idempotency/with-idempotency.ts';
import { log } from '../telemetry/log.ts';
import { recordValidationFailure } from '../telemetry/metrics/record.ts';
import type { HttpContext } from './context.ts';
import type { Reply, Route, Viewer } from './contract.ts';
import { authenticate } from './middleware/authenticate.ts';
import { type Caller, enforceRateLimit } from './middleware/rate-limit.ts';
import { routeFound } from './middleware/request-telemetry.ts';

const JSON_LIMIT = '1mb';
const parseJson = express.json({ limit: JSON_LIMIT, strict: true, inflate: true });

/** What every route does around its handler, in this order: who, how often, what, once. */
export const serveRoute = (ctx: HttpContext, route: Route): RequestHandler => {
  const { contract } = route;
  return async (req, res) => {
    routeFound(req, res, contract.path);
    const viewer = await limited(ctx, route, req, res);
    if (contract.body) await readJson(req, res);
    const input = {
      params: parse(contract.params, req.params, contract.path),
      query: parse(contract.query, req.query, contract.path),
      body: parse(contract.body, req.body, contract.path),
      viewer: viewer as never,
      request: req,
    };
    const reply = await inTime(ctx.config.REQUEST_TIMEOUT, () =>
      once(ctx, route, req, viewer, () => route.handle(ctx, input)),
    );
    if (!res.destroyed) send(res, reply);
  };
};

/** A bad token draws on the budget of the address it comes from, or guessing tokens would be free. */
const limited = async (
  ctx: HttpContext,
  { contract }: Route,
  req: Request,
  res: Response,
): Promise<Viewer | undefined> => {
  const { limit: limitClass = 'general' } = contract;
  const limit = async (caller: Caller): Promise<void> => {
    if (!ctx.config.RATE_LIMIT_ENABLED || limitClass === 'none') return;
    await enforceRateLimit(ctx.rateLimiter, limitClass, caller, res, contract.path);
  };
  let viewer: Viewer | undefined;
  try {
    viewer = await authenticate(ctx.tokens, contract.auth, ctx.config.OTEL_USER_ATTRIBUTES, req);
  } catch (error) {
    await limit({ address: req.ip });
    throw error;
  }
  await limit(viewer ? { userId: viewer.id } : { address: req.ip });
  return viewer;
};

const readJson = async (req: Request, res: Response): Promise<void> => {
  const hasBody = req.get('transfer-encoding') !== undefined || Number(req.get('content-length') ?? 0) > 0;
  if (hasBody && !req.is(['application/json', 'application/*+json'])) {
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json');
  }
  await new Promise<void>((resolve, reject) => {
    parseJson(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
};

/** @throws AppError VALIDATION_ERROR that names the first thing wrong, with all of them in its details. */
const parse = (schema: ZodType | undefined, value: unknown, path: string): unknown => {
  if (!schema) return undefined;
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const details = result.error.issues.flatMap((issue) => {
    // An unknown key is named by its parent's issue; everything else names itself.
    const names = issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    return names.map((name) => ({
      field: name.map(String).join('.').slice(0, 100),
      message: issue.message.slice(0, 300),
    }));
  });
  const first = details[0] ?? { field: '', message: 'is not valid' };
  const unknown = result.error.issues[0]?.code === 'unrecognized_keys';
  recordValidationFailure(path, unknown ? '(other)' : first.field.replace(/\.\d+/g, ''));
  throw new AppError('VALIDATION_ERROR', sentence(first), {
    ...(first.field === '' ? {} : { field: first.field }),
    details: details.slice(0, 20),
  });
};

/** Our own messages go on from the name: `limit must be at most 100`. Others begin a sentence. */
const sentence = ({ field, message }: { field: string; message: string }): string => {
  if (field === '') return message;
  return /^[a-z]/.test(message) ? `${field} ${message}` : `${field}: ${message}`;
};

const once = (
  ctx: HttpContext,
  { contract }: Route,
  req: Request,
  viewer: Viewer | undefined,
  run: () => Promise<Reply>,
): Promise<Reply> => {
  const key = req.get('idempotency-key');
  if (!contract.idempotent || key === undefined) return run();
  return withIdempotency(
    ctx,
    {
      scope: viewer?.id ?? `address:${req.ip}`,
      key,
      request: { method: contract.method, route: contract.path, body: { params: req.params, body: req.body } },
    },
    run,
  );
};

/**
 * @throws AppError TIMEOUT when `work` takes longer than `milliseconds`. The work itself goes on and its result is
 *   dropped; how it fails later is logged, since it may be why it took so long.
 */
const inTime = async <T>(milliseconds: number, work: () => Promise<T>): Promise<T> => {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const working = work();
  const timer = setTimeout(() => {
    reject(new AppError('TIMEOUT', 'this took too long'));
    working.catch((error: unknown) => log.warn('a request failed after it had timed out', { error }));
  }, milliseconds);
  return Promise.race([working, late]).finally(() => clearTimeout(timer));
};

const send = (res: Response, reply: Reply): void => {
  for (const [name, value] of Object.entries(reply.headers ?? {})) res.setHeader(name, value);
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
  res.status(reply.status);
  if (reply.raw) res.type(reply.raw.contentType).send(reply.raw.content);
  else if (reply.body === undefined) res.end();
  else res.json(reply.body);
};
