import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMemoryCache } from '../../src/data/cache/memory-cache.ts';
import { AppError } from '../../src/errors.ts';
import type { FeedContext, FeedRequest } from '../../src/features/feed/feed.ts';
import { invalidatePersonalFeeds, invalidatePublicFeeds } from '../../src/features/feed/invalidation.ts';
import { serveFeed } from '../../src/features/feed/serve-feed.ts';
import { refreshTrending } from '../../src/features/feed/trending-refresher.ts';
import { withSpan } from '../../src/telemetry/spans.ts';
import type { RecordedSpan } from '../../src/telemetry/tracing/recorded-span.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { recordSpans } from '../support/recorded-spans.ts';
import { addFollow, addPost, addUser, feedContext, request } from './world.ts';

const { list, keeper } = recordSpans();

let database: TestDatabase;
let viewer: string;
let friend: string;
let stranger: string;
beforeAll(async () => {
  database = await createTestDatabase();
  const { db } = database;
  viewer = await addUser(db, 'viewer');
  friend = await addUser(db, 'friend');
  stranger = await addUser(db, 'stranger');
  await addFollow(db, viewer, friend);
  for (let i = 0; i < 120; i += 1) {
    await addPost(db, i % 2 === 0 ? friend : stranger, { genre: ['House'], ageHours: i, likes: i });
  }
  await db.$executeRaw`INSERT INTO user_genres VALUES (${viewer}::uuid, 'House', 3)`;
  await refreshTrending(db, new Date());
});
afterAll(async () => {
  await database.close();
  await keeper.shutdown();
});

let now = 0;
let ctx: FeedContext;
beforeEach(() => {
  now = Date.now();
  ctx = feedContext(database.db, { cache: createMemoryCache(), now: () => new Date(now) });
});

/** Runs `work` as a request would, and answers its spans: name and the name of the parent, in order of name. */
const traced = async <T>(work: () => Promise<T>): Promise<{ value: T; spans: RecordedSpan[]; tree: string[] }> => {
  list.spans = [];
  const value = await withSpan('root' as never, {}, work);
  const spans = list.spans;
  const names = new Map(spans.map((span) => [span.spanContext().spanId, span.name]));
  const parent = (span: RecordedSpan) => names.get(span.parentSpanContext?.spanId ?? '') ?? '-';
  return { value, spans, tree: spans.map((span) => `${parent(span)} > ${span.name}`).sort() };
};
const isQuery = (span: RecordedSpan) => span.attributes['db.system.name'] === 'postgresql';
const serve = (changes: Partial<FeedRequest> = {}, type: 'unified' | 'timeline' | 'global' | 'trending' = 'unified') =>
  serveFeed(ctx, type, { ...request(viewer), ...changes }, false);

describe('the trace of a unified feed', () => {
  it('has a span for each source with one query, and the rest, when nothing is cached', async () => {
    const { tree, spans } = await traced(() => serve());
    expect(tree).toEqual(
      [
        '- > root',
        'root > GET feed:unified',
        'root > feed.get',
        'feed.get > feed.snapshot',
        'feed.snapshot > SELECT posts',
        'feed.get > feed.source following',
        'feed.source following > SELECT posts',
        'feed.get > feed.source recommended',
        'feed.source recommended > SELECT genre_rankings',
        'feed.get > feed.source trending',
        'feed.source trending > SELECT trending_posts',
        'feed.get > feed.source recent',
        'feed.source recent > SELECT posts',
        'feed.get > feed.rank',
        'feed.get > feed.hydrate',
        'feed.hydrate > SELECT posts',
        'root > SET feed:unified',
      ].sort(),
    );
    const source = spans.find(({ name }) => name === 'feed.source following');
    expect(source?.attributes).toEqual({
      'feed.source.count': 60,
      'feed.source.duration': expect.any(Number),
      'feed.source.timed_out': false,
    });
  });

  it('has nothing but the cache when it is cached', async () => {
    const first = await serve();
    const { tree, value } = await traced(() => serve());
    expect(tree).toEqual(['- > root', 'root > GET feed:unified']);
    expect(value).toMatchObject({ body: first.body, etag: first.etag, outcome: 'HIT' });
  });

  it.each([1, 20, 100])('takes at most 6 queries with a limit of %d, and 5 on later pages', async (limit) => {
    const first = await traced(() => serve({ limit }));
    expect(first.spans.filter(isQuery)).toHaveLength(6);
    const cursor: string = JSON.parse(first.value.body).meta.next_cursor;
    const second = await traced(() => serve({ limit, cursor }));
    expect(second.spans.filter(isQuery).length).toBeLessThanOrEqual(5);
  });
});

