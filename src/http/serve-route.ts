import express, { type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../errors.ts';
import { withIdempotency } from '../features/idempotency/with-idempotency.ts';
import { log } from '../telemetry/log.ts';
import { bodyArrived, bodyAwaited } from '../telemetry/tracing/keep-trace.ts';
import type { HttpContext } from './context.ts';
import type { Reply, Route, Viewer } from './contract.ts';
import { mayStillSend } from './forms/linger.ts';
import { type ServedForm, withForm } from './forms/serve-form.ts';
import { inviteBody } from './invite-body.ts';
import { authenticate } from './middleware/authenticate.ts';
import { type Caller, enforceRateLimit } from './middleware/rate-limit.ts';
import { routeFound } from './middleware/request-telemetry.ts';
import { parseInput } from './parse-input.ts';
import { dropReply, sendReply } from './send-reply.ts';

const JSON_LIMIT = '1mb';
const parseJson = express.json({ limit: JSON_LIMIT, strict: true, inflate: true });

/** What every route does around its handler, in this order: who, how often, what, once. */
export const serveRoute = (ctx: HttpContext, route: Route): RequestHandler => {
  const { contract } = route;
  const answer = (req: Request, viewer: Viewer | undefined, form?: ServedForm): Promise<Reply> => {
    const input = {
      params: parseInput(contract.params, req.params, contract.path),
      query: parseInput(contract.query, req.query, contract.path),
      body: parseInput(contract.body, req.body, contract.path),
      form: form && { fields: parseInput(contract.form?.fields, form.fields, contract.path), file: form.file },
      viewer: viewer as never,
      request: req,
    };
    return once(ctx, route, req, viewer, form, () => route.handle(ctx, input as never));
  };
  return async (req, res) => {
    routeFound(req, res, contract.path);
    if (contract.form) mayStillSend(req);
    const viewer = await limited(ctx, route, req, res);
    if (contract.form) {
      bodyAwaited();
      const respond = await withForm(ctx, contract.form, req, res, (form) => answer(req, viewer, form));
      bodyArrived();
      await sendReply(res, await inTime(ctx.config.REQUEST_TIMEOUT, respond));
      return;
    }
    if (contract.body) await readJson(req, res);
    await sendReply(res, await inTime(ctx.config.REQUEST_TIMEOUT, async () => answer(req, viewer)));
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
  inviteBody(req, res);
  bodyAwaited();
  await new Promise<void>((resolve, reject) => {
    parseJson(req, res, (error?: unknown) => (error === undefined ? resolve() : reject(error)));
  });
  bodyArrived();
};

const once = (
  ctx: HttpContext,
  { contract }: Route,
  req: Request,
  viewer: Viewer | undefined,
  form: ServedForm | undefined,
  handle: () => Promise<Reply>,
): Promise<Reply> => {
  const run = async (): Promise<Reply> => {
    const reply = await handle();
    form?.taken();
    return reply;
  };
  const key = req.get('idempotency-key');
  if (!contract.idempotent || key === undefined) return run();
  const body = form ? { fields: form.fields, file: form.file.sha256.toString('base64url') } : req.body;
  return withIdempotency(
    ctx,
    {
      scope: viewer?.id ?? `address:${req.ip}`,
      key,
      request: { method: contract.method, route: contract.path, body: { params: req.params, body } },
    },
    run,
  );
};

/**
 * @throws AppError TIMEOUT when `work` takes longer than `milliseconds`. The work itself goes on and its result is
 *   dropped; how it fails later is logged, since it may be why it took so long.
 */
const inTime = (milliseconds: number, work: () => Promise<Reply>): Promise<Reply> =>
  new Promise((resolve, reject) => {
    const working = work();
    const timer = setTimeout(() => {
      reject(new AppError('TIMEOUT', 'this took too long'));
      working.then(dropReply, (error: unknown) => log.warn('a request failed after it had timed out', { error }));
    }, milliseconds);
    working.then(resolve, reject).finally(() => clearTimeout(timer));
  });
