import type { Database } from '../database.ts';

/** Any number that no other advisory lock of the product uses. */
const LOCK = 7_305_411;
const RANKED_POSTS = 1000;
const RANKED_PER_GENRE = 100;
/** Cursors of the trending feed name a run: they work for as long as it is kept. */
const RUNS_KEPT_HOURS = 2;
const TRANSACTION_TIMEOUT_MS = 30_000;

/**
 * Makes a new run of the trending ranking and the rankings of the genres, and deletes runs that are too old. Reads only
 * the posts of the last 30 days.
 * @returns how many posts are trending, or undefined when someone else is at it and nothing was done.
 */
export const rebuildRankings = (db: Database, now: Date): Promise<number | undefined> =>
  db.$transaction(
    async (tx) => {
      // One statement each from here on sees what the lock's former holder committed.
      const [lock] = await tx.$queryRaw<{ held: boolean }[]>`SELECT pg_try_advisory_xact_lock(${LOCK}::bigint) AS held`;
      if (!lock?.held) return undefined;
      const moment = now.toISOString();
      const ranked = await tx.$executeRaw`
        WITH run AS (INSERT INTO trending_runs (created_at) VALUES (${moment}::timestamptz) RETURNING id),
        scored AS (
          SELECT p.id, p.seq, (p.like_count + 0.5 * p.play_count + 2 * p.comment_count)
              / greatest(1, date_part('epoch', ${moment}::timestamptz - p.created_at) / 3600) AS score
            FROM posts p
            WHERE p.listed AND p.created_at > ${moment}::timestamptz - interval '7 days'
            ORDER BY score DESC, p.seq DESC LIMIT ${RANKED_POSTS})
        INSERT INTO trending_posts (run_id, rank, post_id, score)
          SELECT run.id, row_number() OVER (ORDER BY s.score DESC, s.seq DESC), s.id, s.score FROM run, scored s`;
      await tx.$executeRaw`DELETE FROM genre_rankings`;
      await tx.$executeRaw`
        INSERT INTO genre_rankings (genre, rank, post_id)
          SELECT g.genre, g.rank, g.id FROM (
            SELECT n.genre, p.id, row_number() OVER (
                PARTITION BY n.genre ORDER BY p.like_count + 0.5 * p.play_count + 2 * p.comment_count DESC, p.seq DESC) AS rank
              FROM posts p CROSS JOIN LATERAL (SELECT DISTINCT unnest(p.genre) AS genre) n
              WHERE p.listed AND p.created_at > ${moment}::timestamptz - interval '30 days') g
            WHERE g.rank <= ${RANKED_PER_GENRE}`;
      await tx.$executeRaw`
        DELETE FROM trending_runs WHERE created_at < ${moment}::timestamptz - make_interval(hours => ${RUNS_KEPT_HOURS}::int)`;
      return ranked;
    },
    { timeout: TRANSACTION_TIMEOUT_MS },
  );
