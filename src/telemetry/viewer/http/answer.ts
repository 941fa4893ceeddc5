import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Answer {
  status: number;
  headers?: Readonly<Record<string, string>>;
  body?: string | Buffer;
}

/**
 * What every answer of the viewer says: that it may not be kept, guessed at, embedded or read by other sites. A page
 * that runs something has a policy of its own.
 */
export const PROTECTION: Readonly<Record<string, string>> = {
  'Cache-Control': 'no-store',
  'X-Content-Type-Options': 'nosniff',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
};

export const textAnswer = (status: number, body: string, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'text/plain; charset=utf-8', ...headers },
  body,
});

export const jsonAnswer = (status: number, body: unknown, headers: Answer['headers'] = {}): Answer => ({
  status,
  headers: { 'Content-Type': 'application/json', ...headers },
  body: JSON.stringify(body),
});

export const sendAnswer = (req: IncomingMessage, res: ServerResponse, answer: Answer): void => {
  const { status, headers, body = '' } = answer;
  const length = status === 204 ? {} : { 'Content-Length': Buffer.byteLength(body) };
  res.writeHead(status, { ...PROTECTION, ...length, ...headers });
  res.end(req.method === 'HEAD' ? undefined : body);
};
