import * as sqlFormatter from 'sql-formatter';
import { expect, test } from 'vitest';
import { closeSql, formatSql } from './sql-formatting.ts';
import { sqlTokens } from './sql-tokens.ts';

const formatter = { format: sqlFormatter.format as never };
const layOut = (text: string, system = 'postgresql'): string => formatSql(formatter, text, system);

test('a statement is laid out in the words it had', () => {
  const text = 'select a, b from t where a = $1 and b in ($2, $3)';
  const formatted = layOut(text);
  expect(formatted.split('\n').length).toBeGreaterThan(4);
  expect(formatted.replace(/\s/g, '')).toBe(text.replace(/\s/g, ''));
});

test('one that was cut in the middle is laid out too', () => {
  const cut = 'SELECT a FROM t WHERE a IN (SELECT b FROM u WHERE c = $1 AND (d = $2';
  expect(closeSql(cut)?.added).toBe('))');
  expect(layOut(cut).split('\n').length).toBeGreaterThan(4);
  expect(closeSql("SELECT 'half a ( text")?.added).toBe("'");
  expect(closeSql('SELECT (1)')).toBeUndefined();
});

test('what is no SQL stays as it came', () => {
  const text = '{{ not / sql ]] \u0000 (';
  expect(layOut(text)).toBe(text);
});

test('colours leave every character in its place', () => {
  const sql = `SELECT "select", 'it''s' -- from\nFROM t WHERE a = $1 AND b = 1.5 /* end`;
  const tokens = sqlTokens(sql);
  expect(tokens.map(({ text }) => text).join('')).toBe(sql);
  const of = (kind: string): string[] => tokens.filter((token) => token.kind === kind).map(({ text }) => text);
  expect(of('keyword')).toEqual(['SELECT', 'FROM', 'WHERE', 'AND']);
  expect(of('string')).toEqual(["'it''s'"]);
  expect(of('comment')).toEqual(['-- from', '/* end']);
  expect(of('parameter')).toEqual(['$1']);
  expect(of('number')).toEqual(['1.5']);
  expect(sqlTokens('a::float8 = :limit').filter(({ kind }) => kind === 'parameter')).toEqual([
    { kind: 'parameter', text: ':limit' },
  ]);
});
