import type { Readable } from 'node:stream';
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

/** One file while it is received, and after; made anew for each request. */
export interface FileReceipt {
  /** Of its bytes, once received. */
  readonly sha256: Buffer;
  /** @throws AppError when no file can be taken now; called before any of it is read. */
  ready(): void;
  /**
   * Takes the bytes while they arrive, and judges them: what is not taken is not read from the client.
   * @throws AppError and leaves nothing behind, also when `signal` aborts or `file` fails.
   */
  receive(file: Readable, signal: AbortSignal): Promise<void>;
  /** Removes a file that was received and is not wanted, unless it belongs to something by now. Never throws. */
  discard(): Promise<void>;
  /** Told once when the request comes to nothing. Never throws. */
  failed(error: unknown): void;
}

/** The one file of a form. */
export interface FilePart<R extends FileReceipt = FileReceipt> {
  name: string;
  description: string;
  maxBytes: number;
  /** The text field that the part's own filename stands in for. */
  nameField?: string;
  open(ctx: HttpContext): R;
}

/** A body of `multipart/form-data`: text fields, each a text or a list of texts, and one file. */
export interface FormContract<F extends ZodType = ZodType, R extends FileReceipt = FileReceipt> {
  fields: F;
  file: FilePart<R>;
}

/**
 * All there is to know about a route: express, validation, OpenAPI and the tests over all routes read this one object.
 * Every schema is strict about what it does not know.
 */
export interface RouteContract<
  A extends Auth = Auth,
  P extends ZodType = ZodType,
  Q extends ZodType = ZodType,
  B extends ZodType = ZodType,
  F extends ZodType = ZodType,
  R extends FileReceipt = FileReceipt,
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
  /** Instead of `body`. */
  form?: FormContract<F, R>;
  /** What a reply is made of that is no JSON, by status. */
  media?: Record<number, readonly string[]>;
  /** By status; a schema, or a description where there is no JSON body. */
  responses: Record<number, ZodType | string>;
  /** An Idempotency-Key is honoured. */
  idempotent?: boolean;
}

export interface RouteInput<
  A extends Auth,
  P extends ZodType,
  Q extends ZodType,
  B extends ZodType,
  F extends ZodType = ZodType,
  R extends FileReceipt = FileReceipt,
> {
  params: z.output<P>;
  query: z.output<Q>;
  body: z.output<B>;
  /** The fields of the form, and its file as it was received. What was sent is removed when the handler throws. */
  form: { fields: z.output<F>; file: R };
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
  /** Sent while it comes; wins over both. Without `content` only the headers are sent: the answer to a HEAD. */
  stream?: {
    contentType: string;
    content?: Readable | undefined;
    /** It ends when the server closes, instead of keeping it open. */
    live?: boolean;
  };
  headers?: Record<string, string>;
}

export interface Route {
  contract: RouteContract;
  handle(ctx: HttpContext, input: RouteInput<Auth, ZodType, ZodType, ZodType>): Promise<Reply>;
}

/** Puts a contract and its handler together, so that the handler's input has the types of the contract. */
export const route = <
  A extends Auth,
  P extends ZodType,
  Q extends ZodType,
  B extends ZodType,
  F extends ZodType,
  R extends FileReceipt,
>(
  contract: RouteContract<A, P, Q, B, F, R>,
  handle: (ctx: HttpContext, input: RouteInput<A, P, Q, B, F, R>) => Promise<Reply>,
): Route => ({ contract, handle }) as unknown as Route;
