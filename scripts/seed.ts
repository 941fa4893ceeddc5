// npm run seed: fills a PostgreSQL of your own with a believable world of any size.
import { Client } from 'pg';
import { ConfigError, readConfig } from '../src/config/index.ts';
import { migrate } from '../src/data/migrate.ts';
import { parseSeedArguments, USAGE, UsageError } from '../src/data/seed/command-line.ts';
import { fillDatabase, holdsPeople } from '../src/data/seed/fill.ts';
import { createProgressDisplay, grouped } from '../src/data/seed/progress-display.ts';

const display = createProgressDisplay(process.stderr);
let isCommitted = false;

const seed = async (): Promise<void> => {
  const request = parseSeedArguments(process.argv.slice(2), Date.now());
  if (request.help) {
    console.log(USAGE);
    return;
  }
  const url = request.databaseUrl ?? readConfig({ DATABASE_URL: process.env.DATABASE_URL }).DATABASE_URL;
  if (url === undefined) {
    throw new UsageError(
      'DATABASE_URL is not set: it says which PostgreSQL to fill; or give --database-url postgres://…',
    );
  }
  const { host, pathname } = new URL(url);
  const name = `${host}${pathname}`;
  const client = new Client({ connectionString: url, application_name: 'sidechain-seed' });
  client.on('error', () => {});
  await client.connect().catch((error: unknown) => {
    throw new UsageError(`cannot reach the database at ${name}: ${reason(error)}`);
  });
  try {
    await migrate(url, { log: { info: console.log, warn: console.warn } });
    await fill(client, name, request);
  } finally {
    await client.end();
  }
};

const fill = async (
  client: Client,
  name: string,
  { size, reset }: ReturnType<typeof parseSeedArguments>,
): Promise<void> => {
  const refusal = new UsageError(`the database at ${name} holds people already: --reset empties it first, all of it`);
  if (!reset && (await holdsPeople(client))) throw refusal;

  const startedAt = performance.now();
  console.log(
    `filling ${name} with ${grouped(size.users)} people and ${grouped(size.posts)} loops, seed ${size.seed}, until ${new Date(size.now).toISOString()}`,
  );
  const counts = await fillDatabase(client, size, { reset, onProgress: display.show });
  display.end();
  if (!counts) throw refusal;
  isCommitted = true;
  // The big load would make autovacuum start a minute later, under whoever uses the database then.
  await client.query(`VACUUM (ANALYZE) ${[...counts.keys()].join(', ')}`);

  const seconds = (performance.now() - startedAt) / 1000;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  for (const [table, count] of counts) console.log(`  ${table.padEnd(16)} ${grouped(count).padStart(12)}`);
  console.log(`${grouped(total)} rows in ${seconds.toFixed(1)} s, ${grouped(total / seconds)} rows/s`);
};

const reason = (error: unknown): string => {
  if (error instanceof AggregateError && error.errors.length > 0) return reason(error.errors[0]);
  return error instanceof Error ? error.message || error.name : String(error);
};

process.once('SIGINT', () => {
  // The connection ends with the process, and with it the one transaction.
  display.end();
  console.error(isCommitted ? 'stopped: all rows are there' : 'stopped: nothing was written');
  process.exit(130);
});

try {
  await seed();
} catch (error) {
  display.end();
  const isExpected = error instanceof UsageError || error instanceof ConfigError;
  console.error(
    isExpected
      ? `seed: ${error.message}`
      : `seed: ${isCommitted ? 'all rows are there, but' : 'nothing was written:'} ${reason(error)}`,
  );
  process.exitCode = isExpected ? 2 : 1;
}
