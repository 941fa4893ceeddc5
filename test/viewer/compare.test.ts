import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/parts.ts';
import { type FixtureSpan, type FixtureTrace, newTraceId, spanId, tracesBody } from './otlp.ts';
import { listPage, soon, tracePage, visibleText } from './pages.ts';
import { largeTrace, repeatedQueries, rootless } from './traces.ts';
import { startViewer, type Viewer } from './viewer.ts';

/** The same with one span less, and one that took longer. */
const changed = (trace: FixtureTrace): FixtureTrace => {
  const copy = repeatedQueries(trace.spans.length - 2);
  return {
    ...copy,
    spans: copy.spans.map((span, n) => (n === 0 ? { ...span, took: 350 } : span)),
  };
};

/** A request that is slow because it waits in nothing that is recorded, and for many rows; or not. */
const cart = (isSlow: boolean): FixtureTrace => {
  const child = (n: number, name: string, at: number, took: number, rest: Partial<FixtureSpan> = {}): FixtureSpan => ({
    id: spanId(n),
    parent: spanId(0),
    name,
    at,
    took,
    ...rest,
  });
  const asked = {
    'http.request.method': 'GET',
    'http.route': '/cart',
    'http.response.status_code': 200,
    'request.id': newTraceId(),
    'cache.hit': !isSlow,
    'user.id': 'someone',
    ...(isSlow ? { 'cart.items': 50 } : {}),
  };
  const root = { id: spanId(0), name: 'GET /cart', kind: 'server', at: 0, attributes: asked } as const;
  const rows = { attributes: { 'db.system.name': 'postgresql', 'db.response.returned_rows': isSlow ? 50 : 2 } };
  return {
    traceId: newTraceId(),
    start: Date.now(),
    spans: isSlow
      ? [
          { ...root, took: 1450 },
          child(1, 'auth.check', 2, 8),
          child(2, 'cart.lock', 12, 30),
          child(5, 'cart.load', 895, 310),
          { ...child(3, 'SELECT carts', 900, 300, rows), parent: spanId(5) },
          child(4, 'cart.price', 1210, 200),
        ]
      : [
          { ...root, took: 120 },
          child(1, 'auth.check', 2, 8),
          child(5, 'cart.load', 10, 26),
          { ...child(3, 'SELECT carts', 14, 20, rows), parent: spanId(5) },
          child(4, 'cart.price', 40, 60),
        ],
  };
};

/** The cells of each row of the table of spans, by the name of the span, in their order. */
const spanRows = (page: Page): Promise<[string, string[]][]> =>
  page
    .getByRole('group', { name: 'Spans of both' })
    .getByRole('row')
    .evaluateAll(
      (rows: { querySelector(of: string): { textContent: string } | null; cells: { textContent: string }[] }[]) =>
        rows.flatMap((row): [string, string[]][] => {
          const name = row.querySelector('.name-text')?.textContent;
          return name === undefined
            ? []
            : [[name, [...row.cells].slice(1, 5).map(({ textContent }) => textContent.trim())]];
        }),
    );

