import { type Browser, chromium } from 'playwright-core';

/** What makes it quiet: no sandbox, which root cannot have, no graphics card, no calls home. */
const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

/**
 * Starts a headless Chromium; the tests use it too.
 * @param program its executable
 * @param more arguments for it
 */
export const startChromium = (program: string, more: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ executablePath: program, args: [...ARGUMENTS, ...more] });
