/** One of the two encodings of OTLP/HTTP, https://opentelemetry.io/docs/specs/otlp/#otlphttp. */
export interface OtlpEncoding {
  contentType: string;
  /**
   * A request to export in the shape of OTLP's JSON.
   * @throws OtlpError
   */
  decode(signal: Signal, body: Buffer): unknown;
  /** An ExportTraceServiceResponse or ExportLogsServiceResponse. */
  success(signal: Signal, rejected: Rejected | undefined): string | Buffer;
  /** A google.rpc.Status. @param code of google.rpc.Code */
  failure(code: number, message: string): string | Buffer;
}

export type Signal = 'traces' | 'logs';

export interface Rejected {
  count: number;
  message: string;
}
