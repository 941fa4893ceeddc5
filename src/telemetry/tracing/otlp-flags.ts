/** Bits beside the eight of W3C: it is known whether the parent is remote, and it is. */
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** `flags` of a span or a link in OTLP (SpanFlags in opentelemetry/proto/trace/v1/trace.proto). */
export const otlpFlags = (traceFlags: number, isRemote: boolean | undefined): number =>
  (traceFlags & 0xff) | HAS_IS_REMOTE | (isRemote ? IS_REMOTE : 0);
