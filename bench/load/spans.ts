import protobuf from 'protobufjs';

/** What the benchmarks look at of a span. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty: none. */
  parentSpanId: string;
  name: string;
  isError: boolean;
  durationMs: number;
  /** Unix time in milliseconds at which the request that brought it was received whole. */
  arrivedAt: number;
}

/** The fields of OTLP's ExportTraceServiceRequest that are needed; the decoder skips all others. */
const { root } = protobuf.parse(`
  syntax = "proto3";
  message Request { repeated ResourceSpans resource_spans = 1; }
  message ResourceSpans { repeated ScopeSpans scope_spans = 2; }
  message ScopeSpans { repeated Span spans = 2; }
  message Span {
    bytes trace_id = 1;
    bytes span_id = 2;
    bytes parent_span_id = 4;
    string name = 5;
    fixed64 start = 7;
    fixed64 end = 8;
    Status status = 15;
  }
  message Status { int32 code = 3; }
`);
const Request = root.lookupType('Request');

interface Decoded {
  resourceSpans: {
    scopeSpans: {
      spans: {
        traceId: Uint8Array;
        spanId: Uint8Array;
        parentSpanId: Uint8Array;
        name: string;
        start: { toString(): string };
        end: { toString(): string };
        status: { code: number } | null;
      }[];
    }[];
  }[];
}

const ERROR = 2;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

/** The spans of one uncompressed request. @throws when it is not OTLP's protobuf. */
export const decodeSpans = (body: Uint8Array, arrivedAt: number): ReceivedSpan[] => {
  const { resourceSpans } = Request.decode(body) as unknown as Decoded;
  return resourceSpans.flatMap(({ scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) =>
      spans.map(({ traceId, spanId, parentSpanId, name, start, end, status }) => ({
        traceId: hex(traceId),
        spanId: hex(spanId),
        parentSpanId: hex(parentSpanId),
        name,
        isError: status?.code === ERROR,
        durationMs: Number(BigInt(end.toString()) - BigInt(start.toString())) / 1e6,
        arrivedAt,
      })),
    ),
  );
};

/** How many spans are in one uncompressed request: fields 1, 2, 2, counted without decoding any. */
export const countSpans = (body: Uint8Array): number => {
  const count = (reader: protobuf.Reader, end: number, path: readonly number[]): number => {
    const [field, ...rest] = path;
    let spans = 0;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag >>> 3 !== field) {
        reader.skipType(tag & 7);
        continue;
      }
      const length = reader.uint32();
      if (rest.length === 0) {
        spans += 1;
        reader.skip(length);
      } else spans += count(reader, reader.pos + length, rest);
    }
    return spans;
  };
  const reader = protobuf.Reader.create(body);
  return count(reader, reader.len, [1, 2, 2]);
};
