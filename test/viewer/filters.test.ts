import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post, register } from '../support/client.ts';
import { describeWith } from '../support/parts.ts';
import type { FixtureTrace } from './otlp.ts';
import { listPage, soon, visibleText } from './pages.ts';
import { manyTraces } from './traces.ts';
import { startViewer, type Viewer } from './viewer.ts';

const COUNT = 300;
/** What the product does of its own accord has another route. */
const LIST = '/traces?route=route-';

/** What of the browser's DOM is used inside the page; the tests themselves are compiled without it. */
interface Element {
  ownerDocument: { activeElement: Element };
}

interface Box {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
}

const overlap = (a: Box, b: Box): boolean => {
  const within = (from = 0, size = 0, otherFrom = 0, otherSize = 0) =>
    from < otherFrom + otherSize - 1 && otherFrom < from + size - 1;
  return within(a.x, a.width, b.x, b.width) && within(a.y, a.height, b.y, b.height);
};

/** Behind how many letters of the TraceQL the caret stands. */
const caretOffset = (page: Page): Promise<number> =>
  page.evaluate(`{
    const input = document.querySelector('#filter-q');
    const style = getComputedStyle(input);
    const canvas = document.createElement('canvas').getContext('2d');
    canvas.font = style.font;
    const text = input.getBoundingClientRect().left + parseFloat(style.borderLeftWidth) + parseFloat(style.paddingLeft);
    const range = document.createRange();
    range.selectNode([...document.querySelector('.caret').childNodes].find((node) => node.data === '^'));
    (range.getBoundingClientRect().left - text + input.scrollLeft) / canvas.measureText('m').width;
  }`);

