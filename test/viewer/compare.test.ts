import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/parts.ts';
import type { FixtureTrace } from './otlp.ts';
import { listPage, tracePage, visibleText } from './pages.ts';
import { repeatedQueries } from './traces.ts';
import { startViewer, type Viewer } from './viewer.ts';

/** The same with one span less, and one that took longer. */
const changed = (trace: FixtureTrace): FixtureTrace => {
  const copy = repeatedQueries(trace.spans.length - 2);
  return {
    ...copy,
    spans: copy.spans.map((span, n) => (n === 0 ? { ...span, took: 350 } : span)),
  };
};

describeWith('chromium')('two traces side by side', () => {
  let viewer: Viewer;
  const one = repeatedQueries(6);
  const two = changed(one);
  const renamed: FixtureTrace = {
    ...repeatedQueries(2),
    spans: repeatedQueries(2).spans.map((span, n) => (n === 2 ? { ...span, name: 'UPDATE customers' } : span)),
  };

  beforeAll(async () => {
    viewer = await startViewer();
    await viewer.send(one, two, renamed);
  });
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
    await offered.click();
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
});
