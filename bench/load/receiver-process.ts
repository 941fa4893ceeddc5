// The OTLP receiver of a benchmark, a process of its own: counts what comes, keeps it when asked to, and fails as it is told.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { Behaviour, Command, Received } from './receiver.ts';
import { countSpans, decodeSpans } from './spans.ts';

const [mode] = process.argv.slice(2);
const keepsBodies = mode === 'keep';

let behaviour: Behaviour = 'ok';
let received: Received = { requests: 0, refused: 0, bytes: 0, spans: 0, otherBytes: 0, lastAt: 0 };
let bodies: { body: Buffer; arrivedAt: number }[] = [];
const sockets = new Set<Socket>();

const accept = (path: string, raw: Buffer, isCompressed: boolean): void => {
  received.requests += 1;
  received.lastAt = performance.timeOrigin + performance.now();
  if (path !== '/v1/traces') {
    received.otherBytes += raw.length;
    return;
  }
  received.bytes += raw.length;
  const body = isCompressed ? gunzipSync(raw) : raw;
  received.spans += countSpans(body);
  if (keepsBodies) bodies.push({ body, arrivedAt: received.lastAt });
};

const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  if (behaviour !== 'ok') {
    received.refused += 1;
    if (behaviour === 'reset') req.socket.resetAndDestroy();
    else if (typeof behaviour === 'number') res.writeHead(behaviour).end();
    return;
  }
  accept(req.url ?? '', Buffer.concat(chunks), req.headers['content-encoding'] === 'gzip');
  res.writeHead(200, { 'content-type': 'application/x-protobuf' }).end();
};

const server = createServer((req, res) => {
  // Who gives up while sending is no failure of the receiver.
  answer(req, res).catch(() => res.destroy());
});
server.on('connection', (socket) => {
  sockets.add(socket);
  socket.once('close', () => sockets.delete(socket));
});
// The exporter keeps its connections for as long as it likes.
server.keepAliveTimeout = 0;

const listen = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });

const port = await listen(0);

const behave = async (next: Behaviour): Promise<void> => {
  behaviour = next;
  // Whoever hangs is let go, so that nothing that was sent before is answered after.
  for (const socket of sockets) socket.destroy();
  if (next === 'refuse' && server.listening) await new Promise((resolve) => server.close(resolve));
  if (next !== 'refuse' && !server.listening) await listen(port);
};

const obey = async (command: Command): Promise<unknown> => {
  switch (command.what) {
    case 'received':
      return received;
    case 'spans':
      return bodies.flatMap(({ body, arrivedAt }) => decodeSpans(body, arrivedAt));
    case 'clear':
      received = { requests: 0, refused: 0, bytes: 0, spans: 0, otherBytes: 0, lastAt: 0 };
      bodies = [];
      return undefined;
    case 'behave':
      return behave(command.behaviour);
  }
};

process.on('message', (command: Command) => {
  obey(command).then(
    (result) => process.send?.({ result }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.once('disconnect', () => process.exit());
process.send?.({ result: port });
