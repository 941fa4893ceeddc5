import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/parts.ts';
import { type FixtureTrace, newTraceId, spanId } from './otlp.ts';
import { listPage, soon, tracePage, visibleText } from './pages.ts';
import { startViewer, type Viewer } from './viewer.ts';

/** What a query would be broken by if it were put together carelessly. */
const HOSTILE = {
  'user.id': 'alice" || true }',
  'two words': 'a\\b\n"c"\t`d`',
  'a"b{c}=d': '{ } && ( ) // /* */',
  'shop.größe': 'ü 😀',
  'shop.total': 12.5,
  'shop.items': -3,
  'shop.gift': true,
} as const;

/** A cart that waits for 858 ms for nobody knows what. */
const cart = (attributes: Record<string, string | number | boolean>): FixtureTrace => ({
  traceId: newTraceId(),
  start: Date.now(),
  spans: [
    {
      id: spanId(0),
      name: 'GET /shop/cart',
      kind: 'server',
      at: 0,
      took: 1450,
      attributes: { ...attributes, 'shop.tags': ['a', 'b'], 'shop.note': 'x'.repeat(1500) },
    },
    { id: spanId(1), parent: spanId(0), name: 'cart.lock', at: 2, took: 40 },
    { id: spanId(2), parent: spanId(0), name: 'SELECT carts', at: 900, took: 300 },
    { id: spanId(3), parent: spanId(0), name: 'cart.price', at: 1200, took: 245 },
  ],
  lines: [
    {
      span: spanId(0),
      at: 1449,
      message: 'GET /shop/cart 200',
      attributes: { http: { method: 'GET', route: '/api/v1/shop/cart/items', peer: { port: 443 } }, request_id: 'r-1' },
    },
  ],
});

/** What of the browser's DOM is used inside the pages; the tests themselves are compiled without it. */
interface Element {
  parentElement: Element;
}
declare const getComputedStyle: (element: Element) => Record<string, string>;
declare const document: { activeElement: Element };