describeWith('chromium')('two traces side by side', () => {
  let viewer: Viewer;
  const one = repeatedQueries(6);
  const two = changed(one);
  const renamed: FixtureTrace = {
    ...repeatedQueries(2),
    spans: repeatedQueries(2).spans.map((span, n) => (n === 2 ? { ...span, name: 'UPDATE customers' } : span)),
  };

  const slow = cart(true);
  const fast = cart(false);
  const refused = cart(false);
  const orphans = rootless();

  beforeAll(async () => {
    viewer = await startViewer();
    await viewer.send(one, two, renamed, slow, orphans);
    await viewer.send({
      ...refused,
      spans: refused.spans
        .slice(0, 1)
        .map((span) => ({ ...span, took: 1, attributes: { ...span.attributes, 'http.response.status_code': 401 } })),
    });
    // Of another version, as before or after a deploy.
    await fetch(`${viewer.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(tracesBody([fast])).replaceAll('1.2.3', '1.3.0'),
    });
  });

  const compare = async (
    a: FixtureTrace,
    b: FixtureTrace,
    options: Parameters<Viewer['open']>[1] = {},
  ): Promise<Page> => {
    const page = await viewer.open(`/traces/${a.traceId}/compare/${b.traceId}`, options);
    await page.getByRole('group', { name: 'Spans of both' }).waitFor();
    return page;
  };
  afterAll(() => viewer?.close());

  it('can be reached from one of them, which offers others of the same route', async () => {
    const page = await viewer.open(`/traces/${one.traceId}`);
    const trace = tracePage(page);
    await trace.rows.first().waitFor();
    await trace.main
      .getByRole('button', { name: /^Compare/ })
      .or(trace.main.getByRole('link', { name: /^Compare/ }))
      .click();
    const offered = page.locator(`a[href="/traces/${one.traceId}/compare/${two.traceId}"]`);
    await offered.first().click();
    await page.getByRole('main', { name: 'Comparison' }).waitFor();
  });

  it('can be chosen in the list', async () => {
    const page = await viewer.open('/traces?route=/orders');
    const list = listPage(page);
    for (const traceId of [one.traceId, two.traceId]) await list.row(traceId).getByRole('checkbox').check();
    await list.button('Compare').click();
    await page.waitForURL(`**/traces/${one.traceId}/compare/${two.traceId}`);
  });

  it('show what differs: durations, how often, and what only one of them has', async () => {
    const page = await viewer.open(`/traces/${one.traceId}/compare/${two.traceId}`);
    const main = page.getByRole('main', { name: 'Comparison' });
    const root = main.getByRole('row').filter({ hasText: 'GET /orders' }).first();
    const text = await visibleText(root);
    expect(text).toContain('100 ms');
    expect(text).toContain('350 ms');
    expect(text).toMatch(/\+\s?250 ms/);
    const queries = await visibleText(main.getByRole('row').filter({ hasText: 'SELECT customers' }).first());
    expect(queries).toMatch(/6/);
    expect(queries).toMatch(/5/);

    await page.goto(`${viewer.url}/traces/${one.traceId}/compare/${renamed.traceId}`);
    const only = main.getByRole('row').filter({ hasText: 'UPDATE customers' });
    expect(await visibleText(only)).toMatch(/only/i);
  });

  it('say of time that passed in nothing recorded in which span that was, and put it first', async () => {
    const page = await compare(slow, fast);
    expect(await spanRows(page)).toEqual([
      ['GET /cart', ['1.45 s', '120 ms', '−1.33 s −92 %', '−876 ms']],
      ['auth.check', ['8.00 ms', '8.00 ms', '0 ms 0 %', '0 ms']],
      ['cart.lock', ['30.0 ms', '–', '−30.0 ms', '−30.0 ms']],
      ['cart.load', ['310 ms', '26.0 ms', '−284 ms −92 %', '−4.00 ms']],
      ['SELECT carts', ['300 ms', '20.0 ms', '−280 ms −93 %', '−280 ms']],
      ['cart.price', ['200 ms', '60.0 ms', '−140 ms −70 %', '−140 ms']],
    ]);
    await page.getByRole('button', { name: 'By difference in self time' }).click();
    await soon(async () => (await spanRows(page)).map(([name]) => name)).toEqual([
      'GET /cart',
      'SELECT carts',
      'cart.price',
      'cart.lock',
      'cart.load',
      'auth.check',
    ]);
    // The other way round it is time more, not less.
    await page.getByRole('link', { name: 'Swap A and B' }).click();
    await soon(async () => (await spanRows(page)).find(([name]) => name === 'cart.lock')?.[1]).toEqual([
      '–',
      '30.0 ms',
      '+30.0 ms',
      '+30.0 ms',
    ]);
  });

  it('say what was asked for and what answered, where that differs', async () => {
    const page = await compare(slow, fast);
    const table = page.getByRole('region', { name: 'What differs' }).getByRole('table');
    expect(await table.getByRole('row').allInnerTexts()).toEqual([
      'Attribute\tA\tB',
      'cache.hit\tfalse\ttrue',
      'cart.items\t50\t–',
      'service.version of shop\t1.2.3\t1.3.0',
    ]);
    expect(await visibleText(table)).toContain('1 other is equal');
    // Of the other spans, when one asks for it, also by the keyboard.
    const row = page.getByRole('row').filter({ has: page.getByText('SELECT carts', { exact: true }) });
    await row.getByRole('button', { name: '1 attribute differs' }).focus();
    await page.keyboard.press('Enter');
    const ofSpan = page.getByRole('table', { name: 'Attributes that differ' });
    expect(await visibleText(ofSpan)).toMatch(/db\.response\.returned_rows\s+50\s+2/);
    await page.keyboard.press('Enter');
    await soon(() => ofSpan.count()).toBe(0);
  });

  it('warn where there is little to compare', async () => {
    const notes = async (a: FixtureTrace, b: FixtureTrace): Promise<string> => {
      const page = await compare(a, b);
      return (await page.getByRole('note').allInnerTexts()).join('\n');
    };
    expect(await notes(slow, fast)).toBe('');
    expect(await notes(slow, one)).toContain('A is GET /cart, B is GET /orders');
    expect(await notes(slow, slow)).toBe('A and B are the same trace.');
    expect(await notes(slow, orphans)).toContain('B still runs, or its first span is not here yet');
    // Of what has no root, from the first start to the last end.
    expect(await visibleText((await compare(slow, orphans)).getByRole('heading', { level: 1 }))).toContain('25.0 ms');
    const itself = await compare(slow, slow);
    expect(await visibleText(itself.getByRole('heading', { level: 1 }))).toContain('same time');
    expect(await visibleText(itself.getByRole('region', { name: 'What differs' }))).toContain('No attribute');
  });

  it('are drawn at the same height, however many lines stand above', async () => {
    const page = await compare(one, slow);
    const both = (selector: string, edge: 'y' | 'height'): Promise<number[]> =>
      Promise.all(
        ['A', 'B'].map(async (name) => {
          const box = await page
            .getByRole('region', { name: `Trace ${name}` })
            .locator(selector)
            .boundingBox();
          return box?.[edge] ?? Number.NaN;
        }),
      );
    let uneven = 0;
    for (let width = 1100; width < 1500; width += 20) {
      await page.setViewportSize({ width, height: 800 });
      const [heightA, heightB] = await both('.counts', 'height');
      if (heightA !== heightB) uneven += 1;
      const [a, b] = await both('canvas', 'y');
      expect(a).toBe(b);
    }
    expect(uneven).toBeGreaterThan(0);
  });

  it('can be read on a narrow screen, and heard as a table', async () => {
    const page = await compare(slow, fast, { viewport: { width: 360, height: 740 } });
    const row = page.getByRole('row', { name: /^cart\.lock/ });
    expect(await visibleText(row)).toContain('only in A');
    for (const part of await row.locator('.name-text, td').all()) {
      const box = await part.boundingBox();
      expect(box?.x ?? -1).toBeGreaterThanOrEqual(0);
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(360);
      expect(box?.width ?? 0).toBeGreaterThan(40);
    }
    expect(await row.getByRole('rowheader').count()).toBe(1);
    expect(await row.getByRole('cell').count()).toBe(5);
  });

  it('can be chosen by how long they took, on a narrow screen too', async () => {
    const others = [30, 10, 20].map((took): FixtureTrace => {
      const trace = cart(false);
      return { ...trace, spans: trace.spans.slice(0, 1).map((span) => ({ ...span, took })) };
    });
    await viewer.send(...others);
    const page = await viewer.open(`/traces/${slow.traceId}`, { viewport: { width: 360, height: 740 } });
    await tracePage(page).main.getByRole('button', { name: 'Compare' }).click();
    const dialog = page.getByRole('dialog', { name: 'Compare with' });
    // What was refused was faster yet, and the one of 120 ms slower.
    const landmarks = { 'Fastest 10.0 ms': others[1], 'Median 20.0 ms': others[2], 'Slowest 120 ms': fast };
    for (const [name, trace] of Object.entries(landmarks)) {
      const link = dialog.getByRole('link', { name, exact: true });
      expect(await link.getAttribute('href')).toBe(`/traces/${slow.traceId}/compare/${trace?.traceId}`);
    }
    const line = dialog.getByRole('link').filter({ hasText: '401' });
    expect((await line.locator('.choice-bar').boundingBox())?.width).toBeGreaterThan(40);
    expect(await visibleText(line)).not.toMatch(/\d{4}-\d\d-\d\d/);
  });

  it('may have 5,000 spans each', { retry: 2 }, async () => {
    const [first, second] = [largeTrace(), largeTrace()];
    await viewer.send(first, second);
    const page = await compare(first, second);
    expect(await page.evaluate('performance.now()')).toBeLessThan(3000);
    // The keys of the page scroll it.
    await page.keyboard.press('End');
    await soon(() => page.evaluate('scrollY')).toBeGreaterThan(1000);
    const began = performance.now();
    await page.getByRole('button', { name: 'By difference in self time' }).click();
    await page.getByText('in GET /large').first().waitFor();
    expect(performance.now() - began).toBeLessThan(1500);
    // Few of them are in the document.
    expect(await page.getByRole('row').count()).toBeLessThan(400);
  });
});
