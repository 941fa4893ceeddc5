import { connect, type Socket } from 'node:net';

export const BOUNDARY = 'x-sidechain-test';

export interface Part {
  name?: string;
  /** In quotes as it is; none for a text field. */
  filename?: string;
  content: string | Uint8Array;
  /** Instead of the header that name and filename make. */
  disposition?: string;
  headers?: readonly string[];
}

export const field = (name: string, content: string): Part => ({ name, content });
export const file = (content: string | Uint8Array, filename = 'loop.wav'): Part => ({
  name: 'audio',
  filename,
  content,
  headers: ['Content-Type: application/octet-stream'],
});

/** The bytes of a form; without `close`, as if the client had forgotten its end. */
export const formOf = (parts: readonly Part[], { boundary = BOUNDARY, close = true } = {}): Buffer => {
  const bytes = parts.flatMap(({ name, filename, content, disposition, headers = [] }) => {
    const own = `form-data${name === undefined ? '' : `; name="${name}"`}`;
    const said = disposition ?? `${own}${filename === undefined ? '' : `; filename="${filename}"`}`;
    const lines = [`--${boundary}`, ...(said === '' ? [] : [`Content-Disposition: ${said}`]), ...headers, '', ''];
    return [Buffer.from(lines.join('\r\n')), Buffer.from(content as string), Buffer.from('\r\n')];
  });
  return Buffer.concat([...bytes, Buffer.from(close ? `--${boundary}--\r\n` : '')]);
};

/** Seconds of noise as 16 bits in mono at 8 kHz: a real WAV file, another one for every seed. */
export const wav = (seconds: number, seed = 1): Buffer => {
  const bytes = Math.round(seconds * 8000) * 2;
  const made = Buffer.alloc(44 + bytes);
  made.write('RIFF', 0, 'latin1');
  made.writeUInt32LE(36 + bytes, 4);
  made.write('WAVEfmt ', 8, 'latin1');
  made.writeUInt32LE(16, 16);
  made.writeUInt16LE(1, 20);
  made.writeUInt16LE(1, 22);
  made.writeUInt32LE(8000, 24);
  made.writeUInt32LE(16_000, 28);
  made.writeUInt16LE(2, 32);
  made.writeUInt16LE(16, 34);
  made.write('data', 36, 'latin1');
  made.writeUInt32LE(bytes, 40);
  let state = seed;
  for (let at = 44; at + 2 <= made.length; at += 2) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    made.writeUInt16LE(state >>> 15, at);
  }
  return made;
};

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: read as a client reads it, without types
  json: any;
}

const parseAnswer = (answer: Buffer): RawAnswer | undefined => {
  const end = answer.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = answer.toString('latin1', 0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const status = Number(first.split(' ')[1]);
  const body = answer.subarray(end + 4);
  if (status === 100) return parseAnswer(body);
  if (body.length < Number(headers['content-length'] ?? 0)) return undefined;
  const text = body.toString();
  return { status, headers, text, json: headers['content-type']?.includes('json') ? JSON.parse(text) : undefined };
};

/** A client that says what it likes, byte by byte. */
export class RawClient {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  #received = Buffer.alloc(0);

  constructor(port: number) {
    this.socket = connect(port, '127.0.0.1');
    this.socket.on('error', () => {});
    this.socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
    });
    this.closed = new Promise((resolve) => this.socket.once('close', () => resolve()));
  }

  /** Resolves when the bytes are taken by the system; false once the other end takes no more. */
  write(bytes: string | Uint8Array): Promise<boolean> {
    return new Promise((resolve) => {
      if (this.socket.destroyed) resolve(false);
      else this.socket.write(bytes, (error) => resolve(!error));
    });
  }

  /** @param headers lines of their own; `length` false for none */
  head(path: string, headers: readonly string[], method = 'POST'): Promise<boolean> {
    return this.write([`${method} ${path} HTTP/1.1`, 'Host: test', ...headers, '', ''].join('\r\n'));
  }

  /** The first whole answer that is there. @throws Error when there is none in time */
  async answer(timeoutMs = 10_000): Promise<RawAnswer> {
    for (const until = Date.now() + timeoutMs; ; ) {
      const answer = parseAnswer(this.#received);
      if (answer) {
        this.#received = Buffer.alloc(0);
        return answer;
      }
      if (this.socket.destroyed || Date.now() > until) {
        throw new Error(`no answer, but: ${JSON.stringify(this.#received.toString())}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