describeWith('chromium')('a span and its panel', () => {
  let viewer: Viewer;
  const hostile = cart(HOSTILE);
  const other = cart({ 'user.id': 'bob', 'shop.total': 12, 'shop.items': 3, 'shop.gift': false });

  beforeAll(async () => {
    viewer = await startViewer();
    await viewer.send(hostile, other);
  });
  afterAll(() => viewer?.close());

  const open = async (options?: Parameters<Viewer['open']>[1], place = '') => {
    const page = await viewer.open(`/traces/${hostile.traceId}${place}`, options);
    const trace = tracePage(page);
    await trace.rows.first().waitFor();
    return { page, trace, root: trace.row('GET /shop/cart').first() };
  };
  const boxOf = async (locator: Locator): Promise<{ x: number; y: number; width: number; height: number }> => {
    const box = await locator.boundingBox();
    if (!box) throw new Error('it is not to be seen');
    return box;
  };
  const axisOf = (page: Page): Promise<string> =>
    visibleText(tracePage(page).spans.getByRole('columnheader', { name: 'Time' }));

  it('shows the fields of a log line over its whole width, each key of a map in a row', async () => {
    const { trace, root } = await open();
    await root.click();
    await trace.panel.getByText('GET /shop/cart 200').click();
    const row = trace.panel.getByRole('row').filter({ hasText: 'http.route' });
    expect(await visibleText(trace.panel.getByRole('row').filter({ hasText: 'http.peer.port' }))).toContain('443');
    const value = row.getByText('/api/v1/shop/cart/items');
    // One line of it.
    expect((await boxOf(value)).height).toBeLessThan(25);
    expect((await boxOf(row)).width).toBeGreaterThan((await boxOf(trace.panel)).width - 60);
    expect(await row.getByRole('link').count()).toBe(0);
  });

  it('leads from each attribute to the traces that have the same', async () => {
    const { page, trace, root } = await open();
    await root.click();
    await trace.panel.getByText('Resource').click();
    for (const [name, value] of [...Object.entries(HOSTILE), ['service.version', '1.2.3']] as const) {
      const link = trace.panel.getByRole('link', { name: `Traces with ${name} = ${value}` });
      const query = new URL((await link.getAttribute('href')) ?? '', viewer.url).search.slice(1);
      const found = (await viewer.list(query)).map(({ traceId }) => traceId);
      expect([name, found.includes(hostile.traceId)]).toEqual([name, true]);
      expect([name, found.includes(other.traceId)]).toEqual([name, name === 'service.version']);
    }
    for (const name of ['shop.tags', 'shop.note'])
      expect(await trace.panel.getByRole('link', { name: `Traces with ${name}` }).count()).toBe(0);
    await trace.panel.getByRole('link', { name: 'Traces with two words' }).click();
    const list = listPage(page);
    await list.row(hostile.traceId).waitFor();
    expect(await list.alert.count()).toBe(0);
    expect(await list.count()).toBe(1);
    await page.goBack();
    await soon(() => visibleText(trace.panel)).toContain('two words');
  });

  it('shows what can be done with a value where it is looked at, and always to fingers', async () => {
    const { page, trace, root } = await open();
    await root.click();
    const row = trace.panel.getByRole('row').filter({ hasText: 'user.id' });
    const copy = row.getByRole('button', { name: 'Copy user.id' });
    const opacityOf = (button: Locator): Promise<string | undefined> =>
      button.evaluate((element: Element) => getComputedStyle(element.parentElement).opacity);
    const opacity = (): Promise<string | undefined> => opacityOf(copy);
    await page.mouse.move(0, 0);
    await copy.waitFor();
    await soon(opacity).toBe('0');
    await row.hover();
    await soon(opacity).toBe('1');
    await page.mouse.move(0, 0);
    await soon(opacity).toBe('0');
    await row.getByRole('link').focus();
    await soon(opacity).toBe('1');
    await page.keyboard.press('Tab');
    expect(await copy.evaluate((element: Element) => element === document.activeElement)).toBe(true);
    const touched = await open({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });
    await touched.root.tap();
    const button = touched.trace.panel.getByRole('button', { name: 'Copy user.id' });
    expect(await opacityOf(button)).toBe('1');
  });

  it('tells of a gap how long it is and what it lies between, and of the pointer at which time it is', async () => {
    const { page, trace, root } = await open();
    await root.click();
    await soon(() => visibleText(trace.panel)).toContain('858 ms after cart.lock, before SELECT carts');
    const bars = await boxOf(root.getByRole('gridcell').last());
    const pointAt = (share: number): Promise<void> => page.mouse.move(bars.x + bars.width * share, bars.y + 12);
    const card = page.locator('.hover-card');
    await pointAt(471 / 1450);
    await soon(() => visibleText(card)).toContain(
      '858 ms in which nothing was recorded, after cart.lock, before SELECT carts',
    );
    expect(await axisOf(page)).toMatch(/0\.47\d s/);
    await pointAt(1000 / 1450);
    await soon(() => visibleText(card)).not.toContain('nothing was recorded');
    expect(await axisOf(page)).toMatch(/(0\.99\d|1\.00\d) s/);
    await page.mouse.move(10, 10);
    await card.waitFor({ state: 'hidden' });
  });

  it('explains what the bars are drawn with, and what the pointer does', async () => {
    const { page, trace } = await open();
    await trace.main.getByRole('button', { name: 'Keys and legend' }).click();
    const text = await visibleText(page.getByRole('dialog'));
    for (const told of ['What the bars say', 'critical path', 'gap', 'failed', 'log lines', 'event', 'double-click'])
      expect(text).toContain(told);
    const background = (place: string): Promise<string | undefined> =>
      page
        .locator(place)
        .first()
        .evaluate((element: Element) => getComputedStyle(element).background);
    for (const part of ['.bar', '.bar-critical', '.bar-gap', '.mark-info']) {
      const sample = await background(`dialog ${part}`);
      expect([part, sample]).toEqual([part, await background(`.span-row ${part}`)]);
      expect(sample).toContain('rgb');
    }
  });

  it('labels every tick of its axis, wholly in sight', async () => {
    const { page, trace } = await open();
    const axis = await boxOf(trace.spans.getByRole('columnheader', { name: 'Time' }));
    const ticks = page.locator('.axis .tick');
    expect(await ticks.allTextContents()).toEqual([
      '0',
      ...[2, 4, 6, 8, 10, 12, 14].map((n) => `${(n / 10).toFixed(1)} s`),
    ]);
    for (const tick of await ticks.all()) {
      const { x, width } = await boxOf(tick);
      expect(x).toBeGreaterThanOrEqual(axis.x - 1);
      expect(x + width).toBeLessThanOrEqual(axis.x + axis.width + 1);
    }
  });

  it('opens by itself only where there is room for it and the bars', async () => {
    const narrow = await open();
    expect(await narrow.trace.panel.count()).toBe(0);
    await narrow.root.click();
    await narrow.trace.panel.waitFor();
    const wide = await open({ viewport: { width: 1700, height: 900 } });
    await wide.trace.panel.waitFor();
    const linked = await open({}, `#${spanId(2)}`);
    await soon(() => visibleText(linked.trace.panel)).toContain('SELECT carts');
    const found = await open();
    await found.trace.main.getByRole('list', { name: 'Findings' }).getByRole('link').first().click();
    await found.trace.panel.waitFor();
  });

  it('zooms to a bar that is clicked twice, and folds below a name that is', async () => {
    const { page, trace, root } = await open();
    const whole = await axisOf(page);
    await trace.row('cart.price').locator('.bar').dblclick({ delay: 60 });
    await soon(() => visibleText(trace.main)).toContain('294 ms of 1.45 s');
    expect(await trace.rows.count()).toBe(4);
    await page.keyboard.press('0');
    await page.mouse.move(10, 10);
    await soon(() => axisOf(page)).toBe(whole);
    await root.getByText('GET /shop/cart').dblclick();
    await soon(() => trace.rows.count()).toBe(1);
    expect(await axisOf(page)).toBe(whole);
  });

  it('comes into view on a phone, below a header that leaves room for it', async () => {
    const { page, trace } = await open({ hasTouch: true, isMobile: true, viewport: { width: 360, height: 740 } });
    expect((await boxOf(trace.spans)).y).toBeLessThan(340);
    const tools = await boxOf(page.locator('.trace-tools'));
    expect(tools.height).toBeLessThan(75);
    await trace.row('cart.price').tap();
    await trace.panel.waitFor();
    await soon(async () => {
      const { y, height } = await boxOf(trace.panel);
      return height > 250 && y >= 0 && y + height <= 741;
    }).toBe(true);
    // The span that was chosen is in view too.
    const row = await boxOf(trace.row('cart.price'));
    expect(row.y).toBeGreaterThan(0);
    expect(row.y + row.height).toBeLessThan((await boxOf(trace.panel)).y + 1);
  });
});
