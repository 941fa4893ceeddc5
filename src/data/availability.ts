/** Prisma's codes for a database that cannot be reached, does not answer, hung up, or has no free connection. */
const PRISMA_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1011', 'P1017', 'P2024', 'P2028', 'P2037']);
/** The adapter's words for the same. */
const ADAPTER_KINDS = new Set([
  'DatabaseNotReachable',
  'ConnectionClosed',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
]);
/** SQLSTATE: connection exceptions, too many connections, shutting down, crashed, starting up. */
const SQLSTATES = /^(08...|53300|57P01|57P02|57P03)$/;
/** What node-postgres says when a connection ends under a query, or none could be had in time. */
const DRIVER_MESSAGES =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|ECONNREFUSED|ECONNRESET|the database system is (shutting down|starting up)/i;

/** Whether `error` says that the database is not there right now, rather than that the query was wrong. */
export const isDatabaseUnavailable = (error: unknown): boolean => {
  for (let current = error, depth = 0; current instanceof Object && depth < 6; depth += 1) {
    const { code, kind, originalCode, message, cause, meta } = current as Record<string, unknown>;
    if (
      typeof code === 'string' &&
      (PRISMA_CODES.has(code) || SQLSTATES.test(code) || /^E(CONN|PIPE|HOST|NET|TIMEDOUT)/.test(code))
    )
      return true;
    if (typeof kind === 'string' && ADAPTER_KINDS.has(kind)) return true;
    if (typeof originalCode === 'string' && SQLSTATES.test(originalCode)) return true;
    if (typeof message === 'string' && DRIVER_MESSAGES.test(message)) return true;
    if (meta instanceof Object && isDatabaseUnavailable((meta as Record<string, unknown>).driverAdapterError))
      return true;
    current = cause;
  }
  return false;
};
