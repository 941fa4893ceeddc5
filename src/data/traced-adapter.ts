import type {
  SqlDriverAdapter,
  SqlDriverAdapterFactory,
  SqlQuery,
  SqlQueryable,
  Transaction,
} from '@prisma/driver-adapter-utils';
import { type DatabaseIdentity, traceQuery } from '../telemetry/database-spans.ts';
import { summarizeSql } from './sql-summary.ts';

/**
 * Wraps a driver adapter so that each statement it runs has one span and one measurement.
 * This is the one place that sees the statement, the rows and the driver's own error together; Prisma's
 * instrumentation, one level up, knows none but the statement's text.
 */
export const traced = (factory: SqlDriverAdapterFactory, identity: DatabaseIdentity): SqlDriverAdapterFactory => ({
  provider: factory.provider,
  adapterName: factory.adapterName,
  connect: async () => tracedConnection(await factory.connect(), identity),
});

const tracedConnection = (adapter: SqlDriverAdapter, identity: DatabaseIdentity): SqlDriverAdapter => ({
  provider: adapter.provider,
  adapterName: adapter.adapterName,
  ...tracedQueries(adapter, identity),
  executeScript: (script) => adapter.executeScript(script),
  startTransaction: async (isolation) =>
    tracedTransaction(await run(identity, 'BEGIN', () => adapter.startTransaction(isolation)), identity),
  getConnectionInfo: () => adapter.getConnectionInfo?.() ?? { supportsRelationJoins: true },
  dispose: () => adapter.dispose(),
});

const tracedTransaction = (transaction: Transaction, identity: DatabaseIdentity): Transaction => ({
  provider: transaction.provider,
  adapterName: transaction.adapterName,
  options: transaction.options,
  ...tracedQueries(transaction, identity),
  commit: () => transaction.commit(),
  rollback: () => transaction.rollback(),
  createSavepoint: (name) => run(identity, 'SAVEPOINT', async () => transaction.createSavepoint?.(name)),
  rollbackToSavepoint: (name) => run(identity, 'ROLLBACK', async () => transaction.rollbackToSavepoint?.(name)),
  releaseSavepoint: (name) => run(identity, 'RELEASE', async () => transaction.releaseSavepoint?.(name)),
});

const tracedQueries = (target: SqlQueryable, identity: DatabaseIdentity) => ({
  queryRaw: (query: SqlQuery) =>
    run(
      identity,
      query.sql,
      () => target.queryRaw(query),
      (result) => result.rows.length,
    ),
  executeRaw: (query: SqlQuery) => run(identity, query.sql, () => target.executeRaw(query)),
});

const run = <T>(
  identity: DatabaseIdentity,
  sql: string,
  query: () => Promise<T>,
  rows?: (result: T) => number,
): Promise<T> => traceQuery(identity, summarizeSql(sql), query, rows);
