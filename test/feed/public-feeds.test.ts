import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedContext, FeedPage } from '../../src/features/feed/feed.ts';
import { globalFeed } from '../../src/features/feed/global.ts';
import { timelineFeed } from '../../src/features/feed/timeline.ts';
import { trendingFeed } from '../../src/features/feed/trending.ts';
import { refreshTrending, TrendingRefresher } from '../../src/features/feed/trending-refresher.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { addFollow, addPost, addUser, endFollow, feedContext, HOUR, mute, request } from './world.ts';

let database: TestDatabase;
let ctx: FeedContext;
beforeAll(async () => {
  database = await createTestDatabase();
  ctx = feedContext(database.db);
});
afterAll(() => database.close());

const empty = () => database.db.$executeRaw`TRUNCATE users, trending_runs, genre_rankings CASCADE`;
const ids = (page: FeedPage) => page.activities.map(({ id }) => id);
const anyone = { ...request(''), viewerId: undefined };

describe('timeline', () => {
  it('has followed people and oneself, newest first, each post once however follows change meanwhile', async () => {
    await empty();
    const { db } = database;
    const [viewer, friend, other, stranger] = await Promise.all(
      ['viewer', 'friend', 'other', 'stranger'].map((name) => addUser(db, name)),
    );
    if (!viewer || !friend || !other || !stranger) throw new Error('nobody there');
    await addFollow(db, viewer, friend);
    await addFollow(db, viewer, other);
    const published: string[] = [];
    for (let i = 0; i < 12; i += 1) {
      const author = [viewer, friend, other][i % 3] ?? viewer;
      published.push(await addPost(db, author));
      await addPost(db, stranger);
    }
    const first = await timelineFeed(ctx, request(viewer, { limit: 5 }));
    await endFollow(db, viewer, other);
    await addFollow(db, viewer, stranger);
    await addPost(db, friend);
    const shown = ids(first);
    for (let cursor = first.meta.next_cursor; cursor !== null; ) {
      const page = await timelineFeed(ctx, request(viewer, { limit: 5, cursor }));
      shown.push(...ids(page));
      cursor = page.meta.next_cursor;
    }
    expect(shown).toEqual(published.toReversed());
    expect(ids(await timelineFeed(ctx, request(viewer, { limit: 3, offset: 2 })))).toHaveLength(3);
  });
});

describe('global', () => {
  it('has all public posts, newest first, to its end, without people the viewer muted', async () => {
    await empty();
    const { db } = database;
    const [viewer, author, bore] = [
      await addUser(db, 'viewer'),
      await addUser(db, 'author'),
      await addUser(db, 'bore'),
    ];
    await mute(db, viewer, bore);
    const published: string[] = [];
    for (let i = 0; i < 7; i += 1) {
      published.push(await addPost(db, author, { genre: [i % 2 ? 'Dub' : 'House'] }));
      await addPost(db, author, { visibility: 'followers' });
    }
    const muted = await addPost(db, bore);
    const newestFirst = published.toReversed();
    const first = await globalFeed(ctx, request(viewer, { limit: 4 }));
    expect(ids(first)).toEqual(newestFirst.slice(0, 4));
    await addPost(db, author);
    const second = await globalFeed(ctx, request(viewer, { limit: 4, cursor: first.meta.next_cursor ?? undefined }));
    expect(ids(second)).toEqual(newestFirst.slice(4));
    expect(second.meta).toMatchObject({ has_more: false, next_cursor: null, count: 3 });
    expect(ids(await globalFeed(ctx, anyone))).toContain(muted);
    expect(ids(await globalFeed(ctx, { ...anyone, filters: { genre: 'Dub' } }))).toHaveLength(3);
    expect(ids(await globalFeed(ctx, { ...anyone, offset: 2, limit: 2 }))).toHaveLength(2);
  });
});

describe('trending', () => {
  it('ranks public posts of seven days by (likes + 0.5 plays + 2 comments) / max(1, hours)', async () => {
    await empty();
    const { db } = database;
    const author = await addUser(db, 'author');
    const third = await addPost(db, author, { likes: 100, ageHours: 10 });
    const first = await addPost(db, author, { comments: 8, plays: 10, likes: 1 });
    const second = await addPost(db, author, { likes: 20, ageHours: 0.5 });
    await addPost(db, author, { likes: 9999, ageHours: 169 });
    await addPost(db, author, { likes: 9999, visibility: 'followers' });
    expect((await trendingFeed(ctx, anyone)).meta).toMatchObject({ count: 0, has_more: false });
    await refreshTrending(db, new Date());
    const page = await trendingFeed(ctx, anyone);
    expect(ids(page)).toEqual([first, second, third]);
    expect(page.activities.map(({ score }) => score)).toEqual([22, 20, expect.closeTo(10, 1)]);
    expect(page.activities.every(({ source }) => source === 'trending')).toBe(true);
  });

  it('goes on in the ranking that a cursor began in, and refuses one whose ranking is gone', async () => {
    await empty();
    const { db } = database;
    const author = await addUser(db, 'author');
    const ranked: string[] = [];
    for (let i = 0; i < 6; i += 1) ranked.push(await addPost(db, author, { likes: 100 - i }));
    await refreshTrending(db, new Date());
    const first = await trendingFeed(ctx, { ...anyone, limit: 3 });
    await db.$executeRaw`UPDATE posts SET like_count = 1000 - like_count`;
    await refreshTrending(db, new Date());
    const cursor = first.meta.next_cursor ?? undefined;
    const second = await trendingFeed(ctx, { ...anyone, limit: 3, cursor });
    expect([...ids(first), ...ids(second)]).toEqual(ranked);
    expect(second.meta.next_cursor).toBeNull();
    await refreshTrending(db, new Date(Date.now() + 3 * HOUR));
    await expect(trendingFeed(ctx, { ...anyone, limit: 3, cursor })).rejects.toMatchObject({ field: 'cursor' });
  });

  it('is refreshed by one at a time', async () => {
    const { db } = database;
    const done = await Promise.all([1, 2, 3].map(() => refreshTrending(db, new Date())));
    expect(done).toContain(true);
    const refresher = new TrendingRefresher(db, () => new Date());
    const before = await db.trendingRun.count();
    await refresher.start();
    expect(await db.trendingRun.count()).toBe(before + 1);
    await refresher.stop();
  });
});
