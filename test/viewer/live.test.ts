import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../src/integrations/free-port.ts';
import { call, type Person, post, register } from '../support/client.ts';
import { describeWith } from '../support/parts.ts';
import { listPage, soon, tracePage, visibleText } from './pages.ts';
import { threeServices } from './traces.ts';
import { startViewer, traceIdOf, type Viewer } from './viewer.ts';

const FEED = '/api/v1/feed/unified';

describeWith('chromium')('the list, while requests come', () => {
  let viewer: Viewer;
  let alice: Person;
  let sql: Client;

  beforeAll(async () => {
    // The page names the api's port where that was chosen.
    viewer = await startViewer({ PORT: String(await freePort()) });
    alice = await register(viewer.server.url);
    await post(alice);
    sql = new Client({ connectionString: viewer.database.url });
    await sql.connect();
  });
  afterAll(async () => {
    await sql?.end();
    await viewer?.close();
  });

  /** Makes a request and reads its answer. @returns its trace id */
  const ask = async (path: string): Promise<string> => {
    const response = await alice.fetch(path);
    await response.arrayBuffer();
    return traceIdOf(response);
  };

  it('shows a request within a second of its answer', async () => {
    const list = listPage(await viewer.open('/traces'));
    await list.grid.waitFor();
    const took: number[] = [];
    for (let i = 0; i < 5; i += 1) {
      const traceId = await ask(`${FEED}?limit=${i + 1}`);
      const answered = performance.now();
      await list.row(traceId).waitFor({ timeout: 1000 });
      took.push(performance.now() - answered);
    }
    expect(Math.max(...took)).toBeLessThan(1000);
  });

  it('tells of each request its method, route, status, user, feed, queries, and whether it came out of the cache', async () => {
    const list = listPage(await viewer.open('/traces'));
    const first = await ask(`${FEED}?limit=13`);
    const second = await ask(`${FEED}?limit=13`);
    const refused = await ask(`${FEED}?limit=0`);
    const id = alice.id;
    await list.row(refused).waitFor();
    const uncached = await list.cells(first);
    expect(uncached).toMatchObject({
      Method: 'GET',
      'Route or name': FEED,
      Status: '200',
      Feed: 'unified',
      Queries: '6',
    });
    const cached = await list.cells(second);
    expect(cached).toMatchObject({ Method: 'GET', 'Route or name': FEED, Status: '200', Feed: 'unified', Queries: '' });
    expect(cached.Cache).not.toBe(uncached.Cache);
    expect([uncached.Cache, cached.Cache]).toEqual(['miss', 'hit']);
    expect(await list.cells(refused)).toMatchObject({ Status: '422' });
    expect(await visibleText(list.row(first))).toContain(id.slice(0, 8));
  });

  it('stands still while it is paused, and catches up', async () => {
    const list = listPage(await viewer.open('/traces'));
    await list.row(await ask('/api/v1/auth/me')).waitFor();
    await list.button('Pause').click();
    const meanwhile = await ask('/api/v1/auth/me');
    await sleep(700);
    expect(await list.row(meanwhile).count()).toBe(0);
    expect(await list.button('Resume').getAttribute('aria-pressed')).toBe('true');
    await list.button('Resume').click();
    await list.row(meanwhile).waitFor();
    await list.row(await ask('/api/v1/auth/me')).waitFor();
  });

  it('shows by which link of an error body its trace is opened, with the stack of what went wrong', async () => {
    const comments = `/api/v1/posts/${await post(alice)}/comments`;
    await sql.query('ALTER TABLE comments RENAME TO comments_elsewhere');
    let failed: Response;
    try {
      failed = await alice.fetch(comments);
    } finally {
      await sql.query('ALTER TABLE comments_elsewhere RENAME TO comments');
    }
    expect(failed.status).toBe(500);
    const body = (await failed.json()) as { trace_id: string; trace_url: string };
    expect(body.trace_url).toBe(`${viewer.url}/traces/${body.trace_id}`);
    const page = await viewer.open(new URL(body.trace_url).pathname);
    const trace = tracePage(page);
    await trace.heading.waitFor();
    expect(await visibleText(trace.heading)).toContain('GET /api/v1/posts/:id/comments');
    await trace.spans.focus();
    await page.keyboard.press('e');
    await page.keyboard.press('Enter');
    await trace.panel.waitFor();
    const text = await visibleText(trace.panel);
    expect(text).toContain('comments');
    expect(text).toMatch(/\n\s+at .+\.ts:\d+/);
  });

  it('puts the failed ones first when asked to', async () => {
    const wrong = threeServices();
    await viewer.send(wrong);
    for (let i = 0; i < 3; i += 1) await ask('/api/v1/auth/me');
    const page = await viewer.open('/traces');
    const list = listPage(page);
    await list.row(wrong.traceId).waitFor();
    const first = async () => (await list.order())[0];
    expect(await first()).not.toBe(wrong.traceId);
    await list.button('Errors first').click();
    await soon(first).toBe(wrong.traceId);
    expect(await list.button('Errors first').getAttribute('aria-pressed')).toBe('true');
    // Also when ordinary ones go on coming.
    await list.row(await ask('/api/v1/auth/me')).waitFor();
    expect(await first()).toBe(wrong.traceId);
  });

  it('is emptied by a button, and says then what to do', async () => {
    const page = await viewer.open('/traces', { permissions: ['clipboard-read', 'clipboard-write'] });
    const list = listPage(page);
    const traceId = await ask('/api/v1/auth/me');
    await list.row(traceId).waitFor();
    const dialog = page.getByRole('dialog', { name: 'Forget all traces?' });
    // Not by a slip.
    for (const key of ['Enter', 'Escape']) {
      await list.button('Forget all').click();
      await dialog.getByRole('button', { name: 'Cancel' }).and(page.locator(':focus')).waitFor();
      await page.keyboard.press(key);
      await dialog.waitFor({ state: 'hidden' });
    }
    expect(await viewer.list(`trace_id=${traceId}`)).toHaveLength(1);
    // Once a minute the product does something by itself.
    await soon(async () => {
      await list.button('Forget all').click({ timeout: 1000 });
      await dialog.getByRole('button', { name: 'Forget all' }).click();
      await list.button('Copy the request').click({ timeout: 4000 });
      return visibleText(list.main);
    }).toContain(`curl ${viewer.server.url}/`);
    expect(await list.rows.count()).toBe(0);
    expect(await list.button('Forget all').isDisabled()).toBe(true);
    expect(await viewer.list(`trace_id=${traceId}`)).toEqual([]);
    await soon(() => page.evaluate('navigator.clipboard.readText()')).toContain(`curl ${viewer.server.url}/`);
    const response = await call(viewer.server.url, '/health');
    await list.row(traceIdOf(response)).waitFor();
  });
});
