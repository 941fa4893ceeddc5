import pg from 'pg';
import { SEED_PASSWORD } from '../../src/data/seed/development.ts';
import { findRunningPostgres } from '../../src/integrations/postgres/find-running.ts';
import { createClient, type Person, signIn } from '../load/client.ts';
import { loopForm } from '../load/loop.ts';
import { act } from '../load/traffic.ts';
import type { Product } from './product.ts';

const PEOPLE = ['alice', 'bob', 'charlie'];
const VISITS = 60;

/** The same numbers each time: a linear congruential generator, Numerical Recipes' constants. */
const seeded = (state: number) => (): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
};

/** Runs `during` while a table is away, which makes a real error. */
const withoutComments = async ({ dataDir }: Product, during: () => Promise<unknown>): Promise<void> => {
  const client = new pg.Client({ connectionString: findRunningPostgres(dataDir) });
  await client.connect();
  try {
    await client.query('ALTER TABLE comments RENAME TO comments_elsewhere');
    await during();
    await client.query('ALTER TABLE comments_elsewhere RENAME TO comments');
  } finally {
    await client.end();
  }
};

/** People who use the product: what they usually do, an upload, a request that fails, and a feed, made and out of the cache. */
export const makeTraffic = async (product: Product): Promise<void> => {
  const client = createClient(product.url, () => {});
  const random = seeded(42);
  const people: Person[] = [];
  for (const username of PEOPLE) {
    const account = { email: `${username}@example.com`, username, password: SEED_PASSWORD };
    people.push(await signIn(client, account, () => {}));
  }
  const visits = people.map((person) => ({
    client,
    person,
    random,
    screen: { cursor: undefined, posts: [] as string[], people: [] as string[] },
  }));
  for (let turn = 0; turn < VISITS; turn += 1) {
    const visit = visits[turn % visits.length];
    if (visit) await act(visit, 0.05);
  }
  const [person] = people;
  const [post] = visits.flatMap(({ screen }) => screen.posts);
  const get = (path: string) => client.send('GET', path, { person });
  await client.send('POST', '/api/v1/audio/upload', { person, body: loopForm('house', random) });
  await withoutComments(product, () => get(`/api/v1/posts/${post}/comments`));
  await get('/api/v1/feed/unified?limit=25');
  await get('/api/v1/feed/unified?limit=25');
};
