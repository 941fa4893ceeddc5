import { beforeEach, describe, expect, it } from 'vitest';
import { AppError } from '../../src/errors.ts';
import { createPost } from '../../src/features/posts/create-post.ts';
import { followUser, unfollowUser } from '../../src/features/social/follow.ts';
import {
  acceptFollowRequest,
  getFollowRequests,
  rejectFollowRequest,
} from '../../src/features/social/follow-requests.ts';
import { muteUser, unmuteUser } from '../../src/features/social/mute.ts';
import { getUserPosts } from '../../src/features/users/get-posts.ts';
import { getProfile } from '../../src/features/users/get-profile.ts';
import { getFollowers, getFollowing, getMuted, getRecommendedUsers } from '../../src/features/users/lists.ts';
import { findUsersByName } from '../../src/features/users/search-users.ts';
import { updateProfile } from '../../src/features/users/update-user.ts';
import { useWorld } from './harness.ts';

const { get } = useWorld();

/** Somebody without a login; many are needed and hashing passwords is slow. */
const person = async (
  username: string,
  fields: { displayName?: string; isPrivate?: boolean; followerCount?: number } = {},
): Promise<string> => {
  const { displayName = username, ...rest } = fields;
  const { id } = await get().db.user.create({
    data: { username, email: `${username}@example.com`, displayName, passwordHash: '-', ...rest },
    select: { id: true },
  });
  return id;
};
const people = (prefix: string, count: number): Promise<string[]> =>
  Promise.all(Array.from({ length: count }, (_, i) => person(`${prefix}${i}`)));

const profileOf = (id: string, viewer?: string) => getProfile(get(), viewer, id);
const LIST = { limit: 20 };

/** The counters of all users are what the rows say. */
const expectRightCounters = async (): Promise<void> => {
  const wrong = await get().db.$queryRaw`
    SELECT u.username, u.follower_count, u.following_count FROM users u
    WHERE u.username NOT LIKE 'popular%' AND (
      u.follower_count <> (SELECT count(*) FROM follows WHERE followee_id = u.id)
      OR u.following_count <> (SELECT count(*) FROM follows WHERE follower_id = u.id))`;
  expect(wrong).toEqual([]);
};
const refused = (action: Promise<unknown>) =>
  action.then(
    () => 'nothing was refused',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  );

let name = 0;
let alice: string;
let bob: string;
beforeEach(async () => {
  name += 1;
  [alice, bob] = [await person(`alice${name}`), await person(`bob${name}`)];
  get().invalidated.length = 0;
});

