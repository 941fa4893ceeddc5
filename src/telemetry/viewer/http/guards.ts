import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { isIP } from 'node:net';

const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && /^(::1|(::ffff:)?127\.\d+\.\d+\.\d+)$/i.test(address);

/**
 * Whether a page may be read under this Host header. A web site can point its own name at 127.0.0.1 and have a
 * browser read what is there (DNS rebinding); it cannot make the browser send an address or localhost instead.
 */
const isOwnHost = (header: string | undefined, boundTo: string): boolean => {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:@/]+))(?::\d{1,5})?$/i.exec(header ?? '');
  const name = (match?.[1] ?? match?.[2] ?? '').toLowerCase();
  return name === 'localhost' || isIP(name) !== 0 || (name !== '' && name === boundTo.toLowerCase());
};

/** A link from another site may be followed; nothing else may come from there. */
const isFromElsewhere = (method: string | undefined, headers: IncomingHttpHeaders): boolean => {
  const site = headers['sec-fetch-site'];
  if (site !== 'cross-site' && site !== 'same-site') return false;
  return headers['sec-fetch-mode'] !== 'navigate' || (method !== 'GET' && method !== 'HEAD');
};

/**
 * Why a request must not be answered with what traces hold; undefined when it may be.
 * @param boundTo the name or address that the port was bound to
 */
export const refusal = (req: IncomingMessage, boundTo: string): string | undefined => {
  const { headers } = req;
  if (!isLoopback(req.socket.remoteAddress))
    return 'the trace viewer answers on a loopback address only, such as 127.0.0.1';
  if (!isOwnHost(headers.host, boundTo)) return 'wrong Host header: use localhost or the address';
  // Browsers send the name in the same letters in both.
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`)
    return 'wrong Origin header: pages of other sites may not use the trace viewer';
  if (isFromElsewhere(req.method, headers)) return 'pages of other sites may not use the trace viewer';
  return undefined;
};
