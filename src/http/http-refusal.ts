import { AppError, type AppErrorOptions, type ErrorCode } from '../errors.ts';

/**
 * A refusal whose status HTTP has, and the product's codes have not: 408 and 416. It has the code that comes nearest,
 * and may bring headers.
 */
export class HttpRefusal extends AppError {
  readonly #status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: 408 | 416,
    code: ErrorCode,
    message: string,
    { headers = {}, ...options }: AppErrorOptions & { headers?: Record<string, string> } = {},
  ) {
    super(code, message, options);
    this.#status = status;
    this.headers = headers;
  }

  override get status(): number {
    return this.#status;
  }
}
