import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

/** What of the browser's DOM is used inside the pages; the tests themselves are compiled without it. */
interface Element {
  textContent: string | null;
  getAttribute(name: string): string | null;
  hasAttribute(name: string): boolean;
  querySelector(selector: string): Element | null;
}

/** Where things are on the page of the list, by what a reader of a screen hears. */
export const listPage = (page: Page) => {
  const main = page.getByRole('main', { name: 'Traces' });
  const grid = main.getByRole('grid', { name: 'Traces' });
  const row = (traceId: string): Locator =>
    grid.getByRole('row').filter({ has: page.locator(`a[href^="/traces/${traceId}"]`) });
  return {
    main,
    grid,
    rows: grid.getByRole('row').filter({ has: page.locator('a[href^="/traces/"]') }),
    row,
    /** Ids of the traces that are drawn, from the top down: rows stand in the document in any order. */
    order: (): Promise<string[]> =>
      grid
        .locator('[role=row][data-trace]')
        .evaluateAll((rows: Element[]) =>
          rows
            .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
            .map((row) => row.getAttribute('data-trace') ?? ''),
        ),
    link: (traceId: string): Locator => row(traceId).getByRole('link').first(),
    field: (name: string): Locator => main.getByLabel(name, { exact: true }),
    button: (name: string): Locator => main.getByRole('button', { name, exact: true }),
    bars: main.getByRole('group', { name: 'Durations' }).getByRole('button'),
    barNames: (): Promise<string[]> =>
      main
        .getByRole('group', { name: 'Durations' })
        .getByRole('button')
        .evaluateAll((bars: Element[]) => bars.map((bar) => bar.getAttribute('aria-label') ?? '')),
    alert: main.getByRole('alert'),
    /** How many traces the table says that it has, the row of its headings not counted. */
    count: async (): Promise<number> => {
      const headings = await grid.getByRole('columnheader').first().count();
      return Number(await grid.getAttribute('aria-rowcount')) - headings;
    },
    /** The text of each cell of a row by the heading of its column. */
    cells: async (traceId: string): Promise<Record<string, string>> => {
      await row(traceId).waitFor();
      const names = await grid.getByRole('columnheader').allTextContents();
      const texts = await row(traceId).getByRole('gridcell').allTextContents();
      return Object.fromEntries(names.map((name, column) => [name.trim(), (texts[column] ?? '').trim()]));
    },
  };
};

/** Where things are on the page of one trace. */
export const tracePage = (page: Page) => {
  const main = page.getByRole('main', { name: 'Trace', exact: true });
  const spans = main.getByRole('treegrid', { name: 'Spans' });
  return {
    main,
    heading: main.getByRole('heading', { level: 1 }),
    spans,
    rows: spans.getByRole('row').filter({ has: page.getByRole('gridcell') }),
    /** Names of the spans that are drawn, set in by two spaces a level, from the top down. */
    tree: async (): Promise<string[]> =>
      spans.getByRole('row').evaluateAll((rows: Element[]) =>
        rows
          .filter((row) => row.hasAttribute('aria-level'))
          .sort((a, b) => Number(a.getAttribute('aria-rowindex')) - Number(b.getAttribute('aria-rowindex')))
          .map((row) => {
            const level = Number(row.getAttribute('aria-level'));
            return `${'  '.repeat(level - 1)}${row.querySelector('.name-text')?.textContent}`;
          }),
      ),
    row: (name: string): Locator => spans.getByRole('row').filter({ hasText: name }),
    selected: spans.locator('[role=row][aria-selected=true]'),
    panel: page.getByRole('region', { name: 'Span', exact: true }),
  };
};

/** What can be read, with the line breaks that one sees. Waits until it is there. */
export const visibleText = async (locator: Locator): Promise<string> => {
  await locator.first().waitFor();
  return (await locator.allInnerTexts()).join('\n');
};

/** `expect` of what becomes true within some seconds: other tests run beside this one. */
export const soon = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 8000, interval: 50 });
