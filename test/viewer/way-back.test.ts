import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../support/parts.ts';
import type { FixtureTrace } from './otlp.ts';
import { listPage, soon, tracePage, visibleText } from './pages.ts';
import { manyTraces, threeServices } from './traces.ts';
import { startViewer, type Viewer } from './viewer.ts';

/** Of manyTraces: what the product does by itself is not among them. */
const QUERY = '?route=route-&sort=-duration';

describeWith('chromium')('from the list to a trace and back', () => {
  let viewer: Viewer;
  let traces: FixtureTrace[];
  beforeAll(async () => {
    viewer = await startViewer();
  });
  afterAll(() => viewer?.close());
  beforeEach(async () => {
    await viewer.clear();
    traces = manyTraces(200);
    await viewer.send(...traces);
  });

  /** Pixels that the list is scrolled down. */
  const scrolled = (page: Page): Promise<number> => page.evaluate(`document.querySelector('.traces-body')?.scrollTop`);

  const opened = async (options?: Parameters<Viewer['open']>[1]) => {
    const page = await viewer.open(`/traces${QUERY}`, options);
    const list = listPage(page);
    await soon(list.count).toBe(200);
    return { page, list, back: page.getByRole('link', { name: '← Traces' }) };
  };

  it('leads back to the list as it was left: filter, order and place', async () => {
    const { page, list, back } = await opened();
    await list.field('Status').fill('2xx');
    await soon(list.count).toBe(180);
    await list.button('Errors first').click();
    await page.evaluate(`document.querySelector('.traces-body').scrollTop = 700`);
    const inSight = (await list.order())[20] ?? '';
    await list.link(inSight).click();
    await tracePage(page).heading.waitFor();
    const left = '/traces?route=route-&status=2xx&sort=-duration&first=errors';
    // The link can be opened in another tab too.
    expect(await back.getAttribute('href')).toBe(left);
    // From a comparison as well, and after a reload.
    const [one, two] = traces;
    await page.goto(`${viewer.url}/traces/${one?.traceId}/compare/${two?.traceId}`);
    expect(await back.getAttribute('href')).toBe(left);
    await back.click();
    await soon(list.count).toBe(180);
    expect(page.url()).toBe(viewer.url + left);
    expect(await list.field('Status').inputValue()).toBe('2xx');
    await soon(() => scrolled(page)).toBe(700);
    await list.row(inSight).waitFor();
  });

  it('leads to the whole list from a trace that was opened by itself', async () => {
    const page = await viewer.open(`/traces/${traces[0]?.traceId}`);
    const back = page.getByRole('link', { name: '← Traces' });
    expect(await back.getAttribute('href')).toBe('/traces');
    await back.click();
    await soon(listPage(page).count).toBeGreaterThanOrEqual(200);
  });

  it('keeps what was ticked, also under another filter, until the server lets go of it', async () => {
    const { page, list, back } = await opened();
    const [one = '', two = '', opens = ''] = await list.order();
    const box = (traceId: string) => list.row(traceId).getByRole('checkbox');
    for (const traceId of [one, two]) await box(traceId).check();
    const ticked = async () => [await box(one).isChecked(), await box(two).isChecked()];
    await list.link(opens).click();
    await tracePage(page).heading.waitFor();
    await page.goBack();
    await list.row(one).waitFor();
    expect(await ticked()).toEqual([true, true]);
    await list.link(opens).click();
    await back.click();
    await list.row(one).waitFor();
    expect(await ticked()).toEqual([true, true]);
    // A filter hides them; they are ticked all the same.
    await list.field('Status').fill('4xx');
    await soon(() => list.rows.count()).toBe(0);
    await page.reload();
    await soon(() => list.button('Compare').isEnabled()).toBe(true);
    await list.field('Status').fill('');
    await list.row(opens).waitFor();
    await list.link(opens).click();
    await tracePage(page).heading.waitFor();
    await viewer.clear();
    await viewer.send(...traces.filter(({ traceId }) => traceId !== one));
    await back.click();
    await soon(() => list.main.getByRole('button', { name: /selected/ }).textContent()).toMatch(/^1 selected/);
    expect(await box(two).isChecked()).toBe(true);
    expect(await list.button('Compare').isEnabled()).toBe(false);
  });

  it('searches in the trace for the text that it was found by', async () => {
    const trace = threeServices();
    await viewer.send(trace);
    const page = await viewer.open('/traces?text=was%20declined');
    const list = listPage(page);
    await list.row(trace.traceId).waitFor();
    expect(await list.count()).toBe(1);
    await list.link(trace.traceId).click();
    const { spans, selected } = tracePage(page);
    const search = page.getByRole('searchbox', { name: 'Search in spans' });
    expect(await search.inputValue()).toBe('was declined');
    await soon(() => visibleText(selected)).toContain('charge card');
    expect(await spans.locator('.found').count()).toBe(1);
    // By the keyboard too.
    await page.goBack();
    await list.row(trace.traceId).focus();
    await page.keyboard.press('Enter');
    await soon(() => search.inputValue()).toBe('was declined');
    // Cleared is cleared.
    await search.fill('');
    await page.getByRole('tab', { name: /^Logs/ }).click();
    await page.getByRole('tab', { name: /^Spans/ }).click();
    expect(await search.inputValue()).toBe('');
  });

  it('searches in its log lines, where the text stands in one of them', async () => {
    const trace = threeServices();
    await viewer.send(trace);
    const page = await viewer.open('/traces?text=checkout%20began');
    await listPage(page).link(trace.traceId).click();
    await page.getByRole('tab', { name: /^Logs/ }).click();
    const lines = page.getByRole('tabpanel', { name: 'Log lines of the trace' });
    expect(await lines.getByRole('searchbox', { name: 'Text' }).inputValue()).toBe('checkout began');
    expect(await lines.getByRole('listitem').count()).toBe(1);
    expect(await visibleText(lines)).toContain('1 of 2 lines');
  });
});
