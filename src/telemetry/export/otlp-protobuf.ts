import type { Attributes, AttributeValue, SpanContext, TraceState } from '@opentelemetry/api';
import { otlpFlags } from '../tracing/otlp-flags.ts';
import type { RecordedSpan } from '../tracing/recorded-span.ts';
import { writeAttribute } from './attribute-encoding.ts';
import { ProtobufWriter } from './protobuf-writer.ts';

/** Tags of opentelemetry/proto/{trace/v1/trace,common/v1/common,resource/v1/resource}.proto: `field << 3 | wire type`. */
const LENGTH_DELIMITED = 2;
const tagOf = (field: number, wireType = LENGTH_DELIMITED): number => (field << 3) | wireType;
const VARINT = 0;
const FIXED64 = 1;
const FIXED32 = 5;

/**
 * Encodes spans as an ExportTraceServiceRequest. Written out by hand, since serialising is most of what an export
 * costs: numbers go from the span to their bytes without objects in between, and strings that come again and again
 * are copied, not encoded.
 */
export class OtlpProtobuf {
  readonly #writer = new ProtobufWriter();

  /** @param spans of one process: the resource of the first is that of all. */
  encode(spans: readonly RecordedSpan[]): Buffer {
    const writer = this.#writer;
    writer.reset();
    writer.tag(tagOf(1));
    const start = writer.begin();
    writer.tag(tagOf(1));
    const resource = writer.begin();
    this.#attributes(1, spans[0]?.resource.attributes as Attributes);
    writer.end(resource);
    for (const [scope, ofScope] of Map.groupBy(spans, (span) => span.scope)) {
      writer.tag(tagOf(2));
      const scopeSpans = writer.begin();
      writer.tag(tagOf(1));
      const inner = writer.begin();
      this.#text(1, scope.name);
      if (scope.version !== undefined) this.#text(2, scope.version);
      writer.end(inner);
      for (const span of ofScope) this.#span(span);
      writer.end(scopeSpans);
    }
    writer.end(start);
    return writer.finish();
  }

  #span(span: RecordedSpan): void {
    const writer = this.#writer;
    const { traceId, spanId, traceFlags, traceState } = span.spanContext();
    const parent = span.parentSpanContext;
    writer.tag(tagOf(2));
    const start = writer.begin();
    this.#ids(traceId, spanId, traceState);
    if (parent !== undefined) {
      writer.tag(tagOf(4));
      writer.hex(parent.spanId);
    }
    this.#text(5, span.name);
    writer.tag(tagOf(6, VARINT));
    writer.varint(span.kind + 1);
    writer.tag(tagOf(7, FIXED64));
    writer.nanoseconds(span.startedAt);
    writer.tag(tagOf(8, FIXED64));
    writer.nanoseconds(span.endedAt);
    span.forEachAttribute(this.#spanAttribute);
    this.#count(10, span.droppedAttributesCount);
    for (const event of span.events) this.#event(event);
    this.#count(12, span.droppedEventsCount);
    for (const link of span.links) this.#link(link);
    this.#count(14, span.droppedLinksCount);
    if (span.status.code !== 0) this.#status(span.status);
    writer.tag(tagOf(16, FIXED32));
    writer.fixed32(otlpFlags(traceFlags, parent?.isRemote));
    writer.end(start);
  }

  readonly #spanAttribute = (name: string, value: AttributeValue): void =>
    writeAttribute(this.#writer, tagOf(9), name, value);

  #ids(traceId: string, spanId: string, traceState: TraceState | undefined): void {
    this.#writer.tag(tagOf(1));
    this.#writer.hex(traceId);
    this.#writer.tag(tagOf(2));
    this.#writer.hex(spanId);
    const state = traceState?.serialize();
    if (state) this.#text(3, state);
  }

  #event({ name, at, attributes }: { name: string; at: number; attributes: Attributes }): void {
    const writer = this.#writer;
    writer.tag(tagOf(11));
    const start = writer.begin();
    writer.tag(tagOf(1, FIXED64));
    writer.nanoseconds(at);
    this.#text(2, name);
    this.#attributes(3, attributes);
    writer.end(start);
  }

  #link({ context, attributes }: { context: SpanContext; attributes?: Attributes }): void {
    const writer = this.#writer;
    writer.tag(tagOf(13));
    const start = writer.begin();
    this.#ids(context.traceId, context.spanId, context.traceState);
    this.#attributes(4, attributes);
    writer.tag(tagOf(6, FIXED32));
    writer.fixed32(otlpFlags(context.traceFlags, context.isRemote));
    writer.end(start);
  }

  #status({ code, message }: { code: number; message?: string }): void {
    const writer = this.#writer;
    writer.tag(tagOf(15));
    const start = writer.begin();
    if (message) this.#text(2, message);
    writer.tag(tagOf(3, VARINT));
    writer.varint(code);
    writer.end(start);
  }

  #attributes(field: number, attributes: Attributes = {}): void {
    for (const name of Object.keys(attributes)) {
      const value = attributes[name];
      if (value !== undefined) writeAttribute(this.#writer, tagOf(field), name, value);
    }
  }

  #text(field: number, text: string): void {
    this.#writer.tag(tagOf(field));
    this.#writer.string(text);
  }

  #count(field: number, count: number): void {
    if (count === 0) return;
    this.#writer.tag(tagOf(field, VARINT));
    this.#writer.varint(count);
  }
}
