/** Those of RFC 9110 and PATCH. */
const KNOWN = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/** Whatever else a client sends, as the semantic conventions have it: nobody makes up metric labels and span names. */
export const OTHER_METHOD = '_OTHER';

export const methodOf = (method: string): string => (KNOWN.has(method) ? method : OTHER_METHOD);
