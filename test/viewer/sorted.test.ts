import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/parts.ts';
import { listPage, soon } from './pages.ts';
import { ended } from './traces.ts';
import { startViewer, type Viewer } from './viewer.ts';

describeWith('chromium')('the list, sorted', () => {
  let viewer: Viewer;
  const quick = ended('failed', '/sorted/b', 3);
  const slow = ended('fine', '/sorted/c', 900);
  const middle = ended('refused', '/sorted/a', 40);
  beforeAll(async () => {
    viewer = await startViewer();
    for (const trace of [quick, slow, middle]) await viewer.send(trace);
  });
  afterAll(() => viewer?.close());

  const open = async (query = '', options: Parameters<Viewer['open']>[1] = {}) => {
    const page = await viewer.open(`/traces?route=/sorted${query}`, options);
    const list = listPage(page);
    await list.row(quick.traceId).waitFor();
    const names = new Map([quick, slow, middle].map(({ traceId, spans }) => [traceId, spans[0]?.took]));
    return {
      page,
      list,
      heading: (name: string) => list.grid.getByRole('columnheader', { name: new RegExp(`^${name}`) }),
      took: async () => (await list.order()).map((traceId) => names.get(traceId) ?? 'new'),
    };
  };

  it('by a heading that is clicked: the largest first, then the smallest, then the newest', async () => {
    const { page, heading, took } = await open();
    await soon(took).toEqual([40, 900, 3]);
    expect(await heading('Time').getAttribute('aria-sort')).toBe('descending');
    const duration = heading('Duration').getByRole('button');
    await duration.click();
    await soon(took).toEqual([900, 40, 3]);
    expect(await heading('Duration').getAttribute('aria-sort')).toBe('descending');
    expect(await heading('Time').getAttribute('aria-sort')).toBe(null);
    await soon(() => new URL(page.url()).searchParams.get('sort')).toBe('-duration');
    await duration.click();
    await soon(took).toEqual([3, 40, 900]);
    expect(await heading('Duration').getAttribute('aria-sort')).toBe('ascending');
    await soon(() => new URL(page.url()).searchParams.get('sort')).toBe('duration');
    await duration.click();
    await soon(took).toEqual([40, 900, 3]);
    await soon(() => new URL(page.url()).searchParams.has('sort')).toBe(false);
  });

  it('by the address, under failed requests when those come first', async () => {
    const { took, list } = await open('&sort=title');
    await soon(took).toEqual([40, 3, 900]);
    await list.button('Errors first').click();
    await soon(took).toEqual([3, 40, 900]);
    const { took: both } = await open('&sort=-duration&first=errors');
    await soon(both).toEqual([3, 900, 40]);
  });

  it('by the keyboard: one heading has the Tab key, arrows lead to the others', async () => {
    const { page, heading, took } = await open();
    await heading('Time').getByRole('button').focus();
    for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight', 'Enter']) await page.keyboard.press(key);
    await soon(took).toEqual([900, 40, 3]);
    expect(await page.evaluate(`document.querySelectorAll('[role=columnheader] button[tabindex="0"]').length`)).toBe(1);
  });

  it('by a choice on a narrow screen, which has no headings', async () => {
    const { took, list } = await open('', { viewport: { width: 360, height: 640 } });
    expect(await list.grid.getByRole('columnheader').count()).toBe(0);
    await list.main.getByRole('combobox', { name: 'Sort' }).selectOption('Slowest first');
    await soon(took).toEqual([900, 40, 3]);
  });

  it('has new ones where they belong', async () => {
    const { list, took } = await open('&sort=-duration');
    const arrives = ended('fine', '/sorted/new', 100);
    await viewer.send(arrives);
    await list.row(arrives.traceId).waitFor();
    expect(await took()).toEqual([900, 'new', 40, 3]);
  });
});
