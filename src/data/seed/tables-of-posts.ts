import type { Reaction } from './audience.ts';
import type { RowWriter } from './copy.ts';
import { GENRES, genreAt } from './music.ts';
import type { PostSketch } from './posts.ts';
import { DAY, STREAM } from './size.ts';
import type { TableWriter, Writing } from './table-writer.ts';
import { uuidText, writeUuid } from './uuid.ts';
import { makeComment } from './words.ts';
import type { World } from './world.ts';

const TICK_EVERY = 2000;
const postId = Buffer.alloc(16);
const commentId = Buffer.alloc(16);

/** The id of a post: made from its number, like all of it. */
const writePostId = ({ random }: World, post: PostSketch): void =>
  writeUuid(postId, 0, post.time, random.at(STREAM.output, post.index));

export const postRows: TableWriter = {
  table: 'posts',
  columns: [
    'id',
    'seq',
    'user_id',
    'audio_url',
    'waveform_url',
    'filename',
    'bpm',
    'key',
    'daw',
    'duration_bars',
    'duration',
    'genre',
    'visibility',
    'audio_status',
    'listed',
    'archived_at',
    'deleted_at',
    'like_count',
    'play_count',
    'comment_count',
    'repost_count',
    'save_count',
    'created_at',
  ],
  async write(world, out, { tick }) {
    const { posts, people, audience, random, size } = world;
    for (let index = 0; index < size.posts; index += 1) {
      const post = posts.sketch(index);
      const details = posts.details(post);
      writePostId(world, post);
      const url = `https://cdn.example.com/loops/${uuidText(postId)}`;
      const endedAt = Math.floor(post.time + Math.min(30 * DAY, size.now - post.time) * random.fraction());
      out.row(23);
      out.uuid(postId);
      out.int8(index + 1);
      out.uuid(people.ids, post.author * 16);
      out.text(`${url}.mp3`);
      out.text(post.audioStatus === 'ready' ? `${url}.waveform.json` : null);
      out.text(details.filename);
      out.float8(details.bpm);
      out.text(details.key);
      out.text(details.daw);
      if (details.bars === null) out.null();
      else out.int4(details.bars);
      out.float8(details.duration);
      out.textArray(post.genres.map((genre) => genreAt(genre).name));
      out.text(post.visibility);
      out.text(post.audioStatus);
      out.bool(post.listed);
      out.timestamp(post.isArchived ? endedAt : null);
      out.timestamp(post.isDeleted ? endedAt : null);
      out.int4(audience.of(post, 'likes').length);
      out.int4(audience.of(post, 'plays').length);
      out.int4(audience.of(post, 'comments').length);
      out.int4(audience.of(post, 'reposts').length);
      out.int4(audience.of(post, 'saves').length);
      out.timestamp(post.time);
      if (out.isFull) await out.flush();
      if (index % TICK_EVERY === 0) await tick(index / size.posts);
    }
  },
};

type WriteRow = (
  world: World,
  out: RowWriter,
  post: PostSketch,
  person: number,
  number: number,
  writing: Writing,
) => void;

/** Rows that each stand for one person's reaction to one post; the post's id is in `postId` when `writeRow` is called. */
const reactionRows = (
  table: string,
  reaction: Reaction,
  columns: readonly string[],
  writeRow: WriteRow,
): TableWriter => ({
  table,
  columns,
  async write(world, out, writing) {
    let number = 0;
    for (let index = 0; index < world.size.posts; index += 1) {
      const post = world.posts.sketch(index);
      if (index % TICK_EVERY === 0) await writing.tick(index / world.size.posts);
      const audience = world.audience.of(post, reaction);
      if (audience.length === 0) continue;
      writePostId(world, post);
      for (const person of audience) {
        number += 1;
        out.row(columns.length);
        writeRow(world, out, post, person, number, writing);
        if (out.isFull) await out.flush();
      }
    }
  },
});

const addGenres = ({ genreWeights }: Writing, post: PostSketch, person: number, weight: number): void => {
  for (const genre of post.genres) {
    const place = person * GENRES.length + genre;
    genreWeights[place] = (genreWeights[place] ?? 0) + weight;
  }
};

const mark: WriteRow = ({ people, audience }, out, post, person) => {
  out.uuid(people.ids, person * 16);
  out.uuid(postId);
  out.timestamp(audience.moment(post, person));
};
const MARK_COLUMNS = ['user_id', 'post_id', 'created_at'] as const;

export const likes = reactionRows('likes', 'likes', MARK_COLUMNS, (world, out, post, person, number, writing) => {
  mark(world, out, post, person, number, writing);
  addGenres(writing, post, person, 3);
});

export const reposts = reactionRows('reposts', 'reposts', MARK_COLUMNS, mark);

export const saves = reactionRows('saves', 'saves', MARK_COLUMNS, mark);

export const plays = reactionRows(
  'plays',
  'plays',
  ['id', 'post_id', 'user_id', 'duration', 'completed', 'created_at'],
  (world, out, post, person, number, writing) => {
    const { people, audience, random } = world;
    const time = audience.moment(post, person);
    const completed = random.chance(0.6);
    const isGuest = random.chance(0.2) && post.listed;
    out.int8(number);
    out.uuid(postId);
    if (isGuest) out.null();
    else out.uuid(people.ids, person * 16);
    out.float8(Math.round((completed ? 8 + 24 * random.fraction() : 1 + 7 * random.fraction()) * 10) / 10);
    out.bool(completed);
    out.timestamp(time);
    if (!isGuest) addGenres(writing, post, person, 1);
  },
);

export const comments = reactionRows(
  'comments',
  'comments',
  ['id', 'post_id', 'user_id', 'body', 'created_at', 'edited_at'],
  (world, out, post, person) => {
    const { people, audience, random, size } = world;
    const time = audience.moment(post, person);
    writeUuid(commentId, 0, time, random);
    out.uuid(commentId);
    out.uuid(postId);
    out.uuid(people.ids, person * 16);
    out.text(makeComment(genreAt(post.genres[0] ?? 0), random));
    out.timestamp(time);
    // Comments may be edited for five minutes.
    out.timestamp(random.chance(0.04) ? Math.min(size.now, time + random.between(10, 290) * 1000) : null);
  },
);
