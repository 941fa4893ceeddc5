import { hash } from '@node-rs/argon2';
import type { Client } from 'pg';
import { copyInto } from './copy.ts';
import { setIndexesAside } from './indexes.ts';
import { GENRES } from './music.ts';
import type { WorldSize } from './size.ts';
import type { TableWriter } from './table-writer.ts';
import { followRequests, followRows, mutes, userGenres, users } from './tables-of-people.ts';
import { comments, likes, plays, postRows, reposts, saves } from './tables-of-posts.ts';
import { makeWorld } from './world.ts';

/** Everyone's password in a generated world. The README gives it; such a world is for trying things out. */
export const SEED_PASSWORD = 'Sidechain-2026!';

/** What accounts that register get too: argon2id, 19 MiB, two passes. The salt depends on the seed alone. */
const HASH_COST = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** In the order in which they are written, with the share of the time that each takes. */
const STEPS: readonly [TableWriter, share: number][] = [
  [users, 0.06],
  [followRows, 0.02],
  [followRequests, 0],
  [mutes, 0],
  [postRows, 0.36],
  [likes, 0.1],
  [reposts, 0.02],
  [saves, 0.02],
  [plays, 0.12],
  [comments, 0.03],
  [userGenres, 0.02],
];
const INDEX_SHARE = 0.25;

export interface Progress {
  /** What is being done: `likes`, `indexes`. */
  step: string;
  /** Of everything, 0 to 1. */
  done: number;
  /** Written so far. */
  rows: number;
}

export interface FillOptions {
  /** Empty the database first. Otherwise one that holds people is left alone. */
  reset?: boolean;
  onProgress?: (progress: Progress) => void;
}

/**
 * Fills the database in one transaction: it is all there, or nothing of it.
 * @returns rows by table; undefined when the database holds people already and was left alone.
 */
export const fillDatabase = async (
  client: Client,
  size: WorldSize,
  { reset = false, onProgress }: FillOptions = {},
): Promise<Map<string, number> | undefined> => {
  const passwordHash = await hash(SEED_PASSWORD, {
    ...HASH_COST,
    salt: Buffer.from(`sidechain-${size.seed}`.padEnd(16, '.')),
  });
  await client.query('BEGIN');
  try {
    // Whoever else wants to fill it waits here, and then finds it full.
    await client.query('LOCK TABLE users IN ACCESS EXCLUSIVE MODE');
    if (!reset && (await holdsPeople(client))) {
      await client.query('ROLLBACK');
      return undefined;
    }
    const counts = await writeAll(client, size, passwordHash, onProgress);
    await client.query('COMMIT');
    return counts;
  } catch (error) {
    // A lost connection has rolled back by itself; its error is the one to tell.
    await client.query('ROLLBACK').catch(() => {});
    throw error;
  }
};

export const holdsPeople = async (client: Client): Promise<boolean> => {
  const { rows } = await client.query<{ some: boolean }>('SELECT EXISTS (SELECT FROM users) AS some');
  return rows[0]?.some === true;
};

const writeAll = async (
  client: Client,
  size: WorldSize,
  passwordHash: string,
  onProgress: FillOptions['onProgress'],
): Promise<Map<string, number>> => {
  const tables = STEPS.map(([writer]) => writer.table);
  const counts = new Map<string, number>();
  let finishedRows = 0;
  let finishedShare = 0;
  const report = (step: string, share: number, rows: number): void =>
    onProgress?.({ step, done: Math.min(1, finishedShare + share), rows: finishedRows + rows });

  // Everything hangs on users and posts; an emptied table also takes rows that need no later freezing by a vacuum.
  await client.query('TRUNCATE users, trending_runs, idempotency_keys RESTART IDENTITY CASCADE');
  await client.query("SET LOCAL maintenance_work_mem = '256MB'");
  const definitions = await setIndexesAside(client, tables);

  report('people', 0, 0);
  const world = makeWorld(size);
  const genreWeights = new Float32Array(size.users * GENRES.length);
  for (const [writer, share] of STEPS) {
    const out = copyInto(client, writer.table, writer.columns);
    const tick = async (done: number): Promise<void> => {
      report(writer.table, share * done, out.rows);
      await new Promise((resolve) => setImmediate(resolve));
    };
    await writer.write(world, out, { passwordHash, genreWeights, tick });
    await out.end();
    counts.set(writer.table, out.rows);
    finishedRows += out.rows;
    finishedShare += share;
  }
  await client.query(
    `SELECT setval('posts_seq_seq', greatest(1, $1::bigint), $1::bigint > 0),
       setval('plays_id_seq', greatest(1, $2::bigint), $2::bigint > 0)`,
    [size.posts, counts.get('plays') ?? 0],
  );
  for (const [place, definition] of definitions.entries()) {
    report('indexes', (INDEX_SHARE * place) / definitions.length, 0);
    await client.query(definition);
  }
  await client.query(`ANALYZE ${tables.join(', ')}`);
  return counts;
};
