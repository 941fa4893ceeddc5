/** The attempt is nobody's business any more: another has taken over, or the worker fell silent for too long. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';

  constructor() {
    super('another attempt has taken over');
  }
}

/** The worker is shutting down; the upload goes to another, or to this one later. */
export class ShuttingDown extends Error {
  override readonly name = 'ShuttingDown';

  constructor() {
    super('the worker is shutting down');
  }
}

export const isInterruption = (error: unknown): error is LeaseLost | ShuttingDown =>
  error instanceof LeaseLost || error instanceof ShuttingDown;
