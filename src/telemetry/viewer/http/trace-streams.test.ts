import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type EventStream, openEventStream, type ServerEvent } from '../../../../test/support/event-stream.ts';
import { ask } from '../../../../test/support/raw-request.ts';
import { type AdminServer, startAdminServer } from '../../admin-server.ts';
import { readOtlpTraces } from '../model/from-otlp.ts';
import { TraceRing } from '../trace-ring.ts';
import { TraceStreams } from './trace-streams.ts';

/** A ring that knows who watches it. */
class WatchedRing extends TraceRing {
  watchers = 0;

  override watch(...given: Parameters<TraceRing['watch']>): () => void {
    const stop = super.watch(...given);
    this.watchers += 1;
    return () => {
      this.watchers -= 1;
      stop();
    };
  }
}

let ring: WatchedRing;
let admin: AdminServer;
let streams: EventStream[];
beforeEach(async () => {
  ring = new WatchedRing();
  streams = [];
  admin = await startAdminServer({ host: '127.0.0.1', port: 0, viewer: { ring, settings: { service: 'shop' } } });
});
afterEach(async () => {
  for (const stream of streams) stream.close();
  await admin.close();
});

const open = async (query = ''): Promise<EventStream> => {
  const stream = await openEventStream(`http://127.0.0.1:${admin.port}/traces/api/stream${query}`);
  streams.push(stream);
  return stream;
};

const id = (number: number): string => number.toString(16).padStart(32, '0');

const receive = (traceId: string, name = 'GET /a', spanId = '1'.repeat(16), end = 5_000_000): void => {
  const span = { traceId, spanId, name, startTimeUnixNano: '1', endTimeUnixNano: String(end + 1) };
  ring.receive(readOtlpTraces({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }).spans, []);
};

interface Changes {
  held: number;
  traces: { traceId: string; name: string; spans: number }[];
  gone: string[];
}
const dataOf = (event: ServerEvent | undefined): Changes => event?.data as Changes;
const changes = (stream: EventStream): ServerEvent[] => stream.events.filter(({ event }) => event === 'changes');
const isChange = (matches: (data: Changes) => boolean) => (event: ServerEvent) =>
  event.event === 'changes' && matches(dataOf(event));

test('the list comes first, then what comes and grows and goes', async () => {
  receive(id(1));
  const stream = await open();
  expect(stream.headers).toMatchObject({
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
  });
  const list = await stream.waitFor(({ event }) => event === 'list');
  expect(list.data).toMatchObject({ held: 1, traces: [{ traceId: id(1) }] });

  receive(id(2), 'GET /b');
  const came = await stream.waitFor(isChange(({ held }) => held === 2));
  expect(came.data).toMatchObject({ traces: [{ traceId: id(2), name: 'GET /b', spans: 1 }], gone: [] });

  receive(id(1), 'SELECT', '2'.repeat(16));
  await stream.waitFor(isChange(({ traces }) => traces[0]?.traceId === id(1) && traces[0].spans === 2));

  ring.clear();
  const gone = await stream.waitFor(isChange(({ held }) => held === 0));
  expect(dataOf(gone).gone.toSorted()).toEqual([id(1), id(2)]);
});

test('only what matches is sent, and what matches no longer goes', async () => {
  const stream = await open('?max=10');
  await stream.waitFor(({ event }) => event === 'list');
  receive(id(1));
  receive(id(2), 'GET /slow', '1'.repeat(16), 50_000_000);
  const came = await stream.waitFor(isChange(({ traces }) => traces.length > 0));
  expect(came.data).toMatchObject({ held: 2, traces: [{ traceId: id(1) }] });
  receive(id(1), 'GET /a', '2'.repeat(16), 50_000_000);
  await stream.waitFor(isChange(({ gone }) => gone.includes(id(1))));
  expect(JSON.stringify(stream.events)).not.toContain(id(2));
});

test('many changes make few events', async () => {
  const stream = await open();
  await stream.waitFor(({ event }) => event === 'list');
  for (let number = 1; number <= 500; number += 1) {
    receive(id(number));
    if (number % 50 === 0) await sleep(10);
  }
  await stream.waitFor(isChange(({ held }) => held === 500));
  expect(changes(stream).length).toBeLessThanOrEqual(5);
  const sent = changes(stream).flatMap((event) => dataOf(event).traces);
  expect(new Set(sent.map(({ traceId }) => traceId)).size).toBe(500);
});

test('the ring is watched while there are readers, and by no one else', async () => {
  expect(ring.watchers).toBe(0);
  const [one, other] = [await open(), await open('?min=1')];
  expect(ring.watchers).toBe(1);
  one.close();
  await sleep(50);
  expect(ring.watchers).toBe(1);
  other.close();
  await expect.poll(() => ring.watchers).toBe(0);
  const again = await open();
  receive(id(1));
  await again.waitFor(isChange(({ held }) => held === 1));
});

test('a reader that does not read costs little, and gets the list when it does again', async () => {
  const stream = await open();
  await stream.waitFor(({ event }) => event === 'list');
  stream.pause();
  const rounds = 12;
  for (let round = 0; round < rounds; round += 1) {
    for (let number = 0; number < 50; number += 1) receive(id(round * 50 + number + 1), 'x'.repeat(50_000));
    await sleep(170);
  }
  stream.resume();
  const list = await stream.waitFor(({ event, data }) => event === 'list' && dataOf({ event, data }).held > 0, 10_000);
  expect(dataOf(list).traces).toHaveLength(ring.list().length);
  expect(changes(stream).length).toBeLessThan(rounds);
  receive('e'.repeat(32));
  await stream.waitFor(isChange(({ traces }) => traces.some(({ traceId }) => traceId === 'e'.repeat(32))));
});

test('there is room for the metrics beside the streams', async () => {
  for (let number = 0; number < 32; number += 1) await open();
  const refused = await open();
  expect([refused.status, refused.headers['retry-after']]).toEqual([503, '5']);
  expect((await ask(admin.port, '/metrics')).status).toBe(200);
  streams[0]?.close();
  await expect.poll(async () => (await open()).status).toBe(200);
});

test('they end with the server, and do not hold it', async () => {
  const stream = await open();
  await stream.waitFor(({ event }) => event === 'list');
  const before = performance.now();
  await admin.close();
  expect(performance.now() - before).toBeLessThan(500);
  await expect.poll(() => stream.ended).toBe(true);
  expect(ring.watchers).toBe(0);
});

test('what changes while the list is being made comes after it', async () => {
  for (let number = 1; number <= 200; number += 1) receive(id(number));
  const busy = new TraceStreams(ring);
  const server = createServer((_, res) => {
    void busy.open(res, () => {
      for (const until = performance.now() + 2; performance.now() < until; );
      return true;
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const stream = await openEventStream(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  streams.push(stream);
  receive(id(500), 'GET /b');
  receive(id(1), 'SELECT', '2'.repeat(16));
  await stream.waitFor(
    isChange(({ traces }) => traces.length > 0),
    10_000,
  );
  const [list, later, ...more] = stream.events;
  expect([list?.event, dataOf(list).held, dataOf(list).traces.length]).toEqual(['list', 200, 200]);
  expect(dataOf(later)).toMatchObject({ held: 201, gone: [] });
  expect(dataOf(later).traces.map(({ traceId, spans }) => [traceId, spans])).toEqual([
    [id(500), 1],
    [id(1), 2],
  ]);
  expect(more).toEqual([]);
  busy.close();
  server.close();
});
