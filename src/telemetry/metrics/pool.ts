import { gauge } from './registry.ts';

export interface PoolState {
  used: number;
  idle: number;
  /** Queries that wait for a connection. */
  waiting: number;
}

let readPool: (() => PoolState) | undefined;

const read = (): PoolState | undefined => {
  try {
    return readPool?.();
  } catch {
    return undefined;
  }
};

/** Registers where the state of the database pool is read from, at every scrape. Undefined: the pool is gone. */
export const watchPool = (source: (() => PoolState) | undefined): void => {
  readPool = source;
};

gauge(
  'db_client_connections',
  'Connections of the database pool, by state: used, idle.',
  ['state'],
  function collect() {
    const pool = read();
    this.reset();
    if (!pool) return;
    this.set({ state: 'used' }, pool.used);
    this.set({ state: 'idle' }, pool.idle);
  },
);

gauge('db_client_connections_pending_requests', 'Queries waiting for a connection.', [], function collect() {
  this.set(read()?.waiting ?? 0);
});
