import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/parts.ts';
import { listPage, soon, tracePage } from './pages.ts';
import { manyTraces, repeatedQueries, threeServices } from './traces.ts';
import { startViewer, type Viewer } from './viewer.ts';

/** What axe has against the page: rule, words, and the first element that it means. */
const violations = async (page: Page): Promise<string[]> => {
  // Not as a script element, which the page's own policy would refuse.
  await page.evaluate(axe.source);
  return page.evaluate(`axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) =>
    violations.flatMap(({ id, help, nodes }) =>
      nodes.slice(0, 3).map(({ html, any }) => [id, help, html.slice(0, 300), ...any.map(({ message }) => message)].join(': '))))`);
};

/** What cannot be used: the page itself when it scrolls sideways, and what is neither in the window nor in what scrolls. */
const outOfReach = (page: Page): Promise<string[]> =>
  page.evaluate(`[
    ...(document.documentElement.scrollWidth > innerWidth ? ['the page scrolls sideways'] : []),
    ...[...document.querySelectorAll('a, button, input, select')].filter((element) => {
      const { left, right, width } = element.getBoundingClientRect();
      if (width === 0 || (left >= 0 && right <= innerWidth + 1)) return false;
      for (let box = element.parentElement; box; box = box.parentElement)
        if (/auto|scroll/.test(getComputedStyle(box).overflowX)) return false;
      return !element.closest('.heard-only');
    }).map((element) => element.outerHTML.slice(0, 200)),
  ]`);

describeWith('chromium')('how it looks', () => {
  let viewer: Viewer;
  const failed = threeServices();
  const other = threeServices();
  const repeated = repeatedQueries(10);
  const many = manyTraces(50);

  beforeAll(async () => {
    viewer = await startViewer();
    await viewer.send(...many, failed, other, repeated);
  });
  afterAll(() => viewer?.close());

  type Options = Parameters<Viewer['open']>[1];
  const list = async (options: Options): Promise<Page> => {
    const page = await viewer.open('/traces', options);
    await listPage(page).row(failed.traceId).waitFor();
    return page;
  };
  const trace = async (options: Options): Promise<Page> => {
    const page = await viewer.open(`/traces/${failed.traceId}`, options);
    await tracePage(page).row('charge card').click();
    await tracePage(page).panel.waitFor();
    return page;
  };
  /** Everything that one can come to see. */
  const SIGHTS: Record<string, (options: Options) => Promise<Page>> = {
    'the list': list,
    'the list with a wrong filter': async (options) => {
      const page = await list(options);
      // On a narrow screen the fields wait behind a button.
      const open = listPage(page).button('Filter');
      if (await open.isVisible()) await open.click();
      await listPage(page).field('TraceQL').fill('{ duration > }');
      await listPage(page).alert.waitFor();
      return page;
    },
    'a list of nothing': async (options) => {
      const page = await viewer.open('/traces?route=there-is-none', options);
      await soon(() => listPage(page).main.textContent()).toMatch(/\w+/);
      return page;
    },
    'a trace': trace,
    'a trace with repeated queries': async (options) => {
      const page = await viewer.open(`/traces/${repeated.traceId}`, options);
      await tracePage(page).row('SELECT customers').first().click();
      await tracePage(page).panel.waitFor();
      return page;
    },
    'its log lines': async (options) => {
      const page = await trace(options);
      await page.getByRole('tab', { name: /^Logs/ }).click();
      await page.getByText('checkout began').first().waitFor();
      return page;
    },
    'its keys': async (options) => {
      const page = await trace(options);
      await tracePage(page).spans.focus();
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
      return page;
    },
    'a trace that is not there': async (options) => {
      const page = await viewer.open('/traces/0123456789abcdef0123456789abcdef', { ...options, expected: /404/ });
      await soon(() => page.getByRole('main').textContent()).toMatch(/\w+/);
      return page;
    },
    'two traces side by side': async (options) => {
      const page = await viewer.open(`/traces/${failed.traceId}/compare/${other.traceId}`, options);
      await page.getByText('charge card').first().waitFor();
      return page;
    },
    'two traces of different routes side by side': async (options) => {
      const page = await viewer.open(`/traces/${failed.traceId}/compare/${many[1]?.traceId}`, options);
      await page.getByRole('table', { name: /^Attributes/ }).waitFor();
      return page;
    },
    'the choice of a trace to compare with': async (options) => {
      const page = await trace(options);
      await tracePage(page).main.getByRole('button', { name: 'Compare' }).click();
      await page.getByRole('dialog').getByRole('link').first().waitFor();
      return page;
    },
  };
  it.each(Object.entries(SIGHTS))(
    'can be used by everyone, on narrow and wide screens, light and dark: %s',
    async (_, see) => {
      const page = await see({ viewport: { width: 360, height: 640 }, colorScheme: 'light' });
      await soon(() => outOfReach(page)).toEqual([]);
      await page.setViewportSize({ width: 3840, height: 2160 });
      await soon(() => outOfReach(page)).toEqual([]);
      await page.setViewportSize({ width: 1280, height: 800 });
      expect(await violations(page)).toEqual([]);
      await page.emulateMedia({ colorScheme: 'dark' });
      expect(await violations(page)).toEqual([]);
    },
  );

  it('is light or dark, as the reader has it', async () => {
    const ground = (page: Page): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const brightness = (colour: string): number =>
      (colour.match(/\d+/g) ?? []).slice(0, 3).reduce((sum, part) => sum + Number(part), 0) / 3;
    expect(brightness(await ground(await list({ colorScheme: 'light' })))).toBeGreaterThan(200);
    expect(brightness(await ground(await list({ colorScheme: 'dark' })))).toBeLessThan(60);
  });

  it.each([
    ['no-preference', true],
    ['reduce', false],
  ] as const)('moves only for who does not mind: %s', async (reducedMotion, moves) => {
    const page = await list({ reducedMotion });
    const arrives = threeServices();
    await viewer.send(arrives);
    await listPage(page).row(arrives.traceId).waitFor();
    expect(await page.evaluate('document.getAnimations().length > 0')).toBe(moves);
  });
});
