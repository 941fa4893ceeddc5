/** Where a browser on this machine reaches what listens on `host`. */
export const urlOnThisMachine = (host: string, port: number): string => {
  // Listening on all addresses; there is no such address to go to.
  const name = ['0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`;
};