describe('caching', () => {
  it('fills once for 100 that ask at once', async () => {
    const { value, spans } = await traced(() => Promise.all(Array.from({ length: 100 }, () => serve())));
    expect(new Set(value.map(({ body }) => body)).size).toBe(1);
    expect(spans.filter(({ name }) => name === 'feed.get')).toHaveLength(1);
    expect(spans.filter(isQuery)).toHaveLength(6);
  });

  it('links those that wait to the trace that fills', async () => {
    list.spans = [];
    await Promise.all([withSpan('leader' as never, {}, () => serve()), withSpan('waiter' as never, {}, () => serve())]);
    const spans = list.spans;
    const of = (name: string) => spans.find((span) => span.name === name);
    expect(of('waiter')?.links.map(({ context }) => context.spanId)).toEqual([of('leader')?.spanContext().spanId]);
    expect(of('waiter')?.events.map(({ name }) => name)).toEqual(['feed fill joined']);
    const trace = of('waiter')?.spanContext().traceId;
    expect(
      spans
        .filter((span) => span.spanContext().traceId === trace)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['GET feed:unified', 'waiter']);
  });

  it.each([
    ['unified', 30],
    ['timeline', 30],
    ['global', 60],
    ['trending', 300],
  ] as const)('keeps %s fresh for %d s', async (type, seconds) => {
    expect(await serve({}, type)).toMatchObject({ outcome: 'MISS', maxAge: seconds });
    now += seconds * 1000 - 1500;
    expect(await serve({}, type)).toMatchObject({ outcome: 'HIT', maxAge: 1 });
    now += 1500;
    expect(await serve({}, type)).toMatchObject({ outcome: 'MISS' });
  });

  it('asks anew when told to, and keeps that', async () => {
    const first = await serve();
    const fresh = await serveFeed(ctx, 'unified', request(viewer), true);
    expect(fresh.outcome).toBe('BYPASS');
    expect(fresh.etag).not.toBe(first.etag);
    expect((await serve()).etag).toBe(fresh.etag);
  });

  it('tells apart limits, cursors, offsets, filters and viewers', async () => {
    const cursor: string = JSON.parse((await serve()).body).meta.next_cursor;
    for (const changes of [
      { limit: 21 },
      { cursor },
      { offset: 1 },
      { filters: { genre: 'House' } },
      { filters: { keys: ['House'] } },
      { viewerId: friend },
    ]) {
      expect((await serve(changes)).outcome).toBe('MISS');
      expect((await serve(changes)).outcome).toBe('HIT');
    }
  });

  it('shares public feeds among all who are not signed in', async () => {
    expect((await serve({ viewerId: undefined }, 'global')).outcome).toBe('MISS');
    expect((await serve({ viewerId: undefined }, 'global')).outcome).toBe('HIT');
    await invalidatePublicFeeds(ctx.cache);
    expect((await serve({ viewerId: undefined }, 'global')).outcome).toBe('MISS');
  });

  it.each(['unified', 'timeline', 'global', 'trending'] as const)(
    'shows in %s what the viewer did just now',
    async (type) => {
      const before = JSON.parse((await serve({}, type)).body);
      const id: string = before.activities[0].id;
      await database.db.$executeRaw`INSERT INTO likes VALUES (${viewer}::uuid, ${id}::uuid) ON CONFLICT DO NOTHING`;
      await invalidatePersonalFeeds(ctx.cache, viewer);
      const after = JSON.parse((await serve({}, type)).body);
      expect(after.activities.find((activity: { id: string }) => activity.id === id)).toMatchObject({ is_liked: true });
      await database.db.$executeRaw`DELETE FROM likes`;
    },
  );

  it('gives nobody who asks after an invalidation what was read before it', async () => {
    let reads = 0;
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    ctx = {
      ...ctx,
      recommender: {
        recommend: async () => {
          reads += 1;
          if (reads === 1) await gate;
          return [];
        },
      },
    };
    const before = serve();
    await expect.poll(() => reads).toBe(1);
    await invalidatePersonalFeeds(ctx.cache, viewer);
    const after = await serve();
    release();
    expect((await before).etag).not.toBe(after.etag);
    expect(await serve()).toMatchObject({ outcome: 'HIT', etag: after.etag });
  });

  it('serves what it kept while the database is away, for ten minutes, and never instead of a 4xx', async () => {
    const kept = await serve();
    const gone = {
      ...ctx,
      db: new Proxy(ctx.db, { get: () => () => Promise.reject(new Error('connection refused')) }),
    };
    expect(await serveFeed(gone, 'unified', request(viewer), false)).toMatchObject({ outcome: 'HIT' });
    now += 31_000;
    const stale = await serveFeed(gone, 'unified', request(viewer), false);
    expect(stale).toMatchObject({ outcome: 'STALE', body: kept.body, maxAge: 0 });
    await expect(serveFeed(gone, 'unified', request(viewer, { limit: 3 }), false)).rejects.toThrow(
      'connection refused',
    );
    await expect(serve({ cursor: 'AAAA' })).rejects.toThrow(AppError);
  });

  it('does not keep a feed that lacks a source', async () => {
    ctx = { ...ctx, recommender: { recommend: () => Promise.reject(new Error('away')) } };
    expect(await serve()).toMatchObject({ outcome: 'MISS', maxAge: 0 });
    expect(await serve()).toMatchObject({ outcome: 'MISS' });
  });
});