describe('following', () => {
  it('counts once, can be repeated, ends, and can be named by id or username in any case', async () => {
    expect(await followUser(get(), alice, bob)).toBe('following');
    expect(get().invalidated).toContain(`feed:unified ${alice}`);
    expect(await followUser(get(), alice, `BOB${name}`)).toBe('following');
    expect(await followUser(get(), alice, bob.toUpperCase())).toBe('following');
    expect(await profileOf(bob, alice)).toMatchObject({ followerCount: 1, followStatus: 'following' });
    expect(await profileOf(alice, bob)).toMatchObject({ followingCount: 1, followStatus: 'none', followsViewer: true });
    expect(await unfollowUser(get(), alice, bob)).toBe('none');
    expect(await unfollowUser(get(), alice, bob)).toBe('none');
    expect(await profileOf(bob, alice)).toMatchObject({ followerCount: 0, followStatus: 'none' });
    await expectRightCounters();
  });

  it('of oneself is refused, of nobody is not found', async () => {
    expect(await refused(followUser(get(), alice, alice))).toBe('VALIDATION_ERROR');
    expect(await refused(followUser(get(), alice, `alice${name}`))).toBe('VALIDATION_ERROR');
    expect(await refused(followUser(get(), alice, 'nobody_at_all'))).toBe('NOT_FOUND');
    expect(await refused(followUser(get(), alice, "x' OR 1=1 --"))).toBe('NOT_FOUND');
    expect(await refused(unfollowUser(get(), alice, '019a2b3c-0000-7000-8000-000000000001'))).toBe('NOT_FOUND');
  });

  it('200 times at once with unfollowing in between keeps the counters right', async () => {
    await Promise.all(
      Array.from({ length: 200 }, (_, i) =>
        i % 2 === 0 ? followUser(get(), alice, bob) : unfollowUser(get(), alice, bob),
      ),
    );
    await expectRightCounters();
    await followUser(get(), alice, bob);
    expect(await profileOf(bob)).toMatchObject({ followerCount: 1 });
  });

  it('by 30 people of each other, all at once, waits for nobody forever and counts right', async () => {
    const crowd = await people(`crowd${name}_`, 30);
    await Promise.all(
      crowd.flatMap((one) => crowd.flatMap((other) => (one === other ? [] : [followUser(get(), one, other)]))),
    );
    await expectRightCounters();
    expect(await profileOf(crowd[0] ?? '')).toMatchObject({ followerCount: 29, followingCount: 29 });
    await Promise.all(
      crowd.flatMap((one) => crowd.flatMap((other) => (one === other ? [] : [unfollowUser(get(), one, other)]))),
    );
    await expectRightCounters();
    expect(await profileOf(crowd[0] ?? '')).toMatchObject({ followerCount: 0, followingCount: 0 });
  });

  it('that ended is remembered for as long as cursors live, and no longer', async () => {
    await followUser(get(), alice, bob);
    const [{ createdAt } = { createdAt: undefined }] = await get().db.follow.findMany({ where: { followerId: alice } });
    await get().db.endedFollow.create({
      data: {
        followerId: bob,
        followeeId: alice,
        startedAt: new Date(0),
        endedAt: new Date(Date.now() - 26 * 3_600_000),
      },
    });
    await unfollowUser(get(), alice, bob);
    const ended = await get().db.endedFollow.findMany({
      where: { OR: [{ followerId: alice }, { followeeId: alice }] },
    });
    expect(ended).toMatchObject([{ followerId: alice, followeeId: bob, startedAt: createdAt }]);
  });

  it('shows in lists that page through everybody once, though others come and go', async () => {
    const fans = await people(`fan${name}_`, 25);
    for (const fan of fans) await followUser(get(), fan, bob);
    await followUser(get(), alice, fans[3] ?? '');
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await getFollowers(get(), alice, bob, { limit: 7, cursor });
      expect(page.items.length).toBeLessThanOrEqual(7);
      for (const row of page.items) expect(row.isFollowing).toBe(row.id === fans[3]);
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
      await followUser(get(), await person(`late${name}_${seen.length}`), bob);
    } while (cursor !== undefined);
    expect(seen).toEqual([...fans].reverse());
    expect((await getFollowing(get(), undefined, fans[0] ?? '', LIST)).items).toMatchObject([
      { id: bob, isFollowing: false },
    ]);
  });

  it('pages only with a cursor of the same list', async () => {
    const fans = await people(`cur${name}_`, 3);
    for (const fan of fans) await followUser(get(), fan, bob);
    const { nextCursor } = await getFollowers(get(), undefined, bob, { limit: 1 });
    const cursor = nextCursor ?? '';
    expect(await refused(getFollowers(get(), undefined, alice, { limit: 1, cursor }))).toBe('VALIDATION_ERROR');
    expect(await refused(getFollowing(get(), undefined, bob, { limit: 1, cursor }))).toBe('VALIDATION_ERROR');
    expect(await refused(getFollowers(get(), undefined, bob, { limit: 1, cursor: `${cursor}A` }))).toBe(
      'VALIDATION_ERROR',
    );
  });
});

