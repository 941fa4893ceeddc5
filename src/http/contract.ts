import type { Request } from 'express';
import type { ZodType, z } from 'zod';
import type { HttpContext } from './context.ts';
import type { LimitClass } from './middleware/rate-limiter.ts';

/** Who makes the request, taken from a verified access token. */
export interface Viewer {
  id: string;
  username: string;
  email: string;
  roles: string[];
  sessionId: string;
}

export type Auth = 'required' | 'optional' | 'none';

/**
 * All there is to know about a route: express, validation, OpenAPI and the tests over all routes read this one object.
 * Every schema is strict about what it does not know.
 */
export interface RouteContract<
  A extends Auth = Auth,
  P extends ZodType = ZodType,
  Q extends ZodType = ZodType,
  B extends ZodType = ZodType,
> {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** In express's notation, `/api/v1/posts/:id`: also the value of `http.route`. */
  path: string;
  /** Older paths that answer the same. */
  aliases?: string[];
  tag: string;
  summary: string;
  description?: string;
  auth: A;
  /** `none` for what probes ask again and again. */
  limit?: LimitClass | 'none';
  params?: P;
  query?: Q;
  body?: B;
  /** By status; a schema, or a description where there is no JSON body. */
  responses: Record<number, ZodType | string>;
  /** An Idempotency-Key is honoured. */
  idempotent?: boolean;
}

export interface RouteInput<A extends Auth, P extends ZodType, Q extends ZodType, B extends ZodType> {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
  viewer: A extends 'required' ? Viewer : A extends 'optional' ? Viewer | undefined : undefined;
  /** For what the schemas do not cover: headers, the client's address (`request.ip`). */
  request: Request;
}

export interface Reply {
  status: number;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is; wins over `body`. */
  raw?: { contentType: string; content: string };
  headers?: Record<string, string>;
}

export interface Route {
  contract: RouteContract;
  handle(ctx: HttpContext, input: RouteInput<Auth, ZodType, ZodType, ZodType>): Promise<Reply>;
}

/** Puts a contract and its handler together, so that the handler's input has the types of the contract. */
export const route = <A extends Auth, P extends ZodType, Q extends ZodType, B extends ZodType>(
  contract: RouteContract<A, P, Q, B>,
  handle: (ctx: HttpContext, input: RouteInput<A, P, Q, B>) => Promise<Reply>,
): Route => ({ contract, handle }) as unknown as Route;
