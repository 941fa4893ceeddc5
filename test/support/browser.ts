import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { startChromium } from '../../scripts/screenshots/chromium.ts';
import { wayOf } from './servers.ts';

/** The Chromium of this machine, under `describeWith('chromium')`. @param more arguments for it */
export const startBrowser = (more: readonly string[] = []): Promise<Browser> => {
  const way = wayOf('chromium');
  if (!('program' in way)) throw new Error('missing' in way ? way.missing : 'Chromium has to be a program');
  return startChromium(way.program, more);
};

/**
 * Writes down what must not happen in a page: errors on its console, errors that nothing caught, dialogs, and requests to
 * anybody but `origins`.
 * @returns the list that it is written to
 */
export const watchPage = (page: Page, origins: readonly string[]): string[] => {
  const problems: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()} (${message.location().url})`);
  });
  page.on('pageerror', (error) => problems.push(`error: ${error.stack ?? error.message}`));
  page.on('dialog', (dialog) => {
    problems.push(`${dialog.type()}: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    const isLocal = protocol === 'data:' || protocol === 'blob:' || protocol === 'about:';
    if (!isLocal && !origins.includes(origin)) problems.push(`request: ${request.url()}`);
  });
  return problems;
};

export interface PageOptions extends BrowserContextOptions {
  /** The only server that it may ask. */
  origin: string;
  /** Problems that this test makes on purpose. */
  expected?: RegExp;
}

/** A page for one test, in a profile of its own; it is closed when the test ends, which fails when there were problems. */
export const openPage = async (browser: Browser, { origin, expected, ...options }: PageOptions): Promise<Page> => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  const page = await context.newPage();
  page.setDefaultTimeout(8000);
  const problems = watchPage(page, [origin]);
  onTestFinished(async () => {
    await context.close();
    expect(problems.filter((problem) => !expected?.test(problem))).toEqual([]);
  });
  return page;
};