describe('a private account', () => {
  beforeEach(async () => {
    await updateProfile(get(), bob, { isPrivate: true });
  });

  it('is asked, and lets in whom it accepts', async () => {
    expect(await followUser(get(), alice, bob)).toBe('requested');
    expect(await followUser(get(), alice, bob)).toBe('requested');
    expect(await profileOf(bob, alice)).toMatchObject({ followerCount: 0, followStatus: 'requested' });
    const { items } = await getFollowRequests(get(), bob, LIST);
    expect(items).toMatchObject([{ id: alice, username: `alice${name}` }]);
    const request = items[0]?.requestId ?? '';
    expect(await refused(acceptFollowRequest(get(), alice, request))).toBe('NOT_FOUND');
    get().invalidated.length = 0;
    await acceptFollowRequest(get(), bob, request);
    expect(get().invalidated).toContain(`feed:timeline ${alice}`);
    expect(await refused(acceptFollowRequest(get(), bob, request))).toBe('NOT_FOUND');
    expect(await profileOf(bob, alice)).toMatchObject({ followerCount: 1, followStatus: 'following' });
    expect(await followUser(get(), alice, bob)).toBe('following');
    expect((await getFollowRequests(get(), bob, LIST)).items).toEqual([]);
    await expectRightCounters();
  });

  it('may refuse, and may be asked again; a request can be taken back', async () => {
    await followUser(get(), alice, bob);
    const [first] = (await getFollowRequests(get(), bob, LIST)).items;
    expect(await refused(rejectFollowRequest(get(), alice, first?.requestId ?? ''))).toBe('NOT_FOUND');
    await rejectFollowRequest(get(), bob, first?.requestId ?? '');
    expect(await profileOf(bob, alice)).toMatchObject({ followStatus: 'none' });
    expect(await followUser(get(), alice, bob)).toBe('requested');
    expect(await unfollowUser(get(), alice, bob)).toBe('none');
    expect((await getFollowRequests(get(), bob, LIST)).items).toEqual([]);
  });

  it('that accepts one request 20 times at once gains one follower', async () => {
    await followUser(get(), alice, bob);
    const [request] = (await getFollowRequests(get(), bob, LIST)).items;
    const results = await Promise.all(
      Array.from({ length: 20 }, () => refused(acceptFollowRequest(get(), bob, request?.requestId ?? ''))),
    );
    expect(results.filter((result) => result === 'nothing was refused')).toHaveLength(1);
    expect(results.filter((result) => result === 'NOT_FOUND')).toHaveLength(19);
    expect(await profileOf(bob)).toMatchObject({ followerCount: 1 });
  });

  it('pages through its requests', async () => {
    const fans = await people(`ask${name}_`, 9);
    for (const fan of fans) await followUser(get(), fan, bob);
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await getFollowRequests(get(), bob, { limit: 4, cursor });
      seen.push(...page.items.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual([...fans].reverse());
  });

  it('that becomes public lets everyone in who waited, also while more ask', async () => {
    const fans = await people(`wait${name}_`, 10);
    await Promise.all(fans.slice(0, 5).map((fan) => followUser(get(), fan, bob)));
    const [account] = await Promise.all([
      updateProfile(get(), bob, { isPrivate: false }),
      ...fans.slice(5).map((fan) => followUser(get(), fan, bob)),
    ]);
    expect(account.isPrivate).toBe(false);
    expect(account.followerCount).toBeGreaterThanOrEqual(5);
    expect(await profileOf(bob)).toMatchObject({ followerCount: 10 });
    expect((await getFollowRequests(get(), bob, LIST)).items).toEqual([]);
    await expectRightCounters();
  });

  it('changes its mind while others ask and take it back, and nobody is in anybody’s way', async () => {
    // Locks are taken in the order of ids, so the account with the highest is the last that its followers lock.
    const fans = await people(`fan${name}_`, 6);
    const [star = ''] = await people(`star${name}_`, 1);
    for (let round = 0; round < 12; round += 1) {
      await updateProfile(get(), star, { isPrivate: true });
      await Promise.all([
        ...fans.flatMap((fan) => [followUser, unfollowUser, followUser].map((change) => change(get(), fan, star))),
        ...[false, true, false].map((isPrivate) => updateProfile(get(), star, { isPrivate })),
        createPost(get(), star, { audioUrl: 'https://example.com/a.mp3', genre: [], visibility: 'public' }),
      ]);
    }
    await expectRightCounters();
  });

  it('shows its posts to its followers and itself, and to others an empty list that says why', async () => {
    const posts = await Promise.all(
      (['public', 'followers', 'private'] as const).map((visibility) =>
        get().db.post.create({
          data: { userId: bob, audioUrl: 'https://example.com/a.mp3', visibility, listed: false },
        }),
      ),
    );
    const idOf = (visibility: string) => posts.find((post) => post.visibility === visibility)?.id ?? '';
    const seenBy = async (viewer?: string) => {
      const page = await getUserPosts(get(), viewer, bob, LIST);
      return { hidden: page.isHidden, ids: page.items.map(({ id }) => id).sort() };
    };
    expect(await seenBy()).toEqual({ hidden: true, ids: [] });
    expect(await seenBy(alice)).toEqual({ hidden: true, ids: [] });
    expect(await seenBy(bob)).toEqual({ hidden: false, ids: posts.map(({ id }) => id).sort() });
    await followUser(get(), alice, bob);
    expect(await seenBy(alice)).toEqual({ hidden: true, ids: [] });
    const [request] = (await getFollowRequests(get(), bob, LIST)).items;
    await acceptFollowRequest(get(), bob, request?.requestId ?? '');
    expect(await seenBy(alice)).toEqual({ hidden: false, ids: [idOf('public'), idOf('followers')].sort() });

    // Public again: what is public is listed again, and the rest is not.
    await updateProfile(get(), bob, { isPrivate: false });
    expect(await seenBy()).toEqual({ hidden: false, ids: [idOf('public')] });
    await updateProfile(get(), bob, { isPrivate: true });
    expect(await get().db.post.count({ where: { userId: bob, listed: true } })).toBe(0);
    expect((await seenBy(alice)).ids).toHaveLength(2);
  });
});

describe("a user's posts", () => {
  it('come the latest first, each once, without what is deleted, archived or not ready', async () => {
    const make = (fields: object = {}) =>
      get().db.post.create({
        data: { userId: bob, audioUrl: 'https://example.com/a.mp3', ...fields },
        select: { id: true },
      });
    const ids: string[] = [];
    for (let i = 0; i < 9; i += 1) ids.push((await make()).id);
    await make({ deletedAt: new Date(), listed: false });
    await make({ archivedAt: new Date(), listed: false });
    await make({ audioStatus: 'processing', listed: false });
    for (const viewer of [undefined, alice, bob]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await getUserPosts(get(), viewer, `bob${name}`, { limit: 4, cursor });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toEqual([...ids].reverse());
    }
  });
});

describe('muting', () => {
  it('can be repeated, is seen by oneself only, and ends', async () => {
    expect(await muteUser(get(), alice, bob)).toBe('muted');
    expect(get().invalidated).toContain(`feed:unified ${alice}`);
    expect(await muteUser(get(), alice, `bob${name}`)).toBe('muted');
    expect((await getMuted(get(), alice, LIST)).items).toMatchObject([{ id: bob }]);
    expect((await getMuted(get(), bob, LIST)).items).toEqual([]);
    expect(await profileOf(bob, alice)).toMatchObject({ isMuted: true });
    expect(await profileOf(bob)).toMatchObject({ isMuted: false });
    expect(await refused(muteUser(get(), alice, alice))).toBe('VALIDATION_ERROR');
    expect(await refused(muteUser(get(), alice, 'nobody_at_all'))).toBe('NOT_FOUND');
    expect(await unmuteUser(get(), alice, bob)).toBe('none');
    expect(await unmuteUser(get(), alice, bob)).toBe('none');
    expect((await getMuted(get(), alice, LIST)).items).toEqual([]);
  });
});

describe('finding people', () => {
  it('recommends friends of friends, then the most followed, nobody known or muted', async () => {
    const [friend, near, nearer, muted, known] = await people(`rec${name}_`, 5);
    if (!friend || !near || !nearer || !muted || !known) throw new Error('five were asked for');
    const popular = await person(`popular${name}`, { followerCount: 1_000_000 + name });
    for (const target of [friend, bob, known]) await followUser(get(), alice, target);
    for (const target of [near, nearer, muted, known, alice]) await followUser(get(), friend, target);
    await followUser(get(), bob, nearer);
    await muteUser(get(), alice, muted);
    const found = await getRecommendedUsers(get(), alice, 3);
    expect(found.map(({ id, mutualCount }) => [id, mutualCount])).toEqual([
      [nearer, 2],
      [near, 1],
      [popular, 0],
    ]);
    const all = (await getRecommendedUsers(get(), alice, 100)).map(({ id }) => id);
    expect(new Set(all).size).toBe(all.length);
    for (const id of [alice, friend, bob, known, muted]) expect(all).not.toContain(id);
  });

  it('by name puts the exact one first, then beginnings, then what resembles it, and pages', async () => {
    const exact = await person(`drumkit${name}`);
    const longer = await person(`drumkit${name}_two`);
    const typo = await person(`drumkyt${name}`);
    const display = await person(`other${name}`, { displayName: `DrumKit${name} Orchestra` });
    const wild = await person(`wild${name}`, { displayName: '100%_pure' });
    const search = async (query: string, limit = 20) => {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await findUsersByName(get(), alice, query, { limit, cursor });
        seen.push(...page.items.map(({ id }) => id));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      return seen;
    };
    const found = await search(`Drumkit${name}`);
    expect(found[0]).toBe(exact);
    expect(found.slice(1, 3).sort()).toEqual([longer, display].sort());
    expect(found).toContain(typo);
    expect(found).not.toContain(wild);
    expect(await search(`drumkit${name}`, 1)).toEqual(found);
    expect(await search('100%_')).toEqual([wild]);
    expect(await search('%')).toEqual([]);
    expect(await search("'; DROP TABLE users; --")).toEqual([]);
  });
});

describe('changing the profile', () => {
  it('changes what is given and leaves the rest', async () => {
    const before = await updateProfile(get(), alice, { bio: 'hello', location: 'Oslo' });
    const after = await updateProfile(get(), alice, { displayName: 'Alice', location: null });
    expect(after).toMatchObject({ ...before, displayName: 'Alice', location: null, updatedAt: expect.any(Date) });
    expect(await refused(updateProfile(get(), '019a2b3c-0000-7000-8000-000000000001', { bio: 'x' }))).toBe(
      'UNAUTHORIZED',
    );
  });
});
