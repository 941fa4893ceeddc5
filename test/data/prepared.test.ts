import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase } from '../../src/data/create-database.ts';
import { ask, nameOf, prepare, prepareSizes } from '../../src/data/prepared.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

type Row = [number: number, text: string | null, list: string[], flag: boolean, fraction: number];
const EVERYTHING = prepare<Row>(
  'test_everything',
  `SELECT @number::int AS a, @text::text AS b, @list::text[] AS c, @flag::bool AS d, @fraction::float8 AS e, @number::int AS f`,
);
const values = { number: 7, text: null, list: ['x', 'y "z"', ''], flag: true, fraction: 0.5 };

it('numbers each parameter once, however often it stands there', () => {
  expect(EVERYTHING.parameters).toEqual(['number', 'text', 'list', 'flag', 'fraction']);
  expect(EVERYTHING.sql).toMatch(/^SELECT \$1::int .* \$5::float8 AS e, \$1::int AS f$/);
});

it('brings the same rows on any connection and in a transaction', async () => {
  const expected = [[7, null, ['x', 'y "z"', ''], true, 0.5, 7]];
  for (let time = 0; time < 8; time += 1) expect(await ask(database.db, EVERYTHING, values)).toEqual(expected);
  expect(await database.db.$transaction((tx) => ask(tx, EVERYTHING, values))).toEqual(expected);
});

it('keeps on its connection what has a name, and nothing else', async () => {
  const { db, close } = createDatabase({ url: database.url, poolSize: 1, statementTimeout: 5000 });
  await ask(db, EVERYTHING, values);
  const kept = prepare<[string]>(undefined, "SELECT name FROM pg_prepared_statements WHERE name <> ''");
  expect(await ask(db, kept, {})).toEqual([['test_everything']]);
  await close();
});

it('refuses to run without a value for each parameter', async () => {
  await expect(ask(database.db, EVERYTHING, { number: 1 })).rejects.toThrow('parameter text');
});

it('makes one statement for each power of two, from 16 on', () => {
  const sized = prepareSizes('test_sized', (size) => `SELECT 1 LIMIT ${size}`);
  const names = [1, 16, 17, 61, 64, 65].map((rows) => nameOf({ sql: sized(rows).sql, args: [], argTypes: [] }));
  expect(names).toEqual([
    'test_sized_16',
    'test_sized_16',
    'test_sized_32',
    'test_sized_64',
    'test_sized_64',
    'test_sized_128',
  ]);
});
