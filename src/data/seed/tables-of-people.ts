import { DAWS, GENRES, genreAt } from './music.ts';
import { FOUNDERS } from './people.ts';
import { DAY, STREAM } from './size.ts';
import type { TableWriter } from './table-writer.ts';
import { uuidText, writeUuid } from './uuid.ts';
import { makeBio, makeLocation, makeName, type Name } from './words.ts';

export const users: TableWriter = {
  table: 'users',
  columns: [
    'id',
    'email',
    'username',
    'display_name',
    'password_hash',
    'bio',
    'avatar_url',
    'location',
    'roles',
    'is_private',
    'follower_count',
    'following_count',
    'post_count',
    'created_at',
    'updated_at',
  ],
  async write({ people, follows, random, posts, size }, out, { passwordHash, tick }) {
    const postCounts = new Int32Array(people.count);
    for (let index = 0; index < size.posts; index += 1) {
      const post = posts.sketch(index);
      if (!post.isDeleted && post.audioStatus === 'ready') postCounts[post.author] = (postCounts[post.author] ?? 0) + 1;
      if (index % 50_000 === 49_999) await tick((0.8 * index) / size.posts);
    }
    const taken = new Set<string>();
    for (let person = 0; person < people.count; person += 1) {
      random.at(STREAM.profile, person);
      const id = people.ids.subarray(person * 16, person * 16 + 16);
      const name = FOUNDERS[person] ?? freeName(makeName(random), taken, person);
      taken.add(name.username);
      const daw = DAWS[(person * 7 + 3) % DAWS.length] ?? DAWS[0];
      const joined = people.joined[person] ?? 0;
      out.row(15);
      out.uuid(id);
      out.text(`${name.username}@example.com`);
      out.text(name.username);
      out.text(name.displayName);
      out.text(passwordHash);
      out.text(makeBio(genreAt(people.mainGenre(person)), daw, random));
      out.text(random.chance(0.7) ? `https://cdn.example.com/avatars/${uuidText(id)}.jpg` : null);
      out.text(makeLocation(random));
      out.textArray(['MEMBER']);
      out.bool(people.isPrivate[person] === 1);
      out.int4(follows.followers.countOf(person));
      out.int4(follows.following.countOf(person));
      out.int4(postCounts[person] ?? 0);
      out.timestamp(joined);
      out.timestamp(joined);
      if (out.isFull) await out.flush();
    }
  },
};

const freeName = (name: Name, taken: ReadonlySet<string>, person: number): Name => {
  const isFounder = FOUNDERS.some((founder) => founder.username === name.username);
  return taken.has(name.username) || isFounder ? { ...name, username: `${name.username}_${person}` } : name;
};

export const followRows: TableWriter = {
  table: 'follows',
  columns: ['follower_id', 'followee_id', 'created_at'],
  async write({ people, follows, random, size }, out, { tick }) {
    for (let follower = 0; follower < people.count; follower += 1) {
      random.at(STREAM.followMoment, follower);
      for (const followee of follows.following.of(follower)) {
        const earliest = Math.max(people.joined[follower] ?? 0, people.joined[followee] ?? 0);
        out.row(3);
        out.uuid(people.ids, follower * 16);
        out.uuid(people.ids, followee * 16);
        out.timestamp(Math.floor(earliest + (size.now - earliest) * random.fraction()));
        if (out.isFull) await out.flush();
      }
      if (follower % 1000 === 999) await tick(follower / people.count);
    }
  },
};

const newId = Buffer.alloc(16);

export const followRequests: TableWriter = {
  table: 'follow_requests',
  columns: ['id', 'requester_id', 'target_id', 'created_at'],
  async write({ people, follows, random, size }, out) {
    for (let at = 0; at + 1 < follows.requests.length; at += 2) {
      random.at(STREAM.requests, at);
      const requester = follows.requests[at] ?? 0;
      const target = follows.requests[at + 1] ?? 0;
      const earliest = Math.max(people.joined[requester] ?? 0, people.joined[target] ?? 0, size.now - 60 * DAY);
      const time = Math.floor(earliest + (size.now - earliest) * random.fraction());
      writeUuid(newId, 0, time, random);
      out.row(4);
      out.uuid(newId);
      out.uuid(people.ids, requester * 16);
      out.uuid(people.ids, target * 16);
      out.timestamp(time);
      if (out.isFull) await out.flush();
    }
  },
};

export const mutes: TableWriter = {
  table: 'mutes',
  columns: ['muter_id', 'muted_id', 'created_at'],
  async write({ people, random, size }, out) {
    // The founders mute nobody, so that what the documentation shows of them is whole.
    for (let muter = people.founders; muter < people.count; muter += 1) {
      random.at(STREAM.mutes, muter);
      if (!random.chance(0.05)) continue;
      const muted = new Set<number>();
      for (let left = random.between(1, 3); left > 0; left -= 1) muted.add(random.below(people.count));
      muted.delete(muter);
      for (const person of muted) {
        const earliest = Math.max(people.joined[muter] ?? 0, people.joined[person] ?? 0);
        out.row(3);
        out.uuid(people.ids, muter * 16);
        out.uuid(people.ids, person * 16);
        out.timestamp(Math.floor(earliest + (size.now - earliest) * random.fraction()));
      }
      if (out.isFull) await out.flush();
    }
  },
};

/** Last, when all likes and plays have been counted. */
export const userGenres: TableWriter = {
  table: 'user_genres',
  columns: ['user_id', 'genre', 'weight'],
  async write({ people }, out, { genreWeights }) {
    for (let person = 0; person < people.count; person += 1) {
      for (let genre = 0; genre < GENRES.length; genre += 1) {
        const weight = genreWeights[person * GENRES.length + genre] ?? 0;
        if (weight === 0) continue;
        out.row(3);
        out.uuid(people.ids, person * 16);
        out.text(genreAt(genre).name);
        out.float8(weight);
        if (out.isFull) await out.flush();
      }
    }
  },
};
