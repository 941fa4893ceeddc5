import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/parts.ts';
import { evil, hostileTrace, PLACES } from './hostile-trace.ts';
import { listPage, soon, tracePage, visibleText } from './pages.ts';
import { startViewer, type Viewer } from './viewer.ts';

describeWith('chromium')('traces made by an enemy', () => {
  let viewer: Viewer;
  const one = hostileTrace();
  const other = hostileTrace();

  beforeAll(async () => {
    viewer = await startViewer();
    await viewer.send(one, other);
  });
  afterAll(() => viewer?.close());

  /** Nothing of it ran, and nothing of it became an element. Dialogs and requests fail the test by themselves. */
  const expectHarmless = async (page: Page): Promise<void> => {
    expect(await page.evaluate('typeof window.ran')).toBe('undefined');
    expect(await page.locator('img[src=x]').count()).toBe(0);
    expect(await page.locator('#app script').count()).toBe(0);
    expect(await page.locator('a[href^="javascript"]').count()).toBe(0);
    expect(await page.locator('a[href*="elsewhere"]').count()).toBe(0);
  };

  it('are text in the list, and can be filtered for', async () => {
    const page = await viewer.open('/traces');
    const list = listPage(page);
    await list.row(one.traceId).waitFor();
    const row = await visibleText(list.row(one.traceId));
    for (const place of PLACES.list) expect(row).toContain(evil(place));
    await expectHarmless(page);
    for (const name of ['Route', 'Text']) {
      await list.field(name).fill(evil('route'));
      await soon(list.count).toBe(2);
    }
    await list.field('TraceQL').fill(evil('query'));
    await soon(() => list.alert.count()).toBe(1);
    await expectHarmless(page);
  });

  it('are text on the page of a trace, wherever text can be', async () => {
    const page = await viewer.open(`/traces/${one.traceId}`);
    const trace = tracePage(page);
    await trace.heading.waitFor();
    expect(await visibleText(trace.heading)).toContain(evil('name'));
    /** All of it, with everything that can be unfolded. */
    const textOf = async (place: Locator): Promise<string> => {
      await page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true");
      return visibleText(place);
    };
    let seen = await textOf(trace.main);
    for (const row of await trace.rows.all()) {
      await row.click();
      await trace.panel.waitFor();
      seen += await textOf(trace.panel);
    }
    const logs = page.getByRole('tab', { name: /^Logs/ });
    await logs.click();
    await page.getByText('line"').first().waitFor();
    seen += await textOf(trace.main);
    await expectHarmless(page);
    for (const place of PLACES.panel) {
      // Formatted SQL may have other line breaks in it; what is in a list is written as JSON.
      const text = { sql: 'sql"', array: JSON.stringify(evil('array')) }[place as string] ?? evil(place);
      expect(seen.includes(text), `what is seen lacks ${text}:\n${seen}`).toBe(true);
    }
  });

  it('are text where two are compared, and where there are none', async () => {
    const page = await viewer.open(`/traces/${one.traceId}/compare/${other.traceId}`);
    const main = page.getByRole('main', { name: 'Comparison' });
    await main.waitFor();
    await soon(() => visibleText(main)).toContain(evil('query'));
    await expectHarmless(page);
    for (const path of [`/traces/${encodeURIComponent(evil('id'))}`, `/traces?q=${encodeURIComponent(evil('q'))}`]) {
      const strange = await viewer.open(path, { expected: /404|400/ });
      await strange.locator('body').waitFor();
      await expectHarmless(strange);
    }
  });

  it('cannot be read or made by another site', async () => {
    const headers = { origin: 'http://evil.example' };
    for (const path of ['/traces', '/traces/api/traces', `/traces/api/traces/${one.traceId}`, '/traces/api/stream'])
      expect((await fetch(`${viewer.url}${path}`, { headers })).status).toBe(403);
    for (const path of ['/v1/traces', '/v1/logs'])
      expect((await fetch(`${viewer.url}${path}`, { method: 'POST', headers, body: '{}' })).status).toBe(403);
  });
});
