import { Client } from 'pg';
import { fillDatabase, holdsPeople } from './fill.ts';
import { SECOND } from './size.ts';

export { SEED_PASSWORD } from './fill.ts';

/**
 * Gives an empty database a small believable world, once: 200 people, 1,000 loops and what people do with them.
 * In one transaction: a process that dies in the middle leaves the database empty. A database that holds anybody is
 * left as it is.
 * @returns whether it was this call that filled it.
 */
export const seedDevelopmentWorld = async (url: string): Promise<boolean> => {
  const client = new Client({ connectionString: url, application_name: 'sidechain-seed' });
  // A lost connection also fails the query that was running, which is where it is told.
  client.on('error', () => {});
  await client.connect();
  try {
    if (await holdsPeople(client)) return false;
    const now = Math.floor(Date.now() / SECOND) * SECOND;
    const counts = await fillDatabase(client, { users: 200, posts: 1000, seed: 42, now, likesPerPost: 8 });
    return counts !== undefined;
  } finally {
    await client.end();
  }
};
