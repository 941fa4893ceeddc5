import { type IncomingMessage, request } from 'node:http';

export interface RawAnswer {
  status: number;
  headers: IncomingMessage['headers'];
  body: Buffer;
  text: string;
}

export interface RawRequest {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** 127.0.0.1 by default. */
  host?: string;
}

/** Unlike fetch, sends the Host header, the path and the Sec-Fetch headers that it is told to. */
export const ask = (port: number, path: string, { body, host = '127.0.0.1', ...options }: RawRequest = {}) =>
  new Promise<RawAnswer>((resolve, reject) => {
    request({ host, port, path, ...options }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('error', reject);
      res.on('end', () => {
        const whole = Buffer.concat(chunks);
        resolve({ status: res.statusCode ?? 0, headers: res.headers, body: whole, text: whole.toString('utf8') });
      });
    })
      .on('error', reject)
      .end(body);
  });