describeWith('chromium')('the list, narrowed', () => {
  let viewer: Viewer;
  const traces = manyTraces(COUNT);

  beforeAll(async () => {
    viewer = await startViewer();
    await viewer.send(...traces);
  });
  afterAll(() => viewer?.close());

  const attribute = ({ spans }: FixtureTrace, name: string): unknown => spans[0]?.attributes?.[name];
  const tookOf = ({ spans }: FixtureTrace): number => spans[0]?.took ?? Number.NaN;
  const counted = (matches: (trace: FixtureTrace) => boolean): number => traces.filter(matches).length;

  const open = async (path = LIST): Promise<{ page: Page; list: ReturnType<typeof listPage> }> => {
    const page = await viewer.open(path);
    return { page, list: listPage(page) };
  };

  it.each([
    ['Route', 'route-3', (trace: FixtureTrace) => attribute(trace, 'http.route') === '/route-3'],
    ['Status', '500', (trace: FixtureTrace) => attribute(trace, 'http.response.status_code') === 500],
    ['Status', '2xx', (trace: FixtureTrace) => attribute(trace, 'http.response.status_code') === 200],
    ['Status', 'error', (trace: FixtureTrace) => attribute(trace, 'http.response.status_code') === 500],
    ['Status', '404, 5xx', (trace: FixtureTrace) => attribute(trace, 'http.response.status_code') === 500],
    ['Minimum duration (ms)', '100', (trace: FixtureTrace) => tookOf(trace) >= 100],
    [
      'User id begins with',
      'USER-1',
      (trace: FixtureTrace) => String(attribute(trace, 'user.id')).startsWith('user-1'),
    ],
    ['Text', 'TRENDING', (trace: FixtureTrace) => attribute(trace, 'feed.type') === 'trending'],
    [
      'TraceQL',
      '{ duration > 100ms && status = error && span.feed.type = "unified" }',
      (trace: FixtureTrace) =>
        tookOf(trace) > 100 &&
        attribute(trace, 'http.response.status_code') === 500 &&
        attribute(trace, 'feed.type') === 'unified',
    ],
  ])('by %s: %s', async (name, value, matches) => {
    const { page, list } = await open();
    await soon(list.count).toBe(COUNT);
    const wanted = counted(matches);
    expect(wanted).toBeGreaterThan(0);
    expect(wanted).toBeLessThan(COUNT);
    await list.field(name).fill(value);
    await soon(list.count).toBe(wanted);
    // The address says it too, so that it can be sent to somebody.
    await soon(() => [...new URL(page.url()).searchParams.values()]).toContain(value);
    const { list: again } = await open(new URL(page.url()).pathname + new URL(page.url()).search);
    await soon(again.count).toBe(wanted);
    expect(await again.field(name).inputValue()).toBe(value);
  });

  it('says what it does not understand, where one types, and goes on when it does', async () => {
    const { list } = await open();
    await soon(list.count).toBe(COUNT);
    const field = list.field('TraceQL');
    for (const query of [
      '{ duration > }',
      '{ duration > 100ms } | rate()',
      '{ nonsense = 3 }',
      '{ duration > "long" }',
      'duration > 1ms',
      '{ span.feed.type = "unified',
    ]) {
      await field.fill(query);
      await soon(() => list.alert.count()).toBe(1);
      const words = await visibleText(list.alert);
      expect(words).toMatch(/\w+ \w+/);
      expect(words).not.toMatch(/undefined|NaN|\[object/);
      const described = (await field.getAttribute('aria-describedby')) ?? '';
      expect(described.split(' ')).toContain(await list.alert.getAttribute('id'));
      expect(await field.getAttribute('aria-invalid')).toBe('true');
      await field.fill('{ status = error }');
      await soon(() => list.alert.count()).toBe(0);
      await soon(list.count).toBe(30);
    }
  });

  it('says that a filter that is not valid is not applied, and what is shown', async () => {
    const page = await viewer.open(`${LIST}&q=${encodeURIComponent('{ statu = error }')}`, {
      viewport: { width: 360, height: 640 },
    });
    const list = listPage(page);
    const shown = async () => (await visibleText(list.main)).replaceAll(/\s+/g, ' ');
    await soon(shown).toContain(`${COUNT} of `);
    expect(await shown()).toContain('TraceQL is not valid and not applied. The list is of the other fields');
    // Of a form that is folded, one would see none of it.
    expect(await visibleText(list.alert)).toContain('did you mean status?');
    await list.button('Filter (2, not valid)').click();
    await soon(() => list.field('TraceQL').isVisible()).toBe(false);
    await list.button('Filter (2, not valid)').click();
    await list.field('TraceQL').fill('{ status = error }');
    await soon(shown).toContain(' 30 of ');
    expect(await shown()).not.toContain('not valid');
    await list.field('TraceQL').fill('{ status = error } | cou');
    await soon(shown).toContain('TraceQL is not valid and not applied. The list is of the last valid');
    expect(await shown()).toContain(' 30 of ');
    // The others go on.
    await list.field('Route').fill('route-3');
    const both = counted(
      (trace) => trace.spans[0]?.error !== undefined && attribute(trace, 'http.route') === '/route-3',
    );
    await soon(shown).toContain(` ${both} of `);
  });

  it('shows problems where they cover nothing, with a caret under the place', async () => {
    const { page, list } = await open(
      `/traces?status=banana&min=abc&trace_id=xyz&q=${encodeURIComponent('{ duration > 1ms && statu = error }')}`,
    );
    await soon(() => list.alert.count()).toBe(4);
    const boxes = async (locator: Locator) =>
      Promise.all(
        (await locator.all()).map(async (each) => ({ text: await each.textContent(), ...(await each.boundingBox()) })),
      );
    const alerts = await boxes(list.alert);
    const others = await boxes(list.main.locator('input, button, .statistics'));
    for (const alert of alerts) {
      const under = [...alerts, ...others].filter((other) => other !== alert && overlap(alert, other));
      expect(under.map(({ text }) => text)).toEqual([]);
    }
    expect(await caretOffset(page)).toBeCloseTo('{ duration > 1ms && '.length, 0);
    // A narrow field moves its text, and the caret with it.
    await page.setViewportSize({ width: 360, height: 640 });
    await list.field('TraceQL').fill(`{ ${'duration > 1ms && '.repeat(5)}statu = error }`);
    await list.field('TraceQL').press('End');
    await soon(() => caretOffset(page)).toBeCloseTo(`{ ${'duration > 1ms && '.repeat(5)}`.length, 0);
  });

  it('hints that a duration without a unit is in nanoseconds', async () => {
    const { list } = await open();
    await list.field('TraceQL').fill('{ duration > 100 }');
    const hint = list.main.getByText('100 is 100 ns; did you mean 100ms?');
    await hint.waitFor();
    expect(await list.field('TraceQL').getAttribute('aria-describedby')).toBe(await hint.getAttribute('id'));
    expect(await list.alert.count()).toBe(0);
    await list.field('TraceQL').fill('{ duration > 100ms }');
    await soon(() => hint.count()).toBe(0);
  });

  it('has examples of TraceQL each of which finds something of an ordinary session', async () => {
    const person = await register(viewer.server.url);
    await post(person);
    for (const path of ['/api/v1/feed/unified', '/api/v1/posts/there-is-none']) await (await person.fetch(path)).text();
    const { list } = await open();
    await list.main.getByText('Help', { exact: true }).click();
    const examples = await list.main.locator('.traceql-help').getByRole('button').allTextContents();
    expect(examples.join()).toContain('| count() > 5');
    // What the fixtures are has another route.
    for (const q of examples) {
      const query = new URLSearchParams({ route: '/api/', q });
      await soon(async () => [q, (await viewer.list(`${query}`)).length > 0]).toEqual([q, true]);
    }
  });

  it('leads out of a filter that finds nothing', async () => {
    const { page, list } = await open('/traces?route=nowhere');
    await list.main.getByText('No trace matches this filter.').waitFor();
    await list.button('Show all').last().click();
    await soon(list.count).toBeGreaterThanOrEqual(COUNT);
    await soon(() => new URL(page.url()).search).toBe('');
    expect(
      await list.main.getByRole('search').evaluate((form: Element) => form === form.ownerDocument.activeElement),
    ).toBe(true);
  });

  it('shows the percentiles of what is left', async () => {
    const { list } = await open(`${LIST}&min=10`);
    const durations = (await viewer.list('route=route-&min=10'))
      .map(({ duration }) => duration)
      .toSorted((a, b) => a - b);
    expect(durations.length).toBe(counted((trace) => tookOf(trace) >= 10));
    await soon(() => visibleText(list.main)).toMatch(/p50/);
    const text = (await visibleText(list.main)).replaceAll(/\s+/g, ' ');
    const milliseconds = (percentile: string): number => {
      const match = new RegExp(`${percentile} ([\\d.,]+) (µs|ms|s)\\b`).exec(text);
      const unit = { µs: 0.001, ms: 1, s: 1000 }[match?.[2] ?? ''] ?? Number.NaN;
      return Number(match?.[1]?.replaceAll(',', '')) * unit;
    };
    for (const share of [50, 90, 95, 99]) {
      const shown = milliseconds(`p${share}`);
      const at = Math.ceil((share / 100) * durations.length) - 1;
      // Nearest rank or between it and the next one, and rounded to three digits.
      expect(shown).toBeGreaterThanOrEqual((durations[at] ?? Number.NaN) * 0.99);
      expect(shown).toBeLessThanOrEqual((durations[at + 1] ?? durations[at] ?? Number.NaN) * 1.01);
    }
    expect(text).toContain(String(durations.length));
  });

  it('narrows to a bar of the histogram that is clicked', async () => {
    const { page, list } = await open();
    await soon(list.count).toBe(COUNT);
    const names = await list.barNames();
    const counts = names.map((name) => Number(/: ([\d,]+) traces?$/.exec(name)?.[1]?.replaceAll(',', '')));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(COUNT);
    const fullest = counts.indexOf(Math.max(...counts));
    await list.bars.nth(fullest).click();
    await soon(list.count).toBe(counts[fullest]);
    await soon(() => page.url()).toMatch(/min=.*max=/);
    const { searchParams } = new URL(page.url());
    const [min, max] = [
      Number(searchParams.get('min') ?? 0),
      Number(searchParams.get('max') ?? Number.POSITIVE_INFINITY),
    ];
    expect(counted((trace) => tookOf(trace) >= min && tookOf(trace) < max)).toBe(counts[fullest]);
    // A second click takes it back.
    await list.bars.nth(fullest).click();
    await soon(list.count).toBe(COUNT);
  });
});
