import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { describeWith } from '../support/parts.ts';
import { type FixtureTrace, newTraceId, spanId } from './otlp.ts';
import { listPage, soon, tracePage, visibleText } from './pages.ts';
import { ended, type Kind, repeatedQueries } from './traces.ts';
import { startViewer, type Viewer } from './viewer.ts';

const KINDS: readonly Kind[] = ['fine', 'failed', 'fine', 'open', 'refused'];

/** In no order that comes again: a row that lends its elements to another is then mostly of another kind. */
const kindOf = (n: number): Kind => KINDS[Math.floor(n ** 1.5) % KINDS.length] ?? 'fine';

/** How each thing in each row is drawn, by the ids of the traces. */
const looks = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(`Object.fromEntries([...document.querySelectorAll('[data-trace]')].map((row) => [
    row.dataset.trace,
    [...row.querySelectorAll('*')].map((element) => {
      const style = getComputedStyle(element);
      return ['color', 'backgroundColor', 'backgroundImage', 'outlineColor', 'fontStyle', 'fontWeight', 'gridColumn', 'display']
        .map((name) => style[name]).join(' ');
    }).join('\\n'),
  ]))`);

/** What a screen reader comes to in a table, from its top down: the names of what has a role. */
const heard = async (page: Page, table: string, wanted: string): Promise<string[]> => {
  const session = await page.context().newCDPSession(page);
  const { nodes } = await session.send('Accessibility.getFullAXTree');
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const names: string[] = [];
  const read = (nodeId: string): void => {
    const node = byId.get(nodeId);
    if (!node?.ignored && node?.role?.value === wanted) names.push(String(node.name?.value));
    for (const child of node?.childIds ?? []) read(child);
  };
  for (const { nodeId, role } of nodes) if (role?.value === table) read(nodeId);
  return names;
};

describeWith('chromium')('rows', () => {
  let viewer: Viewer;
  beforeAll(async () => {
    viewer = await startViewer();
  });
  afterAll(() => viewer?.close());
  beforeEach(() => viewer.clear());

  it.each([
    [1280, 800],
    [360, 640],
  ])('are coloured by what their own trace is, while others come in: %i pixels', async (width, height) => {
    const before = Array.from({ length: 30 }, (_, n) => ended(kindOf(n), '/coloured', 10 + n));
    await viewer.send(...before);
    // A row that has just come is of another colour for a moment.
    const page = await viewer.open('/traces?route=/coloured', { viewport: { width, height }, reducedMotion: 'reduce' });
    const list = listPage(page);
    // The row of the headings counts, also where there is no room for it.
    const rowCount = () => list.grid.getAttribute('aria-rowcount');
    await soon(rowCount).toBe('31');
    for (let n = 0; n < 25; n += 1) {
      const arrives = ended(kindOf(30 + n), '/coloured', 20 + n);
      await viewer.send(arrives);
      await list.row(arrives.traceId).waitFor();
    }
    const live = await looks(page);
    expect(Object.keys(live).length).toBeGreaterThan(10);
    await page.reload();
    await soon(rowCount).toBe('56');
    const anew = await looks(page);
    for (const [traceId, look] of Object.entries(live)) if (anew[traceId]) expect(look, traceId).toBe(anew[traceId]);
    // They are not all the same.
    expect(new Set(Object.values(live)).size).toBeGreaterThan(3);
  });

  it('are read from the top down, whenever they came', async () => {
    await viewer.send(...Array.from({ length: 12 }, (_, n) => ended('fine', `/read/${n}`, 10)));
    const page = await viewer.open('/traces?route=/read');
    const list = listPage(page);
    await soon(list.count).toBe(12);
    for (let n = 12; n < 40; n += 1) {
      const arrives = ended('fine', `/read/${n}`, 10);
      await viewer.send(arrives);
      await list.row(arrives.traceId).waitFor();
    }
    const names = await heard(page, 'grid', 'link');
    expect(names.length).toBeGreaterThan(20);
    expect(names).toEqual(Array.from(names, (_, n) => `/read/${39 - n}`));
  });

  /** Two or three spans have the same parent, which is not here: a row that is drawn otherwise stands for it. */
  const orphans = (nameOf: (n: number) => string): FixtureTrace => ({
    traceId: newTraceId(),
    start: Date.now(),
    spans: Array.from({ length: 200 }, (_, n) => ({
      id: spanId(n),
      parent: spanId(1000 + Math.floor(n ** 0.95 / 2)),
      name: nameOf(n),
      at: n,
      took: 1,
    })),
  });

  /** Goes down in a trace, by steps that are not those of its rows. @param look runs at each */
  const scrollDown = async (page: Page, look: (top: number) => Promise<void>): Promise<void> => {
    await tracePage(page).rows.first().waitFor();
    for (let top = 0; top < 4000; top += 170) {
      await page.evaluate(`document.querySelector('[role=treegrid]').scrollTop = ${top}`);
      await page.locator(`.span-row[aria-rowindex="${Math.floor(top / 26) + 3}"]`).waitFor();
      await look(top);
    }
  };

  it('of a trace are drawn as what they stand for, however it is scrolled', async () => {
    // Nothing else tells them apart.
    const trace = orphans(() => 'a span that is not here');
    await viewer.send(trace);
    const page = await viewer.open(`/traces/${trace.traceId}`);
    await scrollDown(page, async (top) => {
      const wrong = await page.evaluate(`[...document.querySelectorAll('.span-row')].filter((row) =>
        row.classList.contains('placeholder') !==
          (getComputedStyle(row.querySelector('.name-text')).fontStyle === 'italic')).length`);
      expect(wrong, `at ${top}`).toBe(0);
    });
    expect(await page.locator('.span-row.placeholder').count()).toBeGreaterThan(3);
  });

  it('of a trace are read from the top down, however it is scrolled', async () => {
    const trace = orphans((n) => `span ${n}`);
    await viewer.send(trace);
    const page = await viewer.open(`/traces/${trace.traceId}`);
    await scrollDown(page, async () => {});
    const names = await heard(page, 'treegrid', 'row');
    const spans = names.flatMap((name) => /span (\d+)/.exec(name)?.slice(1).map(Number) ?? []);
    expect(spans.length).toBeGreaterThan(20);
    expect(spans).toEqual(spans.toSorted((a, b) => a - b));
  });

  it('say that the same query ran again and again, also on a narrow screen', async () => {
    const repeated = repeatedQueries(10);
    const few = { ...repeatedQueries(2) };
    await viewer.send(repeated, few);
    for (const viewport of [
      { width: 1280, height: 800 },
      { width: 360, height: 640 },
    ]) {
      const page = await viewer.open('/traces?route=/orders', { viewport });
      const list = listPage(page);
      const mark = list.row(repeated.traceId).getByText('N+1');
      expect(await visibleText(mark)).toBe('N+1');
      const box = await mark.boundingBox();
      expect((box?.x ?? 0) + (box?.width ?? Number.NaN)).toBeLessThan(viewport.width);
      expect(await list.row(few.traceId).getByText('N+1').count()).toBe(0);
    }
  });
});
