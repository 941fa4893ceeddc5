/**
 * Every failure that a caller is told about has one of these codes, and no other.
 * The HTTP status of each stands in one exhaustive table; so will the gRPC status.
 */
export const HTTP_STATUS = {
  BAD_REQUEST: 400,
  UNAUTHORIZED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  CONFLICT: 409,
  ALREADY_EXISTS: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  VALIDATION_ERROR: 422,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  SERVICE_UNAVAILABLE: 503,
  TIMEOUT: 504,
} as const;

export type ErrorCode = keyof typeof HTTP_STATUS;

/** One of several things wrong with the same request. */
export interface ErrorDetail {
  field: string;
  message: string;
}

export interface AppErrorOptions {
  /** The input that was wrong, as the caller spells it: `limit`, `profile.bio`. */
  field?: string;
  details?: ErrorDetail[];
  /** Seconds after which trying again makes sense; sent as `Retry-After`. */
  retryAfter?: number;
  /** Methods that the resource does answer; sent as `Allow`. */
  allow?: string[];
  /** What really happened. Logged and traced, never sent. */
  cause?: unknown;
}

/** An error that is meant for the caller: its message is sent as it is. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly field: string | undefined;
  readonly details: ErrorDetail[];
  readonly retryAfter: number | undefined;
  readonly allow: string[] | undefined;

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.field = options.field;
    this.details = options.details ?? [];
    this.retryAfter = options.retryAfter;
    this.allow = options.allow;
  }

  get status(): number {
    return HTTP_STATUS[this.code];
  }
}

/** Nobody is left to tell: the caller went away before all of the request was here. */
export class CallerGone extends AppError {
  constructor() {
    super('BAD_REQUEST', 'the request ended before all of it was here');
  }
}

export const notFound = (what: string): AppError => new AppError('NOT_FOUND', `${what} not found`);

export const invalid = (field: string, message: string): AppError =>
  new AppError('VALIDATION_ERROR', message, { field });
