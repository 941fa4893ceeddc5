import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { parseSync } from '@swc/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from '../../../../test/support/raw-request.ts';
import { type AdminServer, startAdminServer } from '../../admin-server.ts';
import { TraceRing } from '../trace-ring.ts';

const HTML = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
const ID = 'ab'.repeat(16);

let admin: AdminServer;
beforeAll(async () => {
  const settings = { tempo: 'http://tempo/{trace_id}?</script><!--', service: 'sidechain-backend' };
  admin = await startAdminServer({ host: '127.0.0.1', port: 0, viewer: { ring: new TraceRing(), settings } });
});
afterAll(() => admin.close());

const get = (path: string) => ask(admin.port, path, { headers: HTML });

/** First group of each match. */
const all = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, one = '']) => one);

test.each(['/traces', '/traces/', '/traces?q=x', `/traces/${ID}`, `/traces/${ID}/compare/${ID}`])(
  '%s is the page, though there is no trace yet',
  async (path) => {
    const { status, headers, text } = await get(path);
    expect([status, headers['content-type'], headers.vary]).toEqual([200, 'text/html; charset=utf-8', 'Accept']);
    expect(text).toContain('<html lang="en">');
    expect(text).toContain('<div id="app"></div>');
  },
);

test('everything that the page names is there, and is what it is said to be', async () => {
  const { text } = await get('/traces');
  const importMap = JSON.parse(all(text, /<script type="importmap">(.*?)<\/script>/g)[0] ?? '') as {
    imports: Record<string, string>;
  };
  expect(Object.keys(importMap.imports)).toEqual(['preact', 'preact/hooks', 're2js']);
  const styles = all(text, /<link rel="stylesheet" href="([^"]+)">/g);
  const modules = all(text, /<link rel="modulepreload" href="([^"]+)">/g);
  const scripts = all(text, /<script type="module" src="([^"]+)">/g);
  expect(scripts).toEqual(['/traces/assets/page/main.ts']);
  expect(modules).toEqual(expect.arrayContaining([...scripts, ...Object.values(importMap.imports)]));
  const sheets = readdirSync(new URL('../page/styles', import.meta.url));
  expect(styles.toSorted()).toEqual(sheets.toSorted().map((name) => `/traces/assets/page/styles/${name}`));
  expect(styles.at(0)).toContain('tokens.css');

  for (const path of styles) {
    const { status, headers } = await get(path);
    expect([path, status, headers['content-type']]).toEqual([path, 200, 'text/css; charset=utf-8']);
  }
  for (const path of [...modules, '/traces/assets/sql-formatter.js']) {
    const { status, headers, text: code } = await get(path);
    expect([path, status, headers['content-type']]).toEqual([path, 200, 'text/javascript; charset=utf-8']);
    expect(headers['x-content-type-options']).toBe('nosniff');
    const { body } = parseSync(code, { syntax: 'ecmascript', target: 'es2024' });
    // What it imports is preloaded too, so that nothing is fetched in a second step.
    for (const node of body) {
      if (node.type !== 'ImportDeclaration' || !node.source.value.startsWith('.')) continue;
      expect(modules).toContain(new URL(node.source.value, `http://x${path}`).pathname);
    }
  }
});

test('only the page’s own scripts run', async () => {
  const { headers, text } = await get('/traces');
  const policy = String(headers['content-security-policy']);
  const inline = all(text, /<script type="importmap">(.*?)<\/script>/gs)[0] ?? '';
  const hash = createHash('sha256').update(inline).digest('base64');
  expect(policy.split('; ')).toEqual([
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    "style-src 'self'",
    "connect-src 'self'",
    "img-src 'self' data:",
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ]);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-store',
  });
  expect(text).not.toMatch(/ style=| on\w+=/);
});

test('the settings stay inside their element', async () => {
  const { text } = await get('/traces');
  const json = all(text, /<script type="application\/json" id="settings">(.*?)<\/script>/g)[0] ?? '';
  expect(json).not.toContain('<');
  expect(JSON.parse(json)).toEqual({
    tempo: 'http://tempo/{trace_id}?</script><!--',
    loki: null,
    api: null,
    service: 'sidechain-backend',
  });
});

test.each([
  'page/../http/routes.ts',
  'page/%2e%2e/http/routes.ts',
  '../../../package.json',
  'page/tsconfig.json',
  'http/routes.ts',
  'model/from-otlp.test.ts',
  'model/trace',
  'page//main.ts',
  '__proto__',
  'constructor',
])('%s is no asset', async (path) => {
  expect((await get(`/traces/assets/${path}`)).status).toBe(404);
});

test('types are gone, and lines and columns are the same', async () => {
  const { text } = await get('/traces/assets/model/to-otlp.ts');
  expect(text).not.toContain('ViewerSpan');
  expect(text).toMatch(/^const writeSpan = \(span {2,}\) {2,}=> \(\{$/m);
});
