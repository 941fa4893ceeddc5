const EVERYWHERE = ['0.0.0.0', '::'];

/** Whether what listens on `host` can be reached by a loopback address. */
export const isOnThisMachine = (host: string): boolean =>
  host === 'localhost' || host === '::1' || host.startsWith('127.') || EVERYWHERE.includes(host);

/** Where a browser on this machine reaches what listens on `host`. */
export const urlOnThisMachine = (host: string, port: number): string => {
  // Listening on all addresses; there is no such address to go to.
  const name = EVERYWHERE.includes(host) ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
};
