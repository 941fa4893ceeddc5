import { expect, it } from 'vitest';
import { summarizeSql } from './sql-summary.ts';

it.each([
  ['SELECT "public"."users"."id" FROM "public"."users" WHERE 1=1', 'SELECT users'],
  ['INSERT INTO "public"."posts" ("id") VALUES ($1) RETURNING "id"', 'INSERT posts'],
  ['UPDATE posts SET like_count = 1', 'UPDATE posts'],
  ['DELETE FROM follows WHERE follower_id = $1', 'DELETE follows'],
  [
    'WITH ins AS (INSERT INTO likes VALUES ($1) RETURNING 1) UPDATE posts SET like_count = like_count + (SELECT count(*) FROM ins)',
    'UPDATE posts',
  ],
  [
    'WITH target AS (SELECT id FROM users), ins AS (INSERT INTO follows SELECT id FROM target) SELECT * FROM target',
    'INSERT follows',
  ],
  [
    'WITH a AS (SELECT * FROM posts WHERE id IN (SELECT 1)), b AS MATERIALIZED (SELECT * FROM a) SELECT * FROM b',
    'SELECT posts',
  ],
  ['(SELECT p.id FROM posts p) UNION ALL (SELECT 1)', 'SELECT posts'],
  ['BEGIN', 'BEGIN undefined'],
  ['SELECT 1', 'SELECT undefined'],
])('%s is %s', (sql, expected) => {
  const { operation, collection } = summarizeSql(sql);
  expect(`${operation} ${collection}`).toBe(expected);
});

it('shows no value and no more than 2 kB', () => {
  expect(summarizeSql(`SELECT 1 FROM users WHERE email = 'alice@example.com' AND name = 'O''Brien'`).text).toBe(
    'SELECT 1 FROM users WHERE email = ? AND name = ?',
  );
  expect(summarizeSql(`SELECT ${'a,'.repeat(5000)} b FROM users`).text).toHaveLength(2048);
});
