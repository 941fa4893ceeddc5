import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { call, post, register } from '../support/client.ts';
import { describeWith } from '../support/parts.ts';
import { tracesBody } from './otlp.ts';
import { listPage, soon, tracePage, visibleText } from './pages.ts';
import { threeServices } from './traces.ts';
import { startViewer, traceIdOf, type Viewer } from './viewer.ts';

describeWith('chromium')('a trace as a file', () => {
  let viewer: Viewer;
  let other: Viewer;

  beforeAll(async () => {
    viewer = await startViewer();
    other = await startViewer({
      OTEL_EXPORTER_OTLP_ENDPOINT: viewer.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
      OTEL_LOGS_EXPORTER: 'otlp',
      OTEL_BSP_SCHEDULE_DELAY: '50ms',
      OTEL_SERVICE_NAME: 'elsewhere',
      TRACE_VIEWER_TEMPO_URL: 'http://grafana.example/explore?trace={trace_id}&from={from}&to={to}',
      TRACE_VIEWER_LOKI_URL: 'http://grafana.example/logs?q={trace_id}',
    });
  });
  afterAll(async () => {
    await viewer?.close();
    await other?.close();
  });

  /** As a hand does it. */
  const drop = async (page: Page, name: string, text: string): Promise<void> => {
    await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}, { type: 'application/json' }));
      for (const type of ['dragenter', 'dragover', 'drop'])
        document.body.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    })()`);
  };

  /** What is to be seen of a trace: its tree, and the panels of its first spans and its last. */
  const sightOf = async (page: Page): Promise<string[]> => {
    const trace = tracePage(page);
    await trace.rows.first().waitFor();
    const sight = await trace.tree();
    const rows = await trace.rows.all();
    for (const row of [...rows.slice(0, 5), ...rows.slice(-2)]) {
      await row.click();
      await trace.panel.waitFor();
      // What puts SQL into lines is loaded when it is first needed.
      await soon(() => visibleText(trace.panel)).toMatch(/^(?![\s\S]*\nSQL\n)|\nSELECT\n +/);
      sight.push(await visibleText(trace.panel));
    }
    return sight;
  };

  const download = async (page: Page): Promise<{ name: string; text: string }> => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      tracePage(page).main.getByRole('link', { name: 'Download OTLP JSON' }).click(),
    ]);
    return { name: file.suggestedFilename(), text: readFileSync(await file.path(), 'utf8') };
  };

  it('is OTLP JSON, and shows the same when it is dropped in, here and elsewhere', async () => {
    const alice = await register(viewer.server.url);
    await post(alice);
    const response = await alice.fetch('/api/v1/feed/unified');
    await response.arrayBuffer();
    const traceId = traceIdOf(response);
    await viewer.whole(traceId);
    const page = await viewer.open(`/traces/${traceId}`);
    const sight = await sightOf(page);
    expect(sight.length).toBe(17 + 7);
    const { name, text } = await download(page);
    expect(name).toBe(`trace-${traceId}.json`);
    expect(JSON.parse(text)).toMatchObject({
      resourceSpans: [{ scopeSpans: [{ spans: expect.anything() }] }],
      resourceLogs: [{ scopeLogs: [{ logRecords: expect.anything() }] }],
    });

    for (const [there, path] of [
      [viewer, '/traces'],
      [other, '/traces'],
    ] as const) {
      await there.clear();
      const again = await there.open(path);
      await listPage(again).main.waitFor();
      await drop(again, name, text);
      await again.waitForURL(`**/traces/${traceId}`);
      expect(await sightOf(again)).toEqual(sight);
      expect(JSON.parse((await download(again)).text)).toEqual(JSON.parse(text));
    }
  });

  it('goes on in another process that sends here, and is one trace with its lines', async () => {
    const first = await call(viewer.server.url, '/health');
    const traceparent = first.headers.get('traceparent') ?? '';
    await call(other.server.url, '/health/ready', { headers: { traceparent } });
    const traceId = traceIdOf(first);
    await soon(async () => (await viewer.list(`trace_id=${traceId}`))[0]?.services).toContain('elsewhere');
    const trace = tracePage(await viewer.open(`/traces/${traceId}`));
    await soon(async () => (await trace.tree()).slice(0, 2)).toEqual(['GET /health', '  GET /health/ready']);
    await trace.row('GET /health/ready').click();
    // Lines are sent on a clock of their own.
    await soon(() => visibleText(trace.panel)).toContain('GET /health/ready 200');
  });

  it('may be chosen instead of dropped', async () => {
    const failed = threeServices();
    const page = await viewer.open('/traces');
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      listPage(page).button('Open a file').click(),
    ]);
    const buffer = Buffer.from(JSON.stringify(tracesBody([failed])));
    await chooser.setFiles({ name: 'one.json', mimeType: 'application/json', buffer });
    await page.waitForURL(`**/traces/${failed.traceId}`);
    await soon(tracePage(page).tree).toHaveLength(4);
  });

  it.each([
    ['a text', 'this is no JSON at all'],
    ['other JSON', '{"hello": ["world"]}'],
    ['a number', '3'],
    ['half a file', '{"resourceSpans": [{"scopeSpans": ['],
    ['nothing', ''],
    ['spans that are none', '{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": 5}]}]}]}'],
  ])('says what is wrong when it is %s', async (_, text) => {
    const page = await viewer.open('/traces', { expected: /400/ });
    const list = listPage(page);
    await list.main.waitFor();
    await drop(page, 'garbage.json', text);
    const alert = page.getByRole('alert');
    await alert.waitFor();
    const words = await visibleText(alert);
    expect(words).toContain('garbage.json');
    expect(words).toMatch(/\w+ \w+ \w+/);
    expect(words).not.toMatch(/undefined|\[object|TypeError|Cannot read/);
    expect(new URL(page.url()).pathname).toBe('/traces');
    // Nothing else has suffered.
    await list.main.waitFor();
  });

  it('is linked to where it is in Tempo, and its lines in Loki', async () => {
    const failed = threeServices();
    await other.send(failed);
    const trace = tracePage(await other.open(`/traces/${failed.traceId}`));
    await trace.rows.first().waitFor();
    const href = (name: string) => trace.main.getByRole('link', { name, exact: true }).getAttribute('href');
    const tempo = new URL((await href('Tempo')) ?? '');
    expect(tempo.origin).toBe('http://grafana.example');
    expect(tempo.searchParams.get('trace')).toBe(failed.traceId);
    expect(Number(tempo.searchParams.get('from'))).toBeLessThanOrEqual(failed.start);
    expect(Number(tempo.searchParams.get('to'))).toBeGreaterThanOrEqual(failed.start + 90);
    expect(await href('Loki')).toBe(`http://grafana.example/logs?q=${failed.traceId}`);
  });
});
