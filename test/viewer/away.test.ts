import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../src/integrations/free-port.ts';
import { call } from '../support/client.ts';
import { describeWith } from '../support/parts.ts';
import { startServer } from '../support/server.ts';
import { listPage, soon, visibleText } from './pages.ts';
import { startViewer, traceIdOf, type Viewer } from './viewer.ts';

describeWith('chromium')('a server that is restarted', () => {
  let viewer: Viewer;
  let port: string;

  beforeAll(async () => {
    port = String(await freePort());
    viewer = await startViewer({ METRICS_PORT: port });
  });
  afterAll(() => viewer?.close());

  it('is missed by the page, and followed again when it is back', async () => {
    // The browser itself writes these on the console.
    const page = await viewer.open('/traces', { expected: /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE|ERR_EMPTY/ });
    const list = listPage(page);
    await list.grid.or(list.main.getByText('No traces yet')).first().waitFor();
    const calm = await visibleText(list.main);
    await viewer.server.stop();
    await soon(() => visibleText(list.main)).toMatch(/server/i);
    expect(calm).not.toBe(await visibleText(list.main));
    const again = await startServer({
      databaseUrl: viewer.database.url,
      env: { TRACE_VIEWER: 'true', METRICS_PORT: port },
    });
    try {
      const traceId = traceIdOf(await call(again.url, '/health'));
      await list.row(traceId).waitFor({ timeout: 10_000 });
    } finally {
      await page.close();
      await again.stop();
    }
  });
});
