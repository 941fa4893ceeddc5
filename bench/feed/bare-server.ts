// The least that can serve a feed: node:http, and either `pg` with the product's own statements or bytes from memory.
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import type { Answer } from './bare.ts';
import type { Statement } from './recording.ts';

const [mode = '', file = '', databaseUrl = ''] = process.argv.slice(2);

/** Sends the statements in the product's order, and the rows of the last one as JSON. */
const fromDatabase = (): RequestListener => {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 10 });
  const recorded = JSON.parse(readFileSync(file, 'utf8')) as Statement[][];
  let turn = 0;
  const ask = async (): Promise<unknown[]> => {
    const statements = recorded[turn % recorded.length] ?? [];
    turn += 1;
    const [first, last] = [statements[0] as Statement, statements.at(-1) as Statement];
    await pool.query(first);
    await Promise.all(statements.slice(1, -1).map((statement) => pool.query(statement)));
    return (await pool.query(last)).rows;
  };
  return (_req, res) => {
    ask().then(
      (activities) => {
        const body = JSON.stringify({ activities });
        res.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) });
        res.end(body);
      },
      (error: unknown) => res.writeHead(500).end(String(error)),
    );
  };
};

/** Sends the very bytes of an answer of the product: its headers too. */
const fromMemory = (): RequestListener => {
  const { headers, body } = JSON.parse(readFileSync(file, 'utf8')) as Answer;
  const bytes = Buffer.from(body);
  return (_req, res) => {
    res.writeHead(200, headers);
    res.end(bytes);
  };
};

const server = createServer(mode === 'sql' ? fromDatabase() : fromMemory());
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
