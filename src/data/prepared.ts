import type { SqlQuery, SqlQueryable } from '@prisma/driver-adapter-utils';
import type { Queryable } from './database.ts';

/**
 * Statements whose text never changes. Each connection parses and plans them once, by name, and their rows come as the
 * driver reads them. What Prisma does around a raw query (compiling it, naming the type of each value in JSON and
 * reading that again) costs more than the driver does, which the queries of a feed cannot afford.
 */
export interface Prepared<Row extends readonly unknown[]> {
  readonly sql: string;
  /** The parameters in the order of their numbers. */
  readonly parameters: readonly string[];
  /** Only says what a row holds, column by column. */
  readonly row?: Row;
}

/** What stands for a parameter: text, numbers, truth values, lists of these for arrays, null. */
export type Value = string | number | boolean | null | readonly string[] | readonly number[];

const UNKNOWN = { scalarType: 'unknown', arity: 'scalar' } as const;
const SMALLEST_SIZE = 16;
const names = new Map<string, string>();

/**
 * A statement that each connection prepares under `name`. Its parameters are written `@viewer`, each with a cast: the
 * server is not told their types. The server plans it a few times for the values it is given, and then once for any,
 * unless that looks dearer; `(SELECT @mark::bigint)` hides a value, so that it does not.
 * @param name undefined: planned for each call, where what it is given decides how it is best run.
 */
export const prepare = <Row extends readonly unknown[]>(name: string | undefined, text: string): Prepared<Row> => {
  const parameters: string[] = [];
  const sql = text.replace(/@([a-z]\w*)/gi, (_, parameter: string) => {
    if (!parameters.includes(parameter)) parameters.push(parameter);
    return `$${parameters.indexOf(parameter) + 1}`;
  });
  if (name !== undefined) names.set(sql, name);
  return { sql, parameters };
};

/**
 * Statements that differ in how many rows they read at most, which stands in their text: a server that plans without
 * knowing a LIMIT takes a tenth of the table for it, and plans for that. One for each power of two.
 * @returns what gives the statement that reads at least `rows`.
 */
export const prepareSizes = <Row extends readonly unknown[]>(
  name: string | undefined,
  text: (size: number) => string,
): ((rows: number) => Prepared<Row>) => {
  const made = new Map<number, Prepared<Row>>();
  return (rows) => {
    const size = 2 ** Math.ceil(Math.log2(Math.max(SMALLEST_SIZE, rows)));
    const statement = made.get(size) ?? prepare<Row>(name && `${name}_${size}`, text(size));
    made.set(size, statement);
    return statement;
  };
};

/** The name under which a connection keeps `query`; empty for what none keeps. */
export const nameOf = (query: SqlQuery): string => names.get(query.sql) ?? '';

const drivers = new WeakMap<Queryable, Promise<SqlQueryable>>();

/** Says by which connections, traced ones, the prepared statements of `db` go. */
export const preparedGoBy = (db: Queryable, driver: Promise<SqlQueryable>): void => {
  drivers.set(db, driver);
};

/**
 * Runs a prepared statement. Inside a transaction, whose connection Prisma keeps to itself, it goes through Prisma.
 * @throws what the driver adapter throws, and Error when a parameter has no value.
 */
export const ask = async <Row extends readonly unknown[]>(
  db: Queryable,
  { sql, parameters }: Prepared<Row>,
  values: Readonly<Record<string, Value>>,
): Promise<Row[]> => {
  const args = parameters.map((parameter) => {
    const value = values[parameter];
    if (value === undefined) throw new Error(`the statement has a parameter ${parameter}, and no value for it`);
    return value;
  });
  const driver = drivers.get(db);
  if (!driver) {
    const rows = await db.$queryRawUnsafe<Record<string, unknown>[]>(sql, ...args);
    return rows.map((row) => Object.values(row) as unknown as Row);
  }
  const { rows } = await (await driver).queryRaw({ sql, args, argTypes: args.map(() => UNKNOWN) });
  return rows as unknown as Row[];
};
