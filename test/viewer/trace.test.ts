import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Person, post, register } from '../support/client.ts';
import { FEED_TREE } from '../support/feed-tree.ts';
import { describeWith } from '../support/parts.ts';
import { listPage, soon, tracePage, visibleText } from './pages.ts';
import { repeatedQueries, rootless, threeServices } from './traces.ts';
import { startViewer, traceIdOf, type Viewer } from './viewer.ts';

describeWith('chromium')('the page of a trace', () => {
  let viewer: Viewer;
  let alice: Person;
  let feed: string;
  const repeated = repeatedQueries(10);
  const failed = threeServices();
  const lost = rootless();

  beforeAll(async () => {
    viewer = await startViewer();
    alice = await register(viewer.server.url);
    await post(alice);
    const response = await alice.fetch('/api/v1/feed/unified?limit=7');
    await response.arrayBuffer();
    feed = traceIdOf(response);
    await viewer.whole(feed);
    await viewer.send(repeated, failed, lost);
  });
  afterAll(() => viewer?.close());

  const open = async (traceId: string, options?: Parameters<Viewer['open']>[1]) => {
    const page = await viewer.open(`/traces/${traceId}`, options);
    const trace = tracePage(page);
    await trace.rows.first().waitFor();
    return { page, trace };
  };

  it('shows every span of a feed, each below its parent', async () => {
    const { trace } = await open(feed);
    const tree = await trace.tree();
    expect(tree[0]).toBe(FEED_TREE[0]);
    // The sources run at once, so their order is not given.
    expect(tree.toSorted()).toEqual(FEED_TREE.toSorted());
    const child = tree.indexOf('    feed.hydrate') + 1;
    expect(tree[child]).toBe('      SELECT posts');
    expect(await visibleText(trace.heading)).toContain('GET /api/v1/feed/unified');
    // A real feed has nothing to complain of.
    expect(await trace.main.getByText('N+1').count()).toBe(0);
  });

  it('shows of a span its attributes, each of which can be copied', async () => {
    const { page, trace } = await open(feed, { permissions: ['clipboard-read', 'clipboard-write'] });
    await trace.row('GET /api/v1/feed/unified').first().click();
    await trace.panel.waitFor();
    await trace.panel.getByText('Resource').click();
    const text = await visibleText(trace.panel);
    for (const shown of ['user.id', alice.id, 'http.route', 'feed.count', 'service.name', 'sidechain-backend'])
      expect(text).toContain(shown);
    await trace.panel.getByRole('button', { name: 'Copy user.id' }).click();
    await soon(() => page.evaluate('navigator.clipboard.readText()')).toBe(alice.id);
    await trace.main.getByRole('button', { name: 'Copy trace id' }).click();
    await soon(() => page.evaluate('navigator.clipboard.readText()')).toBe(feed);
  });

  it('shows the log lines of a request at their spans, and all of them in one place', async () => {
    const { page, trace } = await open(feed);
    await page.getByRole('tab', { name: /^Logs/ }).click();
    const line = trace.main.getByText('GET /api/v1/feed/unified 200').first();
    await line.waitFor();
    await page.getByRole('tab', { name: /^(Spans|Waterfall|Timeline)/ }).click();
    await trace.row('GET /api/v1/feed/unified').first().click();
    await soon(() => visibleText(trace.panel)).toContain('GET /api/v1/feed/unified 200');
  });

  it('shows SQL in lines, and as it was sent', async () => {
    const { trace } = await open(repeated.traceId);
    await trace.row('SELECT customers').first().click();
    await trace.panel.waitFor();
    await soon(() => visibleText(trace.panel)).toMatch(/SELECT\s*\n\s+id,\s*\n\s+name\s*\nFROM\s*\n?\s*customers/i);
    await trace.panel.getByRole('button', { name: /raw/i }).click();
    await soon(() => visibleText(trace.panel)).toContain('SELECT id, name FROM customers WHERE id = $1');
  });

  it('points at queries that are made again and again', async () => {
    const { trace } = await open(repeated.traceId);
    expect(await trace.rows.filter({ hasText: 'N+1' }).count()).toBe(10);
    expect(await trace.main.getByText(/10/).count()).toBeGreaterThan(0);
  });

  it('shows an exception with its stack, and the services that a request went through', async () => {
    const { page, trace } = await open(failed.traceId);
    expect(await trace.tree()).toEqual(['GET /checkout', '  POST /pay', '    POST /pay', '      charge card']);
    const text = await visibleText(trace.main);
    for (const service of ['web', 'payments', 'bank']) expect(text).toContain(service);
    await trace.spans.focus();
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const panel = await visibleText(trace.panel);
    for (const shown of [
      'CardDeclined',
      'the card was declined',
      'at charge (bank/charge.ts:12:7)',
      'card declined',
      'declined',
    ])
      expect(panel).toContain(shown);
  });

  it('shows spans whose parents never came', async () => {
    const { trace } = await open(lost.traceId);
    expect(await trace.tree()).toEqual(['left alone', '  its child', 'left alone too']);
    expect(await trace.rows.filter({ hasText: 'no parent' }).count()).toBe(2);
  });

  it('can be used with the keyboard alone, from the list to a span and back', async () => {
    const page = await viewer.open('/traces?route=/checkout');
    const list = listPage(page);
    await list.link(failed.traceId).waitFor();
    const focused = (): Promise<string> =>
      page.evaluate(`document.activeElement.closest('[role=row]')?.querySelector('a')?.getAttribute('href') ?? ''`);
    for (let tabs = 0; tabs < 60 && (await focused()) === ''; tabs += 1) await page.keyboard.press('Tab');
    expect(await focused()).toBe(`/traces/${failed.traceId}`);
    await page.keyboard.press('Enter');
    const trace = tracePage(page);
    await trace.rows.first().waitFor();
    const inTree = (): Promise<boolean> => page.evaluate(`document.activeElement.closest('[role=treegrid]') !== null`);
    for (let tabs = 0; tabs < 60 && !(await inTree()); tabs += 1) await page.keyboard.press('Tab');
    expect(await inTree()).toBe(true);
    const selected = (): Promise<string> => visibleText(trace.selected);
    await page.keyboard.press('Home');
    await soon(selected).toContain('GET /checkout');
    await page.keyboard.press('ArrowDown');
    await soon(selected).toContain('POST /pay');
    expect(await trace.selected.getAttribute('aria-expanded')).toBe('true');
    await page.keyboard.press('ArrowLeft');
    await soon(() => trace.selected.getAttribute('aria-expanded')).toBe('false');
    expect(await trace.tree()).toEqual(['GET /checkout', '  POST /pay']);
    expect(await trace.spans.getAttribute('aria-rowcount')).toBe('3');
    await page.keyboard.press('ArrowRight');
    await soon(trace.tree).toHaveLength(4);
    await page.keyboard.press('ArrowUp');
    await soon(selected).toContain('GET /checkout');
    await page.keyboard.press('End');
    await soon(selected).toContain('charge card');
    await page.keyboard.press('Enter');
    await soon(() => visibleText(trace.panel)).toContain('charge card');
    await zoomsWith(page, trace);
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog');
    await dialog.waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    await soon(inTree).toBe(true);
    await page.keyboard.press('/');
    await soon(() => page.evaluate('document.activeElement.tagName')).toBe('INPUT');
    await page.keyboard.type('payments');
    expect(await page.evaluate('document.activeElement.value')).toBe('payments');
    await page.goBack();
    await list.link(failed.traceId).waitFor();
    expect(await list.field('Route').inputValue()).toBe('/checkout');
  });

  const zoomsWith = async (page: Page, trace: ReturnType<typeof tracePage>): Promise<void> => {
    const axis = (): Promise<string> => visibleText(trace.spans.getByRole('columnheader', { name: 'Time' }));
    const whole = await axis();
    for (const key of ['+', 'f']) {
      await page.keyboard.press(key);
      await soon(axis).not.toBe(whole);
      await page.keyboard.press('0');
      await soon(axis).toBe(whole);
    }
  };
});
