import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeLogs, decodeTraces, type LogRecord, type Span } from './otlp-wire.ts';
import { keepOutput } from './secrets.ts';
import { roots, tree } from './trace-tree.ts';

export type { LogRecord, Span } from './otlp-wire.ts';

/** What the receiver does with what it gets; `hang` never answers, `reset` breaks the connection. */
export type Behaviour = 'ok' | 'hang' | 'reset' | 400 | 429 | 500;

export interface ReceivedRequest {
  path: string;
  headers: IncomingHttpHeaders;
  /** As they came over the wire. */
  bytes: number;
  /** What it was answered with; undefined for none. */
  status: number | undefined;
  /** Why the body was refused. */
  problem?: string;
}

export interface WaitOptions {
  /** At least so many spans. */
  spans?: number;
  /** The span that stands for the whole request has ended. The default when no number is given. */
  rootEnded?: boolean;
  timeoutMs?: number;
}

export interface OtlpReceiver {
  /** For OTEL_EXPORTER_OTLP_ENDPOINT. */
  endpoint: string;
  traces(): Map<string, Span[]>;
  spansOf(traceId: string): Span[];
  /** @throws when it is not there in time, with what is. */
  waitForTrace(traceId: string, options?: WaitOptions): Promise<Span[]>;
  logs(): LogRecord[];
  readonly requests: readonly ReceivedRequest[];
  setBehaviour(behaviour: Behaviour): void;
  /** Forgets everything that was received. */
  clear(): void;
  close(): Promise<void>;
}

const ENCODINGS = ['application/json', 'application/x-protobuf'];

const readBody = async (req: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

/** Starts a real OTLP/HTTP receiver on a free port of loopback, strict about what it accepts. */
export const startOtlpReceiver = async (): Promise<OtlpReceiver> => {
  let spans: Span[] = [];
  let logs: LogRecord[] = [];
  let behaviour: Behaviour = 'ok';
  const requests: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();

  const accept = (path: string, contentType: string, body: Buffer): void => {
    if (path === '/v1/traces') spans.push(...decodeTraces(contentType, body));
    else logs.push(...decodeLogs(contentType, body));
    for (const look of waiting) look();
  };

  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const path = req.url ?? '';
    const contentType = (req.headers['content-type'] ?? '').split(';')[0]?.trim() ?? '';
    const raw = await readBody(req);
    const received: ReceivedRequest = { path, headers: req.headers, bytes: raw.length, status: undefined };
    requests.push(received);
    const reply = (status: number, problem?: string): void => {
      received.status = status;
      if (problem !== undefined) received.problem = problem;
      const success = contentType === 'application/json' ? '{}' : '';
      res.writeHead(status, { 'content-type': problem === undefined ? contentType : 'text/plain' });
      res.end(problem ?? success);
    };
    if (behaviour === 'hang') return;
    if (behaviour === 'reset') return void req.socket.resetAndDestroy();
    if (path !== '/v1/traces' && path !== '/v1/logs') return reply(404, `no ${path} here`);
    if (req.method !== 'POST') return reply(405, 'POST is the only method');
    if (!ENCODINGS.includes(contentType)) return reply(415, `content type ${JSON.stringify(contentType)}`);
    if (behaviour !== 'ok') return reply(behaviour, 'as the test asked');
    try {
      accept(path, contentType, req.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw);
    } catch (error) {
      return reply(400, error instanceof Error ? error.message : String(error));
    }
    reply(200);
  };

  const server = createServer((req, res) => {
    // A client that gives up while it sends is no failure of the receiver.
    answer(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const spansOf = (traceId: string): Span[] => spans.filter((span) => span.traceId === traceId);

  return {
    endpoint: `http://127.0.0.1:${port}`,
    traces: () => Map.groupBy(spans, (span) => span.traceId),
    spansOf,
    logs: () => logs,
    requests,
    setBehaviour: (next) => {
      behaviour = next;
    },
    clear: () => {
      spans = [];
      logs = [];
      requests.length = 0;
    },
    waitForTrace: (traceId, { spans: count, rootEnded = count === undefined, timeoutMs = 5000 } = {}) =>
      new Promise((resolve, reject) => {
        const finish = (): void => {
          waiting.delete(look);
          clearTimeout(timer);
        };
        const look = (): void => {
          const found = spansOf(traceId);
          if (found.length < (count ?? 1) || (rootEnded && roots(found).length === 0)) return;
          finish();
          resolve(found);
        };
        const timer = setTimeout(() => {
          finish();
          const there = tree(spansOf(traceId)) || 'nothing';
          reject(new Error(`trace ${traceId} did not arrive within ${timeoutMs} ms; there is:\n${there}`));
        }, timeoutMs);
        waiting.add(look);
        look();
      }),
    close: async () => {
      keepOutput(
        'spans',
        JSON.stringify({ spans, logs }, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
      );
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
