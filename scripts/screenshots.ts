/**
 * npm run screenshots: takes the pictures of the trace viewer in docs/images again.
 * Starts the product on an empty data folder and free ports, lets a few people use it, and opens the list and the trace of a
 * feed in a headless Chromium, which has to be in the PATH: in light colours, 1280 pixels wide.
 */
import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { startChromium } from './screenshots/chromium.ts';
import { type Product, startProduct } from './screenshots/product.ts';
import { makeTraffic } from './screenshots/traffic.ts';

const FOLDER = fileURLToPath(new URL('../docs/images', import.meta.url));
const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
/** A README must load fast. */
const MOST_BYTES = 150_000;
/** Of 100. */
const QUALITY = 85;

const findChromium = (): string => {
  const files = (process.env.PATH ?? '').split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = files.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
  if (found !== undefined) return found;
  console.error(`screenshots: none of ${NAMES.join(', ')} is in the PATH: install Chromium (apt-get install chromium)`);
  process.exit(2);
};

/** As WebP, a third of a PNG's size; Playwright itself writes none, the browser does. */
const save = async (page: Page, name: string): Promise<void> => {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: QUALITY });
  const picture = Buffer.from(data, 'base64');
  console.log(`docs/images/${name}: ${Math.round(picture.length / 1000)} kB`);
  if (picture.length > MOST_BYTES) throw new Error(`${name} is larger than ${MOST_BYTES / 1000} kB`);
  writeFileSync(join(FOLDER, name), picture);
};

const takePictures = async (browser: Browser, { viewerUrl }: Product): Promise<void> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 }, colorScheme: 'light' });
  await page.goto(`${viewerUrl}/traces`);
  const feeds = page.getByRole('grid', { name: 'Traces' }).getByRole('row').filter({ hasText: '/api/v1/feed/unified' });
  await feeds.nth(1).waitFor();
  await save(page, 'viewer-list.webp');
  // The newest came out of the cache; the one before it was made.
  await feeds.nth(1).getByRole('link').first().click();
  const hydrate = page
    .getByRole('treegrid', { name: 'Spans' })
    .getByRole('row')
    .filter({ hasText: 'SELECT posts' })
    .last();
  await hydrate.click();
  // Away from the bars, on which the pointer would draw a line.
  await page.mouse.move(1270, 10);
  await page.getByRole('region', { name: 'Span', exact: true }).getByText('SELECT').first().waitFor();
  await save(page, 'viewer-trace.webp');
};

const program = findChromium();
mkdirSync(FOLDER, { recursive: true });
let product: Product | undefined;
let browser: Browser | undefined;
try {
  product = await startProduct();
  await makeTraffic(product);
  browser = await startChromium(program);
  await takePictures(browser, product);
} finally {
  await browser?.close();
  await product?.stop();
}
