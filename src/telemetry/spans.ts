import { type Attributes, INVALID_SPAN_CONTEXT, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AppError } from '../errors.ts';
import { redactText } from './redact.ts';
import type { DomainEvent, DomainSpan } from './schema.ts';
import { spanEnabled } from './span-filter.ts';
import { localTraceOf } from './tracing/keep-trace.ts';

/** The one tracer of the product's own spans. */
export const tracer = trace.getTracer('sidechain');

/** Sets attributes of the request's root span from anywhere inside it. */
export const setRootAttributes = (attributes: Attributes): void => {
  localTraceOf()?.root?.setAttributes(attributes);
};

/** Notes on the running span that something happened. */
export const addEvent = (name: DomainEvent, attributes: Attributes = {}): void => {
  trace.getActiveSpan()?.addEvent(name, attributes);
};

/** An error that knows more than its message. */
interface Describing {
  /** For the spans that it fails. */
  readonly spanAttributes: Attributes;
}

const isDescribing = (error: unknown): error is Describing => error instanceof Error && 'spanAttributes' in error;

/** Puts `error` on `span` as an exception event, and fails it. Secrets in messages and stacks are taken out. */
export const markFailed = (span: Span, error: unknown, type?: string): void => {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
  const said = redactText(message);
  span.recordException({ name, message: said, ...(stack === undefined ? {} : { stack: redactText(stack) }) });
  span.setAttribute('error.type', type ?? name);
  if (isDescribing(error)) span.setAttributes(error.spanAttributes);
  span.setStatus({ code: SpanStatusCode.ERROR, message: said });
};

/** Marks `span` as failed. What the caller did wrong (an AppError below 500) is no failure of ours and leaves it alone. */
export const recordFailure = (span: Span, error: unknown): void => {
  if (error instanceof AppError && error.status < 500) return;
  markFailed(span, error, error instanceof AppError ? error.code : undefined);
};

/**
 * Runs `fn` inside a span of its own, a child of the running one. The span ends when `fn` does.
 * @throws whatever `fn` throws, after marking the span.
 */
export const withSpan = async <T>(
  name: DomainSpan,
  attributes: Attributes,
  fn: (span: Span) => Promise<T>,
  kind: SpanKind = SpanKind.INTERNAL,
): Promise<T> => {
  if (!spanEnabled('domain')) return fn(trace.getActiveSpan() ?? trace.wrapSpanContext(INVALID_SPAN_CONTEXT));
  return tracer.startActiveSpan(name, { kind, attributes }, async (span) => {
    try {
      return await fn(span);
    } catch (error) {
      recordFailure(span, error);
      throw error;
    } finally {
      span.end();
    }
  });
};
