import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../support/parts.ts';
import type { FixtureTrace } from './otlp.ts';
import { listPage, soon, visibleText } from './pages.ts';
import { manyTraces } from './traces.ts';
import { startViewer, type Viewer } from './viewer.ts';

const COUNT = 300;
/** What the product does of its own accord has another route. */
const LIST = '/traces?route=route-';

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
    ['Minimum duration (ms)', '100', (trace: FixtureTrace) => tookOf(trace) >= 100],
    ['User id', 'user-7', (trace: FixtureTrace) => attribute(trace, 'user.id') === 'user-7'],
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
