import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Database } from '../../src/data/database.ts';
import { AppError } from '../../src/errors.ts';
import type { FeedPage } from '../../src/features/feed/feed.ts';
import { refreshTrending } from '../../src/features/feed/trending-refresher.ts';
import { unifiedFeed } from '../../src/features/feed/unified.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import {
  addFollow,
  addPost,
  addUser,
  deletePost,
  endFollow,
  feedContext,
  mute,
  request,
  setPrivate,
  visibleTo,
} from './world.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const PEOPLE = 6;
const person = fc.nat(PEOPLE - 1);
const visibility = fc.constantFrom('public' as const, 'public' as const, 'followers' as const, 'private' as const);
const post = fc.record({
  by: person,
  visibility,
  genre: fc.constantFrom<string[]>([], ['House'], ['House', 'Dub']),
  likes: fc.constantFrom(0, 3, 10, 30, 200),
  plays: fc.constantFrom(0, 60, 300),
  ageHours: fc.constantFrom(0, 2, 12, 100, 300),
});
/** What anyone may do while a client pages; person 0 is the viewer. */
const operation = fc.oneof(
  fc.record({ kind: fc.constant('post' as const), post }),
  fc.record({ kind: fc.constant('delete' as const), which: fc.nat() }),
  fc.record({ kind: fc.constantFrom('like' as const, 'unlike' as const), which: fc.nat() }),
  fc.record({ kind: fc.constantFrom('follow' as const, 'unfollow' as const), by: person, whom: person }),
  fc.record({ kind: fc.constantFrom('follow' as const, 'unfollow' as const), by: fc.constant(0), whom: person }),
  fc.record({ kind: fc.constantFrom('mute' as const, 'private' as const, 'open' as const), by: fc.nat({ max: 9 }) }),
  fc.record({ kind: fc.constant('rank' as const) }),
);
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never;

const world = fc.record({
  posts: fc.array(post, { minLength: 0, maxLength: 60 }),
  follows: fc.array(fc.tuple(person, person), { maxLength: 12 }),
  private: fc.array(person, { maxLength: 1 }),
  limits: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }),
  batches: fc.array(fc.array(operation, { maxLength: 4 }), { maxLength: 30 }),
  /** The viewer counts as one who follows many: followed posts are looked for in another way then. */
  followsMany: fc.boolean(),
  /** Whether the sources of a page get too little time, by page. */
  hurried: fc.array(fc.boolean(), { maxLength: 10 }),
});

type Plan = typeof world extends fc.Arbitrary<infer T> ? T : never;

interface World {
  db: Database;
  people: string[];
  posts: string[];
}

const perform = async ({ db, people, posts }: World, operation: Operation): Promise<void> => {
  const somebody = (index: number) => people[index] ?? '';
  switch (operation.kind) {
    case 'post':
      posts.push(await addPost(db, somebody(operation.post.by), operation.post));
      return;
    case 'delete':
      await deletePost(db, posts[operation.which % Math.max(1, posts.length)] ?? people[0] ?? '');
      return;
    case 'like':
    case 'unlike': {
      const step = operation.kind === 'like' ? 40 : -40;
      const id = posts[operation.which % Math.max(1, posts.length)] ?? people[0] ?? '';
      await db.$executeRaw`UPDATE posts SET like_count = greatest(0, like_count + ${step}) WHERE id = ${id}::uuid`;
      return;
    }
    case 'follow':
    case 'unfollow': {
      if (operation.by === operation.whom) return;
      const change = operation.kind === 'follow' ? addFollow : endFollow;
      await change(db, somebody(operation.by), somebody(operation.whom));
      return;
    }
    case 'mute':
      // Only one person is ever muted, or soon nobody would be left.
      await mute(db, somebody(0), somebody(PEOPLE - 1));
      return;
    case 'private':
    case 'open':
      await setPrivate(db, somebody(1 + (operation.by % 2)), operation.kind === 'private');
      return;
    case 'rank':
      await refreshTrending(db, new Date());
  }
};

/** A hurried page leaves reads behind that are still running; emptying their tables under them can be a deadlock. */
const empty = async (db: Database): Promise<void> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await db.$executeRaw`TRUNCATE users, trending_runs, genre_rankings CASCADE`;
      return;
    } catch (error) {
      if (attempt >= 10 || !String(error).includes('40P01')) throw error;
      await sleep(50);
    }
  }
};

