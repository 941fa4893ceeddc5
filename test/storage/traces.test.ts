import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openStorage } from '../../src/integrations/storage/open-storage.ts';
import { type ObjectStorage, StorageError } from '../../src/integrations/storage/storage.ts';
import { withSpan } from '../../src/telemetry/spans.ts';
import type { RecordedSpan } from '../../src/telemetry/tracing/recorded-span.ts';
import { has } from '../support/parts.ts';
import { recordSpans } from '../support/recorded-spans.ts';
import { S3_ACCOUNT } from '../support/s3-server.ts';
import { inPieces, MIB, stuckAfter } from './contract.ts';
import { openS3 } from './s3-under-test.ts';

const { list, keeper } = recordSpans();
afterAll(() => keeper.shutdown());
afterEach(() => {
  list.spans = [];
});

const TYPE = { contentType: 'audio/wav' };
const KEY = 'audio/0198c0de-0000-7000-8000-00000000cafe/loop.mp3';

const drain = async (objects: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of objects);
};

/** The spans that `run` makes below one of its own, in the order in which they ended. */
const spansOf = async (run: () => Promise<unknown>): Promise<RecordedSpan[]> => {
  let parent = '';
  await withSpan('parent' as never, {}, async (span) => {
    parent = span.spanContext().spanId;
    await run();
  });
  const below = list.spans.filter(({ name }) => name !== 'parent');
  expect(below.filter(({ parentSpanContext }) => parentSpanContext?.spanId !== parent)).toEqual([]);
  return below;
};

const shown = ({ name, kind, status, attributes }: RecordedSpan) => ({ name, kind, status: status.code, attributes });

describe.each(['local', 's3'] as const)('the spans of a storage: %s', (system) => {
  const testHere = test.runIf(system === 'local' || has('s3'));
  let storage: ObjectStorage;
  let expected: Record<string, unknown>;
  let close: () => Promise<unknown>;

  beforeEach(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidechain-test-traces-'));
    const made = system === 's3' && has('s3') ? await openS3() : undefined;
    const url = new URL(process.env.TEST_S3_URL ?? 'http://none');
    storage = await openStorage({
      DATA_DIR: folder,
      STORAGE_DIR: undefined,
      S3_BUCKET: made?.bucket,
      S3_ENDPOINT: url.href,
      S3_REGION: 'us-east-1',
      S3_ACCESS_KEY_ID: S3_ACCOUNT.accessKeyId,
      S3_SECRET_ACCESS_KEY: S3_ACCOUNT.secretAccessKey,
      S3_FORCE_PATH_STYLE: true,
    });
    const server = { 'server.address': url.hostname, 'server.port': Number(url.port), 'external.service': 's3' };
    expected = { 'storage.system': system, ...(system === 's3' ? server : {}) };
    close = async () => {
      await storage.close();
      await made?.close();
      await rm(folder, { recursive: true });
    };
  });
  afterEach(() => close());

  const span = (name: string, attributes: Record<string, unknown>, status = SpanStatusCode.UNSET) => ({
    name,
    kind: system === 's3' ? SpanKind.CLIENT : SpanKind.INTERNAL,
    status,
    attributes: { ...expected, ...attributes },
  });

  testHere('one for each operation, with what it was about', async () => {
    const spans = await spansOf(async () => {
      await storage.put(KEY, inPieces(Buffer.alloc(6 * MIB)), TYPE);
      await storage.stat(KEY);
      await buffer((await storage.get(KEY, { start: 0, end: 999 })) ?? Readable.from([]));
      await storage.get('nothing/here');
      await drain(storage.list('audio/'));
      await storage.delete([KEY]);
      await storage.ping();
      await storage.removeUnfinished(new Date());
    });
    expect(spans.map(shown)).toEqual([
      span('storage.put', { 'storage.key': KEY, 'storage.bytes': 6 * MIB }),
      span('storage.stat', { 'storage.key': KEY, 'storage.bytes': 6 * MIB }),
      span('storage.get', { 'storage.key': KEY, 'storage.bytes': 1000 }),
      span('storage.get', { 'storage.key': 'nothing/here' }),
      span('storage.list', { 'storage.key': 'audio/', 'result.count': 1 }),
      span('storage.delete', { 'storage.key': KEY, 'result.count': 1 }),
    ]);
  });

  testHere('files are put and got like streams', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sidechain-test-traces-'));
    await writeFile(join(folder, 'from'), Buffer.alloc(5000));
    const spans = await spansOf(async () => {
      await storage.putFile(KEY, join(folder, 'from'), TYPE);
      await storage.getFile(KEY, join(folder, 'to'));
      await storage.getFile('nothing/here', join(folder, 'to')).catch(() => {});
    });
    await rm(folder, { recursive: true });
    expect(spans.map(shown)).toEqual([
      span('storage.put', { 'storage.key': KEY, 'storage.bytes': 5000 }),
      span('storage.get', { 'storage.key': KEY, 'storage.bytes': 5000 }),
      span('storage.get', { 'storage.key': 'nothing/here', 'error.type': 'missing' }, SpanStatusCode.ERROR),
    ]);
  });

  testHere('none where there is nothing that they could belong to', async () => {
    await storage.put(KEY, inPieces(Buffer.from('x')), TYPE);
    await buffer((await storage.get(KEY)) ?? Readable.from([]));
    await drain(storage.list(''));
    await storage.delete([KEY]);
    expect(list.spans).toEqual([]);
  });

  testHere('that of a get lasts until its stream is closed, and failed if the stream did', async () => {
    await storage.put(KEY, inPieces(Buffer.alloc(8 * MIB)), TYPE);
    const stopped = await spansOf(async () => {
      const stream = await storage.get(KEY);
      for await (const _ of stream ?? []) {
        expect(list.spans).toEqual([]);
        break;
      }
      await new Promise(setImmediate);
    });
    expect(stopped.map(({ name, status }) => [name, status.code])).toEqual([['storage.get', SpanStatusCode.UNSET]]);
    expect(stopped[0]?.attributes['storage.bytes']).toBeLessThan(2 * MIB);
    for (const [failure, code] of [
      [new Error('the reader failed'), SpanStatusCode.UNSET],
      [new StorageError('unavailable', 'the disk is broken'), SpanStatusCode.ERROR],
    ] as const) {
      list.spans = [];
      const [failed] = await spansOf(async () => {
        const stream = await storage.get(KEY);
        stream?.destroy(failure);
        await expect(buffer(stream ?? Readable.from([]))).rejects.toThrow();
        await new Promise(setImmediate);
      });
      expect([failed?.name, failed?.status.code]).toEqual(['storage.get', code]);
    }
  });

  testHere('a put that the caller gave up is no failure of the storage; a source that fails is one', async () => {
    const [given, failed] = await spansOf(async () => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 50);
      await storage.put(KEY, stuckAfter(1000), { ...TYPE, signal: stop.signal }).catch(() => {});
      const source: Readable = stuckAfter(1000, () => source.destroy(new Error('it broke')));
      await storage.put(KEY, source, TYPE).catch(() => {});
    });
    expect(given && shown(given)).toEqual(span('storage.put', { 'storage.key': KEY }));
    expect(failed?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'it broke' });
  });
});
