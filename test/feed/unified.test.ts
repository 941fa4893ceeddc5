import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshTrending } from '../../src/features/feed/trending-refresher.ts';
import { unifiedFeed } from '../../src/features/feed/unified.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  addFollow,
  addPost,
  addUser,
  allPages,
  deletePost,
  endFollow,
  feedContext,
  mute,
  request,
  setPrivate,
} from './world.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** Four people of whom the viewer follows one; everyone has a post. */
const world = async (name: string) => {
  const { db } = database;
  const viewer = await addUser(db, `${name}_viewer`);
  const friend = await addUser(db, `${name}_friend`);
  const stranger = await addUser(db, `${name}_stranger`);
  await addFollow(db, viewer, friend);
  return { db, viewer, friend, stranger, ctx: feedContext(db) };
};

const idsOf = async (ctx: ReturnType<typeof feedContext>, viewer: string) =>
  (await allPages(ctx, request(viewer, { limit: 50 }))).flatMap((page) => page.activities.map(({ id }) => id));

describe('sources', () => {
  it('names where each post comes from and gives a post the best of its sources', async () => {
    const { db, viewer, friend, stranger, ctx } = await world('sources');
    const followed = await addPost(db, friend, { likes: 500, genre: ['House'] });
    const popular = await addPost(db, stranger, { likes: 400, genre: ['House'] });
    const trending = await addPost(db, stranger, { likes: 30 });
    await db.$executeRaw`INSERT INTO user_genres VALUES (${viewer}::uuid, 'House', 3)`;
    await refreshTrending(db, new Date());
    const recent = await addPost(db, stranger);
    const { activities, meta } = await unifiedFeed(ctx, request(viewer));
    const found = Object.fromEntries(activities.map((activity) => [activity.id, activity]));
    expect(found[followed]).toMatchObject({ source: 'following', is_following: true, score: 2.925 });
    expect(found[popular]).toMatchObject({
      source: 'recommended',
      is_recommended: true,
      recommendation_reason: 'Popular in House',
      score: 2.535,
    });
    expect(found[trending]).toMatchObject({ source: 'trending', is_recommended: false, score: 1.8 });
    expect(found[recent]).toMatchObject({ source: 'recent', score: 1.05 });
    expect(meta).toMatchObject({ following_count: 1, recommended_count: 1, trending_count: 1, degraded_sources: [] });
    expect(activities.map(({ score }) => score)).toEqual(activities.map(({ score }) => score).sort((a, b) => b - a));
  });

  it('narrows every source by the filters', async () => {
    const { db, viewer, friend, stranger, ctx } = await world('filters');
    const wanted = { genre: ['Dub', 'House'], key: 'Am', daw: 'Bitwig Studio', bpm: 121.5, likes: 900 };
    const mine = [await addPost(db, friend, wanted), await addPost(db, stranger, wanted)];
    for (const other of [{ genre: ['House'] }, { key: 'C' }, { daw: 'Logic' }, { bpm: 119 }, { bpm: 124 }]) {
      await addPost(db, friend, { ...wanted, ...other });
      await addPost(db, stranger, { ...wanted, ...other });
    }
    await refreshTrending(db, new Date());
    const filters = { genre: 'Dub', keys: ['Am', 'A minor'], daw: 'bitwig studio', bpmMin: 120, bpmMax: 123 };
    const { activities, meta } = await unifiedFeed(ctx, request(viewer, { filters }));
    expect(activities.map(({ id }) => id).sort()).toEqual(mine.sort());
    expect(meta).toMatchObject({ has_more: false, next_cursor: null });
  });
});