let worlds = 0;
const build = async (db: Database, plan: Plan): Promise<World> => {
  await empty(db);
  worlds += 1;
  const people: string[] = [];
  for (let i = 0; i < PEOPLE; i += 1) people.push(await addUser(db, `w${worlds}p${i}`, plan.private.includes(i)));
  const posts: string[] = [];
  for (const planned of plan.posts) posts.push(await addPost(db, people[planned.by] ?? '', planned));
  for (const [index, [by, whom]] of plan.follows.entries()) {
    if (by === whom) continue;
    await addFollow(db, people[by] ?? '', people[whom] ?? '');
    // Some follows are old and some are from just now: snapshots tell these apart.
    if (index % 2 === 0) await db.$executeRaw`UPDATE follows SET created_at = now() - interval '1 hour'`;
  }
  if (plan.followsMany) await db.$executeRaw`UPDATE users SET following_count = 5000 WHERE id = ${people[0]}::uuid`;
  await db.$executeRaw`INSERT INTO user_genres VALUES (${people[0]}::uuid, 'House', 5), (${people[0]}::uuid, 'Dub', 2)`;
  await refreshTrending(db, new Date());
  return { db, people, posts };
};

it('shows every post at most once and skips none, whatever anyone does meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(world, async (plan) => {
      const state = await build(database.db, plan);
      const viewer = state.people[0] ?? '';
      const followedFirst = new Set(
        (await state.db.follow.findMany({ where: { followerId: viewer } })).map(({ followeeId }) => followeeId),
      );
      const authors = new Map(
        (await state.db.post.findMany({ select: { id: true, userId: true } })).map(({ id, userId }) => [id, userId]),
      );
      const there = new Set(state.posts);
      // Seen through a public listing at first and only through a follow later: the one thing not promised.
      const changedHands = new Set<string>();
      let steady = await visibleTo(state.db, viewer);
      const everVisible = new Set(steady);
      const sample = async () => {
        const now = await visibleTo(state.db, viewer);
        for (const id of now) everVisible.add(id);
        steady = new Set([...steady].filter((id) => now.has(id)));
        const listed = await state.db.post.findMany({ where: { listed: false }, select: { id: true, userId: true } });
        for (const { id, userId } of listed) {
          if (userId !== viewer && !followedFirst.has(userId)) changedHands.add(id);
        }
      };

      const shown: string[] = [];
      let cursor: string | undefined;
      for (let page = 0, more = true; more; page += 1) {
        expect(page).toBeLessThan(400);
        const hurried = plan.hurried[page] ?? false;
        const ctx = feedContext(state.db, {
          config: { FEED_SOURCE_TIMEOUT: hurried ? 1 : 20_000, DATABASE_POOL_SIZE: 10 },
        });
        const limit = plan.limits[page % plan.limits.length] ?? 1;
        const reading = unifiedFeed(ctx, request(viewer, { limit, cursor })).catch(
          (error: unknown): FeedPage | undefined => {
            if (error instanceof AppError && error.code === 'SERVICE_UNAVAILABLE') return undefined;
            throw error;
          },
        );
        // The first page is the moment that the promise is about; all others are read while things happen.
        if (page === 0) await reading;
        for (const happens of plan.batches[page] ?? []) {
          await perform(state, happens);
          await sample();
        }
        const answer = await reading;
        if (answer === undefined) {
          // Late reads of the pages before are still running: a moment later they are not.
          await sleep(20);
          continue;
        }
        expect(answer.activities.length).toBeLessThanOrEqual(limit);
        shown.push(...answer.activities.map(({ id }) => id));
        more = answer.meta.has_more;
        expect(answer.meta.next_cursor === null).toBe(!more);
        cursor = answer.meta.next_cursor ?? undefined;
        if (cursor !== undefined) expect(cursor.length).toBeLessThan(4096);
        // A first page that nobody answered begins again.
      }
      expect(
        shown.filter((id, index) => shown.indexOf(id) !== index),
        'shown twice',
      ).toEqual([]);
      const missing = [...steady].filter((id) => there.has(id) && !changedHands.has(id) && !shown.includes(id));
      expect(
        missing.map((id) => ({ id, own: authors.get(id) === viewer })),
        'skipped',
      ).toEqual([]);
      expect(
        shown.filter((id) => !everVisible.has(id)),
        'never visible',
      ).toEqual([]);
    }),
    { numRuns: Number(process.env.PAGING_RUNS ?? 40) },
  );
}, 120_000);
