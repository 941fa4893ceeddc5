import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { freePort } from '../../src/integrations/free-port.ts';
import { S3Storage } from '../../src/integrations/storage/s3-storage.ts';
import { type ObjectStorage, StorageError } from '../../src/integrations/storage/storage.ts';
import { describeWith } from '../support/parts.ts';
import { S3_ACCOUNT, startS3 } from '../support/s3-server.ts';
import { digest, inPieces, MIB, stuckAfter } from './contract.ts';
import { openS3, s3Options } from './s3-under-test.ts';
import { startTcpProxy } from './tcp-proxy.ts';

const TYPE = { contentType: 'audio/wav' };
const SHORT = { connect: 400, answer: 400, transfer: 400, idle: 400 };

const drain = async (objects: AsyncIterable<unknown>): Promise<void> => {
  for await (const _ of objects);
};

const read = (stream: Readable | undefined): Promise<Buffer> => buffer(stream ?? Readable.from([]));

/** Everything that can be asked of a storage. */
const OPERATIONS: Readonly<Record<string, (storage: ObjectStorage) => Promise<unknown>>> = {
  ping: (storage) => storage.ping(),
  put: (storage) => storage.put('a/b', inPieces(Buffer.from('x')), TYPE),
  'put of many parts': (storage) => storage.put('a/b', inPieces(Buffer.alloc(6 * MIB)), TYPE),
  get: (storage) => storage.get('a/b'),
  stat: (storage) => storage.stat('a/b'),
  list: (storage) => drain(storage.list('')),
  delete: (storage) => storage.delete(['a/b']),
  removeUnfinished: (storage) => storage.removeUnfinished(new Date()),
};

/** @returns how each operation fails. */
const failuresOf = async (storage: ObjectStorage): Promise<StorageError[]> =>
  Promise.all(
    Object.entries(OPERATIONS).map(async ([name, operation]) => {
      const failure: unknown = await operation(storage).then(
        () => `${name} did not fail`,
        (error: unknown) => error,
      );
      if (!(failure instanceof StorageError)) throw new Error(`${name}: ${String(failure)}`);
      return failure;
    }),
  );