describe('who sees what', () => {
  it('leaves out what is muted, deleted, archived, not ready, or not for the viewer', async () => {
    const { db, viewer, friend, stranger, ctx } = await world('privacy');
    const hermit = await addUser(db, 'privacy_hermit', true);
    const intimate = await addUser(db, 'privacy_intimate', true);
    const bore = await addUser(db, 'privacy_bore');
    await addFollow(db, viewer, intimate);
    await addFollow(db, viewer, bore);
    const seen = [
      await addPost(db, friend, { visibility: 'followers' }),
      await addPost(db, stranger),
      await addPost(db, intimate),
      await addPost(db, viewer, { visibility: 'private' }),
    ];
    const unseen = [
      await addPost(db, friend, { visibility: 'private' }),
      await addPost(db, friend, { audioStatus: 'processing' }),
      await addPost(db, viewer, { audioStatus: 'failed' }),
      await addPost(db, stranger, { visibility: 'followers' }),
      await addPost(db, hermit),
      await addPost(db, bore),
      await addPost(db, stranger, { likes: 50 }),
      await addPost(db, friend),
    ];
    await refreshTrending(db, new Date());
    await mute(db, viewer, bore);
    await deletePost(db, unseen.at(-2) ?? '');
    await db.$executeRaw`UPDATE posts SET archived_at = now(), listed = false WHERE id = ${unseen.at(-1)}::uuid`;
    const ids = await idsOf(ctx, viewer);
    expect(ids).toEqual(expect.arrayContaining(seen));
    expect(ids.filter((id) => unseen.includes(id))).toEqual([]);
  });

  it('hides at once what became private, and shows it to followers', async () => {
    const { db, viewer, friend, stranger, ctx } = await world('turned');
    const [kept, gone] = [await addPost(db, friend), await addPost(db, stranger)];
    await setPrivate(db, friend, true);
    await setPrivate(db, stranger, true);
    const ids = await idsOf(ctx, viewer);
    expect(ids).toContain(kept);
    expect(ids).not.toContain(gone);
    await endFollow(db, viewer, friend);
    expect(await idsOf(ctx, viewer)).not.toContain(kept);
  });
});

describe('offset', () => {
  it('passes over as many posts, in the same order, and gives no cursor', async () => {
    const { db, viewer, friend, ctx } = await world('offset');
    for (let i = 0; i < 30; i += 1) await addPost(db, friend, { ageHours: i * 3, likes: (i * 7) % 60 });
    const filters = { genre: undefined };
    const whole = await unifiedFeed(ctx, request(viewer, { limit: 20, filters }));
    const second = await unifiedFeed(ctx, request(viewer, { limit: 5, offset: 10, filters }));
    expect(second.activities.map(({ id }) => id)).toEqual(whole.activities.slice(10, 15).map(({ id }) => id));
    expect(second.meta).toMatchObject({ has_more: true, next_cursor: null });
  });
});

describe('degraded', () => {
  /** Keeps a table locked while `work` runs. */
  const locking = async <T>(table: string, work: () => Promise<T>): Promise<T> => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    try {
      await client.query(`BEGIN; LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`);
      return await work();
    } finally {
      await client.query('ROLLBACK');
      await client.end();
    }
  };

  it('goes on without a source that is over its budget, and shows its posts later', async () => {
    const { db, viewer, friend, stranger } = await world('slow');
    await addPost(db, friend);
    await addPost(db, stranger, { likes: 3000 });
    await refreshTrending(db, new Date());
    const ctx = feedContext(db, { config: { FEED_SOURCE_TIMEOUT: 300, DATABASE_POOL_SIZE: 10 } });
    const begin = performance.now();
    const page = await locking('trending_posts', () => unifiedFeed(ctx, request(viewer)));
    expect(performance.now() - begin).toBeLessThan(3000);
    expect(page.meta.degraded_sources).toEqual(['trending']);
    expect(page.activities.some(({ source }) => source === 'following')).toBe(true);
  });

  it('does not let a source that hangs take every connection', async () => {
    const { db, viewer, friend } = await world('hangs');
    await addPost(db, friend);
    const ctx = feedContext(db, { config: { FEED_SOURCE_TIMEOUT: 150, DATABASE_POOL_SIZE: 10 } });
    await locking('trending_posts', async () => {
      for (let i = 0; i < 15; i += 1) {
        const { meta } = await unifiedFeed(ctx, request(viewer));
        expect(meta.degraded_sources).toContain('trending');
        expect(meta.following_count).toBeGreaterThan(0);
      }
    });
    await expect.poll(async () => (await unifiedFeed(ctx, request(viewer))).meta.degraded_sources).toEqual([]);
  });

  it('goes on without a recommender that throws', async () => {
    const { db, viewer, friend } = await world('throws');
    await addPost(db, friend);
    const recommender = { recommend: () => Promise.reject(new Error('out of order')) };
    const page = await unifiedFeed(feedContext(db, { recommender }), request(viewer));
    expect(page.meta.degraded_sources).toEqual(['recommended']);
    expect(page.meta.count).toBeGreaterThan(0);
  });

  it('is a 503 when no source answers', async () => {
    const { db, viewer } = await world('silent');
    const ctx = feedContext(db, {
      config: { FEED_SOURCE_TIMEOUT: 200, DATABASE_POOL_SIZE: 10 },
      recommender: { recommend: () => sleep(1000).then(() => []) },
    });
    const cursor = (await unifiedFeed(feedContext(db), request(viewer, { limit: 1 }))).meta.next_cursor ?? undefined;
    const failure = locking('posts', () => unifiedFeed(ctx, request(viewer, { limit: 1, cursor })));
    await expect(failure).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfter: 5 });
  });
});
