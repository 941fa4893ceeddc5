import { chmodSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findFfmpeg } from '../../src/integrations/ffmpeg/find-ffmpeg.ts';
import { makeAudio } from '../audio/files.ts';
import { type Person, register } from '../support/client.ts';
import { describeWith } from '../support/parts.ts';
import { temporaryFolder } from '../support/servers.ts';
import { finished, upload } from '../support/uploads.ts';
import { type FixtureTrace, newTraceId, spanId } from './otlp.ts';
import { listPage, soon, tracePage, visibleText } from './pages.ts';
import { startViewer, type Viewer } from './viewer.ts';

/** A request that stores what it got, and the job that it leaves behind. */
const uploaded = (): FixtureTrace => ({
  traceId: newTraceId(),
  start: Date.now(),
  spans: [
    { id: spanId(0), name: 'POST /upload', kind: 'server', at: 0, took: 1050 },
    { id: spanId(1), parent: spanId(0), name: 'storage.put', at: 2, took: 984 },
    { id: spanId(2), parent: spanId(0), name: 'process', kind: 'consumer', at: 1040, took: 4000 },
    { id: spanId(3), parent: spanId(2), name: 'probe', at: 1050, took: 990 },
    { id: spanId(4), parent: spanId(2), name: 'encode', at: 2040, took: 3000 },
  ],
});

/** What another process has sent so far of a job that it still runs. */
const halfSent = (): FixtureTrace => {
  const { spans, ...trace } = uploaded();
  const alone = { id: spanId(9), parent: spanId(8), name: 'alone', at: 3000, took: 5 };
  return { ...trace, spans: [...spans.filter(({ id }) => id !== spanId(2)), alone] };
};

/** An ffmpeg that waits with its work as long as there is such a file. */
const patientFfmpeg = async (folder: string, held: string): Promise<string> => {
  const found = await findFfmpeg(process.env.FFMPEG_PATH, process.env.PATH ?? '', () => {});
  if (!found) throw new Error('there is no ffmpeg');
  const file = join(folder, 'ffmpeg');
  const waits = `while [ "$1" != -version ] && [ -e '${held}' ]; do sleep 0.05; done`;
  writeFileSync(file, `#!/bin/sh\n${waits}\nexec '${found.ffmpeg}' "$@"\n`);
  chmodSync(file, 0o755);
  symlinkSync(found.ffprobe, join(folder, 'ffprobe'));
  return file;
};

