/** How an error stands in a log line. */
export interface ErrorFields {
  type: string;
  message: string;
  /** SQLSTATE, `ECONNREFUSED`, the code of an AppError: what the error itself calls its code. */
  code?: string | number;
  /** With the stacks of its causes below its own. */
  stack?: string;
}

const MAX_CAUSES = 5;

/** Reads a property that may be a getter that throws. */
const read = (source: object, name: string): unknown => {
  try {
    return (source as Record<string, unknown>)[name];
  } catch {
    return undefined;
  }
};

const describe = (error: object): string => {
  const stack = read(error, 'stack');
  if (typeof stack === 'string' && stack !== '') return stack;
  return `${String(read(error, 'name') ?? 'Error')}: ${String(read(error, 'message') ?? '')}`;
};

/** The causes of `error` from the outside in, those of an AggregateError included; each once. */
const causesOf = (error: object): unknown[] => {
  const seen = new Set<unknown>([error]);
  const found: unknown[] = [];
  const visit = (current: object): void => {
    const several = read(current, 'errors');
    const direct = read(current, 'cause');
    for (const cause of [
      ...(direct === undefined || direct === null ? [] : [direct]),
      ...(Array.isArray(several) ? several : []),
    ]) {
      if (found.length >= MAX_CAUSES || seen.has(cause)) continue;
      seen.add(cause);
      found.push(cause);
      if (typeof cause === 'object' && cause !== null) visit(cause);
    }
  };
  visit(error);
  return found;
};

/** What a log line says about `error`, its causes folded into the stack. Not yet redacted. Never throws. */
export const errorFields = (error: object): ErrorFields => {
  try {
    const code = read(error, 'code');
    const causes = causesOf(error).map((cause) =>
      typeof cause === 'object' && cause !== null ? `caused by: ${describe(cause)}` : `caused by: ${String(cause)}`,
    );
    return {
      type: String(read(error, 'name') ?? 'Error'),
      message: String(read(error, 'message') ?? ''),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
      stack: [describe(error), ...causes].join('\n'),
    };
  } catch {
    return { type: 'Error', message: '[unreadable]' };
  }
};
