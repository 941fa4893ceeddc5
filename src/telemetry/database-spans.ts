import { type Attributes, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { recordDbQuery } from './metrics/record.ts';
import { redactText } from './redact.ts';
import { spanEnabled } from './span-filter.ts';
import { tracer } from './spans.ts';
import { isRecorded } from './tracing/keep-trace.ts';

/** Which database: the attributes that all of its spans share. */
export interface DatabaseIdentity {
  namespace: string;
  address: string;
  port: number;
}

/** The same object for the same statement, so that what is known of it can be kept with it. */
interface Statement {
  operation: string;
  collection: string | undefined;
  text: string;
}

/**
 * Runs one statement inside its CLIENT span and measures it.
 * Attributes follow the semantic conventions for database client spans 1.4x (stable).
 * @param rows how many rows a result has, for statements that return some.
 */
export const traceQuery = async <T>(
  identity: DatabaseIdentity,
  statement: Statement,
  query: () => Promise<T>,
  rows?: (result: T) => number,
): Promise<T> => {
  const { operation, collection } = statement;
  const began = performance.now();
  const measure = (): void =>
    recordDbQuery({ operation, collection: collection ?? '', seconds: (performance.now() - began) / 1000 });

  // Without a running span there is no request to belong to: background work opens a root of its own.
  if (!isRecorded() || !spanEnabled('db')) return query().finally(measure);

  const summary = collection ? `${operation} ${collection}` : operation;
  return tracer.startActiveSpan(
    summary,
    { kind: SpanKind.CLIENT, attributes: attributesOf(identity, statement, summary) },
    async (span) => {
      try {
        const result = await query();
        if (rows) span.setAttribute('db.response.returned_rows', rows(result));
        return result;
      } catch (error) {
        const { type, message } = describeFailure(error);
        span.setAttribute('db.response.status_code', type);
        span.setAttribute('error.type', type);
        span.recordException({ name: type, message });
        span.setStatus({ code: SpanStatusCode.ERROR, message });
        throw error;
      } finally {
        measure();
        span.end();
      }
    },
  );
};

/** A program runs few statements, each very often: what their spans begin with is made once and shared. */
const known = new WeakMap<DatabaseIdentity, WeakMap<Statement, Attributes>>();

const attributesOf = (identity: DatabaseIdentity, statement: Statement, summary: string): Attributes => {
  const ofDatabase = known.get(identity) ?? new WeakMap<Statement, Attributes>();
  known.set(identity, ofDatabase);
  const attributes = ofDatabase.get(statement) ?? describe(identity, statement, summary);
  ofDatabase.set(statement, attributes);
  return attributes;
};

const describe = (identity: DatabaseIdentity, statement: Statement, summary: string): Attributes => ({
  'db.system.name': 'postgresql',
  'db.namespace': identity.namespace,
  'db.operation.name': statement.operation,
  'db.collection.name': statement.collection,
  'db.query.text': statement.text,
  'db.query.summary': summary,
  'server.address': identity.address,
  'server.port': identity.port,
});

/**
 * The SQLSTATE of a failed statement, or the adapter's own word where the server said nothing (it is not there).
 * Only the server's message is told: PostgreSQL puts values into the detail of an error, not into its message.
 */
const describeFailure = (error: unknown): { type: string; message: string } => {
  const cause = (error as { cause?: { originalCode?: string; originalMessage?: string; kind?: string } }).cause;
  return {
    type: cause?.originalCode ?? cause?.kind ?? (error instanceof Error ? error.name : 'Error'),
    message: redactText(cause?.originalMessage ?? cause?.kind ?? 'the statement failed'),
  };
};
