import { gzipSync } from 'node:zlib';
import { CompressionAlgorithm, OTLPExporterBase } from '@opentelemetry/otlp-exporter-base';
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import {
  type IExportTraceServiceResponse,
  type ISerializer,
  JsonTraceSerializer,
  ProtobufTraceSerializer,
  TraceExporterMetricsHelper,
} from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { ExporterOptions } from '../options.ts';
import type { RecordedSpan } from '../tracing/recorded-span.ts';
import { OtlpProtobuf } from './otlp-protobuf.ts';
import { transportOptions } from './transport-options.ts';

/**
 * Level 1 takes a third of the time of zlib's default and the batches, which repeat themselves a lot, come out a quarter larger.
 * In one call: the stream that the OTLP exporter would send a batch through costs more than the batch.
 */
const gzip = (bytes: Uint8Array): Uint8Array => gzipSync(bytes, { level: 1 });

type TraceSerializer = ISerializer<ReadableSpan[], IExportTraceServiceResponse>;

const protobuf = (): TraceSerializer => {
  const encoder = new OtlpProtobuf();
  return {
    serializeRequest: (spans) => encoder.encode(spans as unknown as RecordedSpan[]),
    deserializeResponse: (response) => ProtobufTraceSerializer.deserializeResponse(response),
  };
};

/** The exporter of OpenTelemetry, with its retries and its TLS, sending what our own encoder makes of our spans. */
export const createSpanExporter = (options: ExporterOptions): OTLPExporterBase<ReadableSpan[]> => {
  const { serializeRequest, deserializeResponse } =
    options.protocol === 'http/json' ? (JsonTraceSerializer as TraceSerializer) : protobuf();
  const compresses = options.compression === 'gzip';
  const serializer: TraceSerializer = {
    serializeRequest: (spans) => {
      const bytes = serializeRequest(spans);
      return bytes && compresses ? gzip(bytes) : bytes;
    },
    deserializeResponse,
  };
  const { headers, ...transport } = transportOptions(options, 'traces');
  const http = convertLegacyHttpOptions(
    {
      ...transport,
      compression: CompressionAlgorithm.NONE,
      headers: { ...headers, ...(compresses && { 'Content-Encoding': 'gzip' }) },
    },
    'TRACES',
    'v1/traces',
    { 'Content-Type': options.protocol === 'http/json' ? 'application/json' : 'application/x-protobuf' },
  );
  return new OTLPExporterBase(
    createOtlpHttpExportDelegate(http, serializer, 'otlp_http_span_exporter', TraceExporterMetricsHelper, undefined),
  );
};
