import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A wire to a server, with a hand on it. */
export interface TcpProxy {
  url: string;
  /** Connections that are open at this moment, and all that ever were. */
  open(): number;
  opened(): number;
  /** From so many bytes of the server's on, counted over all connections, `what` happens to them. */
  after(bytes: number, what: 'stall' | 'cut'): void;
  close(): Promise<void>;
}

/** @param target port of 127.0.0.1; none: connections are taken, and never answered */
export const startTcpProxy = async (target?: number): Promise<TcpProxy> => {
  const sockets = new Set<Socket>();
  let opened = 0;
  let fault: { left: number; what: 'stall' | 'cut' } | undefined;
  const server = createServer((client) => {
    opened += 1;
    sockets.add(client);
    client.on('error', () => {});
    client.once('close', () => sockets.delete(client));
    if (target === undefined) return void client.resume();
    const upstream = connect(target, '127.0.0.1');
    upstream.on('error', () => client.destroy());
    upstream.once('close', () => client.destroy());
    client.once('close', () => upstream.destroy());
    client.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      if (fault) fault.left -= chunk.length;
      if (fault && fault.left < 0) {
        if (fault.what === 'cut') client.destroy();
        return;
      }
      if (!client.write(chunk)) upstream.pause();
    });
    client.on('drain', () => upstream.resume());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open: () => sockets.size,
    opened: () => opened,
    after: (bytes, what) => {
      fault = { left: bytes, what };
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
