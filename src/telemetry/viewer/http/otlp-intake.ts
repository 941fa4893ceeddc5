import type { IncomingMessage } from 'node:http';
import { OtlpError, readOtlpLogs, readOtlpTraces } from '../model/from-otlp.ts';
import type { TraceRing } from '../trace-ring.ts';
import { type Answer, textAnswer } from './answer.ts';
import { jsonEncoding } from './otlp-json-encoding.ts';
import type { OtlpEncoding, Rejected, Signal } from './otlp-wire.ts';
import { BodyError, readBody } from './read-body.ts';

/** Bodies that are read at the same time: with their 16 MiB each this bounds what senders make us hold. */
const MAX_BODIES = 16;

/** google.rpc.Code for what goes wrong. */
const CODES: Readonly<Record<number, number>> = { 400: 3, 413: 8, 415: 3, 503: 14 };

const encodingOf = async (req: IncomingMessage): Promise<OtlpEncoding | undefined> => {
  const type = req.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (type === 'application/json') return jsonEncoding;
  // Not everyone sends protobuf, so nobody else pays for its library.
  if (type === 'application/x-protobuf') return (await import('./otlp-protobuf-encoding.ts')).protobufEncoding;
  return undefined;
};

const rejectedOf = (what: string, count: number, problem: string | undefined): Rejected | undefined =>
  count === 0 ? undefined : { count, message: `${count} ${what} not taken; the first: ${problem ?? 'unknown'}` };

/** Takes what OTLP/HTTP exporters send and puts it into the ring. */
export class OtlpIntake {
  readonly #ring: TraceRing;
  #bodies = 0;

  constructor(ring: TraceRing) {
    this.#ring = ring;
  }

  /** @returns undefined when the sender has gone and there is nobody to answer */
  async answer(req: IncomingMessage, signal: Signal): Promise<Answer | undefined> {
    const encoding = await encodingOf(req);
    if (!encoding) return textAnswer(415, 'Content-Type must be application/json or application/x-protobuf\n');
    const reply = (status: number, body: string | Buffer, headers = {}): Answer => ({
      status,
      headers: { 'Content-Type': encoding.contentType, ...headers },
      body,
    });
    const refuse = (status: number, message: string, headers = {}): Answer =>
      reply(status, encoding.failure(CODES[status] ?? 2, message), headers);

    if (this.#bodies >= MAX_BODIES) return refuse(503, 'too many requests at once', { 'Retry-After': '1' });
    this.#bodies += 1;
    try {
      const json = encoding.decode(signal, await readBody(req));
      return reply(200, encoding.success(signal, this.#take(signal, json)));
    } catch (error) {
      if (error instanceof BodyError) return refuse(error.status, error.message);
      if (error instanceof OtlpError) return refuse(400, `the body ${error.message}`);
      if (!req.complete) return undefined;
      throw error;
    } finally {
      this.#bodies -= 1;
    }
  }

  /** @throws OtlpError */
  #take(signal: Signal, json: unknown): Rejected | undefined {
    if (signal === 'traces') {
      const { spans, rejected, problem } = readOtlpTraces(json);
      this.#ring.receive(spans, []);
      return rejectedOf('spans', rejected, problem);
    }
    const { lines, rejected, problem } = readOtlpLogs(json);
    this.#ring.receive([], lines);
    return rejectedOf('log records', rejected, problem);
  }
}
