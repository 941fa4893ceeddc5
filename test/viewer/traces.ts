import { type FixtureSpan, type FixtureTrace, newTraceId, spanId } from './otlp.ts';

/** A request of a web server, whose span is the root. */
const request = (route: string, took: number, attributes: FixtureSpan['attributes'] = {}): FixtureSpan => ({
  id: spanId(0),
  name: `GET ${route}`,
  kind: 'server',
  at: 0,
  took,
  attributes: { 'http.request.method': 'GET', 'http.route': route, 'http.response.status_code': 200, ...attributes },
});

/** `count` spans in all: one root, groups of 50 below it, some of them queries, some with a log line. */
export const largeTrace = (count = 5000): FixtureTrace => {
  const spans: FixtureSpan[] = [request('/large', count)];
  for (let n = 1; n < count; n += 1) {
    const isGroup = n % 50 === 1;
    const group = n - ((n - 1) % 50);
    spans.push({
      id: spanId(n),
      parent: spanId(isGroup ? 0 : group),
      name: isGroup ? `group ${(n - 1) / 50}` : `step ${n}`,
      at: n - 1,
      took: isGroup ? Math.min(50, count - n) : 1,
      service: `service ${Math.floor(n / 1000)}`,
      attributes: { 'step.number': n, 'step.words': 'the same few words in each of them' },
    });
  }
  const lines = spans
    .filter((_, n) => n % 10 === 5)
    .map(({ id, at }) => ({ span: id, at, message: `done with ${at}`, attributes: { at } }));
  return { traceId: newTraceId(), start: Date.now(), spans, lines };
};

/** Each span the only child of the one before. */
export const deepTrace = (depth: number): FixtureTrace => ({
  traceId: newTraceId(),
  start: Date.now(),
  spans: Array.from({ length: depth }, (_, n) => ({
    ...(n === 0 ? request('/deep', depth * 2) : { id: spanId(n), parent: spanId(n - 1), name: `level ${n}` }),
    at: n,
    took: (depth - n) * 2 - 1,
  })),
});

/** One query for each of `count` rows. */
export const repeatedQueries = (count: number): FixtureTrace => ({
  traceId: newTraceId(),
  start: Date.now(),
  spans: [
    request('/orders', 100),
    ...Array.from({ length: count }, (_, n) => ({
      id: spanId(n + 1),
      parent: spanId(0),
      name: 'SELECT customers',
      kind: 'client' as const,
      at: 5 + n * 5,
      took: 3,
      attributes: {
        'db.system.name': 'postgresql',
        'db.operation.name': 'SELECT',
        'db.collection.name': 'customers',
        'db.query.summary': 'SELECT customers',
        'db.query.text': 'SELECT id, name FROM customers WHERE id = $1 ORDER BY name LIMIT 1',
      },
    })),
  ],
});

/** A request that goes through three services, the last of which fails. */
export const threeServices = (): FixtureTrace => ({
  traceId: newTraceId(),
  start: Date.now(),
  spans: [
    { ...request('/checkout', 90, { 'http.response.status_code': 502 }), service: 'web', error: 'no payment' },
    { id: spanId(1), parent: spanId(0), name: 'POST /pay', kind: 'client', at: 10, took: 70, service: 'web' },
    { id: spanId(2), parent: spanId(1), name: 'POST /pay', kind: 'server', at: 15, took: 60, service: 'payments' },
    {
      id: spanId(3),
      parent: spanId(2),
      name: 'charge card',
      kind: 'client',
      at: 20,
      took: 50,
      service: 'bank',
      error: 'declined',
      events: [
        {
          name: 'exception',
          at: 65,
          attributes: {
            'exception.type': 'CardDeclined',
            'exception.message': 'the card was declined',
            'exception.stacktrace':
              'CardDeclined: the card was declined\n    at charge (bank/charge.ts:12:7)\n    at pay (bank/pay.ts:3:1)',
          },
        },
      ],
    },
  ],
  lines: [
    { span: spanId(0), at: 5, message: 'checkout began', service: 'web' },
    {
      span: spanId(3),
      at: 66,
      severity: 'ERROR',
      message: 'card declined',
      service: 'bank',
      attributes: { reason: 'funds' },
    },
  ],
});

/** Two spans whose parents were never received. */
export const rootless = (): FixtureTrace => ({
  traceId: newTraceId(),
  start: Date.now(),
  spans: [
    { id: spanId(1), parent: 'ffffffffffffffff', name: 'left alone', at: 0, took: 10 },
    { id: spanId(2), parent: spanId(1), name: 'its child', at: 2, took: 5 },
    { id: spanId(3), parent: 'eeeeeeeeeeeeeeee', name: 'left alone too', at: 20, took: 5 },
  ],
});

/** What a list full of ordinary requests looks like: routes, durations from 1 ms to a second, one in ten failed. */
export const manyTraces = (count = 1000): FixtureTrace[] =>
  Array.from({ length: count }, (_, n) => {
    const failed = n % 10 === 0;
    const root = request(`/route-${n % 7}`, Math.round(1000 ** ((n % 100) / 100) * 100) / 100, {
      'user.id': `user-${n % 20}`,
      'http.response.status_code': failed ? 500 : 200,
      'feed.type': Math.floor(n / 10) % 2 === 0 ? 'unified' : 'trending',
      'cache.hit': n % 3 === 0,
    });
    return {
      traceId: newTraceId(),
      start: Date.now() - count + n,
      spans: [failed ? { ...root, error: 'it failed' } : root],
    };
  });

const STATUS = { fine: 200, refused: 404, failed: 500, open: undefined };
/** How a request ended, if it did. */
export type Kind = keyof typeof STATUS;

/** A request, or a span whose parent never came: that one is open. */
export const ended = (kind: Kind, route: string, took: number): FixtureTrace => {
  const status = STATUS[kind];
  const span = { id: spanId(0), name: route, at: 0, took };
  const attributes = { 'http.request.method': 'GET', 'http.route': route, 'http.response.status_code': status ?? 0 };
  return {
    traceId: newTraceId(),
    start: Date.now(),
    spans: [
      status === undefined
        ? { ...span, parent: 'ffffffffffffffff' }
        : { ...span, kind: 'server', attributes, ...(status === 500 && { error: 'it failed' }) },
    ],
  };
};
