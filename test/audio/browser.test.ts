import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { startBrowser, watchPage } from '../support/browser.ts';
import { register } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { describeWith } from '../support/parts.ts';
import { type ServerProcess, startServer } from '../support/server.ts';
import { finished, upload } from '../support/uploads.ts';
import { makeAudio } from './files.ts';

const SECONDS = 90;

/** A page on an origin of its own, as the web client is. */
const servePage = async (): Promise<{ server: Server; origin: string }> => {
  const server = createServer((_req, res) => {
    res.writeHead(200, { 'content-type': 'text/html' });
    res.end(readFileSync(new URL('player.html', import.meta.url)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
};

describeWith('chromium')('a browser on another origin', () => {
  let folder: string;
  let database: TestDatabase;
  let api: ServerProcess;
  let site: Awaited<ReturnType<typeof servePage>>;
  let browser: Browser;
  let page: Page;
  let problems: string[];
  let result: Record<string, unknown>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sidechain-browser-'));
    [database, site] = await Promise.all([createTestDatabase(), servePage()]);
    api = await startServer({
      databaseUrl: database.url,
      env: { CORS_ORIGINS: site.origin, RATE_LIMIT_ENABLED: 'false' },
    });
    const alice = await register(api.url);
    const file = await makeAudio(folder, { kind: 'music', seconds: SECONDS, format: 'flac' });
    const status = await finished(alice, await upload(alice, file, { post: 'true' }));
    if (!status.result) throw new Error(`the upload failed: ${status.error}`);
    result = status.result;
    browser = await startBrowser(['--autoplay-policy=no-user-gesture-required']);
    page = await browser.newPage();
    problems = watchPage(page, [site.origin, new URL(api.url).origin]);
    await page.goto(site.origin);
  }, 120_000);

  afterEach(() => expect(problems).toEqual([]));

  afterAll(async () => {
    await browser?.close();
    await api?.stop();
    site?.server.close();
    await database?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Calls a function of the page. */
  const run = <T>(name: string, ...args: unknown[]): Promise<T> =>
    page.evaluate(`${name}(...${JSON.stringify(args)})`) as Promise<T>;

  it.each(['aac', 'mp3'])('plays %s, seeks to its end and back, and knows its length', async (format) => {
    const address = new URL(String(result.stream_url), api.url);
    address.searchParams.set('format', format);
    const statuses: number[] = [];
    page.on('response', (response) => {
      if (response.url() === address.href) statuses.push(response.status());
    });
    const played = await run<{ duration: number; places: number[] }>('play', address.href, [80, 10.5]);
    const [first, late, early] = played.places;
    expect(played.duration).toBeCloseTo(SECONDS, 0);
    expect(first).toBeGreaterThan(0);
    expect(late).toBeGreaterThanOrEqual(80);
    expect(late).toBeLessThan(82);
    expect(early).toBeGreaterThanOrEqual(10.5);
    expect(early).toBeLessThan(12.5);
    expect(statuses).toContain(206);
  });

  it('draws the waveform', async () => {
    const size = await run<number[]>('draw', new URL(String(result.waveform_url), api.url).href);
    expect(Math.min(...size)).toBeGreaterThan(10);
  });

  it('lets a script of the page read ranges with fetch, and how long all of it is', async () => {
    const address = new URL(String(result.stream_url), api.url).href;
    const range = await run('readRange', address, 'bytes=100-199');
    expect(range).toMatchObject({ status: 206, of: expect.stringMatching(/^bytes 100-199\/\d+$/), bytes: 100 });
  });
});
