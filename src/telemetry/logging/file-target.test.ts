import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FileTarget } from './file-target.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'log-file-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const options = (now: () => number) => ({
  path: join(folder, 'x.log'),
  maxBytes: 1_000_000,
  maxFiles: 3,
  onTrouble: (error: Error) => {
    throw error;
  },
  onRecovery: () => undefined,
  now,
});

test('a day that is over ends the file', async () => {
  let now = Date.parse('2026-03-01T23:59:59Z');
  const target = new FileTarget(options(() => now));
  await target.ready();
  writeFileSync(join(folder, 'x.log'), 'yesterday\n');
  target.wrote(10);
  now += 2000;
  const { room } = await target.ready();
  expect(room).toBe(1_000_000);
  await target.close();
  expect(readFileSync(join(folder, 'x.log.1'), 'utf8')).toBe('yesterday\n');
  expect(readdirSync(folder).sort()).toEqual(['x.log', 'x.log.1']);
});

test('a file that was last written on an earlier day is ended at the start', async () => {
  writeFileSync(join(folder, 'x.log'), 'last week\n');
  utimesSync(join(folder, 'x.log'), new Date('2026-02-20'), new Date('2026-02-20'));
  const target = new FileTarget(options(() => Date.parse('2026-03-01T12:00:00Z')));
  await target.ready();
  await target.close();
  expect(readFileSync(join(folder, 'x.log.1'), 'utf8')).toBe('last week\n');
});