describeWith('s3')('a storage in S3, when something is wrong,', () => {
  let bucket: string;
  let under: Awaited<ReturnType<typeof openS3>>;
  const closing: (() => Promise<unknown>)[] = [];
  const port = Number(new URL(process.env.TEST_S3_URL ?? 'http://none').port);

  beforeAll(async () => {
    under = await openS3();
    bucket = under.bucket;
    await under.storage.put('big', inPieces(Buffer.alloc(20 * MIB, 'b')), TYPE);
  });
  afterAll(() => under.close());
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });

  const open = (...options: Parameters<typeof s3Options>): S3Storage => {
    const storage = new S3Storage(s3Options(...options));
    closing.push(() => storage.close());
    return storage;
  };
  const proxy = async (target?: number) => {
    const started = await startTcpProxy(target);
    closing.push(() => started.close());
    return started;
  };

  test.each([
    { ...S3_ACCOUNT, secretAccessKey: 'the-wrong-secret-0123456789' },
    { accessKeyId: 'NOBODYISTHIS', secretAccessKey: S3_ACCOUNT.secretAccessKey },
  ])('says that its credentials are refused, and never which they are', async (credentials) => {
    const storage = new S3Storage({ ...s3Options(bucket, process.env.TEST_S3_URL), credentials });
    closing.push(() => storage.close());
    for (const failure of await failuresOf(storage)) {
      expect(failure.reason).toBe('unavailable');
      expect(failure.message).toMatch(`the S3 bucket ${bucket} at 127.0.0.1:${port} refuses our credentials (`);
      const shown = JSON.stringify([failure, failure.message, failure.stack, String(failure.cause)]);
      for (const secret of Object.values(credentials)) expect(shown).not.toContain(secret);
    }
  });

  test('says that there is no such bucket', async () => {
    for (const failure of await failuresOf(open('nobody-made-this', process.env.TEST_S3_URL))) {
      expect([failure.reason, failure.message]).toEqual([
        'unavailable',
        `there is no S3 bucket nobody-made-this at 127.0.0.1:${port}`,
      ]);
    }
  });

  test('says that nobody is there', async () => {
    const none = await freePort();
    for (const failure of await failuresOf(open(bucket, `http://127.0.0.1:${none}`))) {
      expect(failure.reason).toBe('unavailable');
      expect(failure.message).toContain(`the S3 server 127.0.0.1:${none} cannot be reached (ECONNREFUSED`);
    }
  });

  test('gives up on a server that takes connections and never answers', async () => {
    const silent = await proxy();
    const before = performance.now();
    for (const failure of await failuresOf(open(bucket, silent.url, SHORT))) {
      expect(failure.reason).toBe('unavailable');
      expect(failure.message).toContain('cannot be reached');
    }
    expect(performance.now() - before).toBeLessThan(6000);
  });

  test('tries three times where a server is busy, and then says what it said', async () => {
    const asked = new Map<string, number>();
    const busy = createServer((req, res) => {
      const what = `${req.method} ${req.url}`;
      asked.set(what, (asked.get(what) ?? 0) + 1);
      req.resume().once('end', () => res.writeHead(503).end());
    });
    await new Promise<void>((resolve) => busy.listen(0, '127.0.0.1', resolve));
    closing.push(async () => void busy.close());
    const storage = open(bucket, `http://127.0.0.1:${(busy.address() as AddressInfo).port}`);
    for (const failure of await failuresOf(storage)) {
      expect(failure.reason).toBe('unavailable');
      expect(failure.message).toContain('answered 503');
    }
    expect([...new Set(asked.values())]).toEqual([3]);
  });

  test.each(['stall', 'cut'] as const)('fails a read when the wire is %s in the middle', async (what) => {
    const wire = await proxy(port);
    wire.after(3 * MIB, what);
    const stream = await open(bucket, wire.url, SHORT).get('big');
    await expect(read(stream)).rejects.toMatchObject({ name: 'StorageError', reason: 'unavailable' });
    expect(stream?.bytesRead).toBeLessThan(4 * MIB);
  });

  test.each(['stall', 'cut'] as const)('fails a put when the wire is %s in the middle', async (what) => {
    const wire = await proxy(port);
    const storage = open(bucket, wire.url, SHORT);
    await storage.ping();
    wire.after(1500, what);
    const source = Readable.from(
      (function* () {
        for (;;) yield Buffer.alloc(64 * 1024);
      })(),
    );
    await expect(storage.put('cut/a', source, TYPE)).rejects.toMatchObject({ reason: 'unavailable' });
    expect(source.destroyed).toBe(true);
    expect(await under.storage.stat('cut/a')).toBeUndefined();
    await under.storage.removeUnfinished(new Date(Date.now() + 60_000));
    expect(await under.unfinished()).toBe(0);
  });

  test('lets a reader pause for longer than it waits for a server', async () => {
    const stream = await open(bucket, process.env.TEST_S3_URL, SHORT).get('big');
    let bytes = 0;
    for await (const chunk of stream ?? []) {
      if (bytes === 0) await sleep(1500);
      bytes += (chunk as Buffer).length;
    }
    expect(bytes).toBe(20 * MIB);
  });

  test('has one connection for one request after the other, and none when it is closed', async () => {
    const wire = await proxy(port);
    const storage = open(bucket, wire.url);
    for (let n = 0; n < 5; n += 1) await storage.put(`keep/${n}`, inPieces(Buffer.alloc(6 * MIB)), TYPE);
    expect([wire.open(), wire.opened()]).toEqual([1, 1]);
    const half = await storage.get('big');
    half?.once('error', () => {});
    half?.read(1);
    await storage.close();
    await expect.poll(() => wire.open()).toBe(0);
    await expect.poll(() => half?.destroyed).toBe(true);
    await expect(storage.ping()).rejects.toMatchObject({ reason: 'unavailable' });
  });

  test('survives a server that is killed in the middle of a put and of a get', async () => {
    const server = await startS3();
    closing.push(() => server.stop());
    const own = await openS3(server.url);
    closing.push(() => own.close());
    const bytes = randomBytes(16 * MIB);
    await own.storage.put('big', inPieces(bytes), TYPE);
    const reading = await own.storage.get('big');
    await new Promise((resolve) => reading?.once('readable', resolve));
    let goOn = (): void => {};
    const killed = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    let more = 0;
    const source: Readable = stuckAfter(7 * MIB, () => {
      void killed.then(() => source.push(++more > 100 ? null : Buffer.alloc(64 * 1024)));
    });
    const storing = own.storage.put('half/a', source, TYPE).then(
      () => undefined,
      (error: unknown) => error,
    );
    await expect.poll(() => own.unfinished()).toBe(1);
    await server.stop();
    goOn();
    expect(await storing).toMatchObject({ name: 'StorageError', reason: 'unavailable' });
    await expect(read(reading)).rejects.toMatchObject({ name: 'StorageError', reason: 'unavailable' });

    const again = await startS3({ place: server.place });
    closing.push(() => again.stop());
    expect(await own.storage.stat('half/a')).toBeUndefined();
    expect(digest(await read(await own.storage.get('big')))).toBe(digest(bytes));
    expect(await own.unfinished()).toBe(1);
    await own.storage.removeUnfinished(new Date(Date.now() + 60_000));
    expect(await own.unfinished()).toBe(0);
    expect(await own.storage.put('half/a', inPieces(bytes), TYPE)).toEqual({ bytes: bytes.length });
  });
});