describeWith('chromium')('a job that goes on after its request', () => {
  const folder = temporaryFolder('jobs');
  const held = join(folder, 'held');
  const request = uploaded();
  const sent = halfSent();
  let viewer: Viewer;
  let alice: Person;

  beforeAll(async () => {
    viewer = await startViewer({ FFMPEG_PATH: await patientFfmpeg(folder, held) });
    alice = await register(viewer.server.url);
    await viewer.send(request, sent);
  });
  afterAll(() => viewer?.close());

  const open = async (traceId: string) => {
    const page = await viewer.open(`/traces/${traceId}`);
    const trace = tracePage(page);
    await trace.rows.first().waitFor();
    return { page, trace };
  };

  it('is told of while it runs, in the list and on its page, with what it has done so far', async () => {
    const list = listPage(await viewer.open('/traces'));
    writeFileSync(held, '');
    const file = await makeAudio(folder, { kind: 'music', seconds: 2, format: 'wav' });
    const accepted = await upload(alice, file, { post: 'true' });
    const row = list.row(accepted.traceId);
    await row.getByTitle('audio.process still runs').waitFor();
    expect(await list.cells(accepted.traceId)).toMatchObject({ Status: '202' });

    const { trace } = await open(accepted.traceId);
    const status = trace.main.getByRole('status').filter({ hasText: 'audio.process still runs' });
    await status.waitFor();
    // Its first steps have ended; the next one waits for ffmpeg.
    await soon(trace.tree).toContain('        ffprobe');
    const tree = await trace.tree();
    const job = tree.indexOf('    audio.process');
    expect(tree.indexOf('  audio.upload')).toBeLessThan(job);
    expect(tree.slice(job).every((line) => line.startsWith('    '))).toBe(true);
    expect(tree).toContain('      audio.probe');
    expect(await trace.main.getByText('no parent').count()).toBe(0);
    const running = trace.rows.filter({ hasText: 'still running' });
    expect(await visibleText(running)).toMatch(/audio\.process.* so far/s);
    await running.click();
    await soon(() => visibleText(trace.panel)).toContain('It still runs');

    rmSync(held);
    expect(await finished(alice, accepted)).toMatchObject({ status: 'complete' });
    await status.waitFor({ state: 'detached' });
    await row.getByTitle('audio.process still runs').waitFor({ state: 'detached' });
    expect((await trace.tree()).indexOf('    audio.process')).toBe(job);
    expect(await trace.main.getByText('still running').count()).toBe(0);
    // The span itself has taken the place of what stood for it, in the panel too.
    await soon(() => visibleText(trace.panel)).toContain('audio.attempt');
    expect(await visibleText(trace.panel)).toMatch(/Critical path\s+.+ % of audio\.process/);
    for (const step of ['audio.probe', 'audio.transcode'])
      expect(await trace.row(step).first().locator('.bar-critical').count()).toBeGreaterThan(0);
  }, 60_000);

  it('is measured by itself, and so is the request that left it behind', async () => {
    const { page, trace } = await open(request.traceId);
    const findings = await visibleText(page.getByRole('list', { name: 'Findings' }));
    expect(findings).toContain('storage.put: 984 ms of its own, 94 % of the request');
    expect(findings).toContain('encode: 3.00 s of its own, 75 % of process');
    expect(findings).not.toContain('probe');
    expect(await trace.rows.filter({ hasText: 'slow' }).count()).toBe(2);
  });

  it('has a critical path of its own, to its own end', async () => {
    const { trace } = await open(request.traceId);
    const onPath = async (name: string): Promise<string> => {
      await trace.row(name).first().click();
      await soon(() => visibleText(trace.panel)).toContain(name);
      return /Critical path\s+(.+)/.exec(await visibleText(trace.panel))?.[1] ?? '';
    };
    expect(await onPath('storage.put')).toBe('984 ms, 94 % of the request');
    expect(await onPath('encode')).toBe('3.00 s, 75 % of process');
    expect(await onPath('probe')).toBe('990 ms, 25 % of process');
    expect(await trace.row('encode').locator('.bar-critical').count()).toBe(1);
  });

  it('is told of no longer when it ends, also when that is heard while the page reads what came before', async () => {
    const { spans, ...trace } = uploaded();
    const [root, ...others] = spans;
    if (!root) throw new Error('no root');
    await viewer.send({ ...trace, spans: others });
    const list = listPage(await viewer.open('/traces'));
    const { page, trace: shown } = await open(trace.traceId);
    const status = shown.main.getByRole('status').filter({ hasText: 'its first span is not here yet' });
    await status.waitFor();
    const mayAnswer = Promise.withResolvers<void>();
    const reading = page.waitForRequest(`**/traces/api/traces/${trace.traceId}`);
    await page.route('**/traces/api/traces/*', async (route) => {
      await mayAnswer.promise;
      await route.continue();
    });
    await viewer.send({ ...trace, spans: [{ id: spanId(9), parent: root.id, name: 'step', at: 5, took: 1 }] });
    await reading;
    await viewer.send({ ...trace, spans: [root] });
    // Both pages hear of it at the same time.
    await soon(async () => (await list.cells(trace.traceId))['Route or name']).toContain('POST /upload');
    mayAnswer.resolve();
    await soon(() => visibleText(shown.heading)).toBe('POST /upload');
    await status.waitFor({ state: 'detached' });
  });

  it('that another process still runs has its steps in one place, under what stands for it', async () => {
    const { trace } = await open(sent.traceId);
    expect(await trace.tree()).toEqual([
      'POST /upload',
      '  storage.put',
      'a span that is not here',
      '  probe',
      '  encode',
      'alone',
    ]);
    expect(await trace.rows.filter({ hasText: 'no parent' }).count()).toBe(1);
    await trace.row('a span that is not here').click();
    await soon(() => visibleText(trace.panel)).toContain('Known only by its id');
    await trace.spans.focus();
    await trace.spans.press('ArrowLeft');
    await soon(trace.tree).not.toContain('  encode');
    // It is no span of the trace.
    expect(await visibleText(trace.main)).toContain('5 spans');
  });
});
