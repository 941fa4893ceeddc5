import type { Client, Person } from './client.ts';
import { loopForm } from './loop.ts';

/** What a person has on the screen: where the next page begins, and what can be liked. */
interface Screen {
  cursor: string | undefined;
  posts: string[];
  people: string[];
}

export interface Visit {
  client: Client;
  person: Person;
  screen: Screen;
  /** 0 to 1, evenly. */
  random: () => number;
}

interface Activity {
  id: string;
  user_id: string;
}

const GENRES = ['house', 'techno', 'drum and bass', 'ambient', 'hip hop'];

const any = <T>(from: readonly T[], random: () => number): T | undefined => from[Math.floor(random() * from.length)];

/** Looks at a feed, and goes on in it as long as there is more. */
const scroll =
  (feed: string) =>
  async ({ client, person, screen }: Visit): Promise<void> => {
    const isMain = feed === 'unified';
    const cursor = isMain && screen.cursor !== undefined ? `&cursor=${encodeURIComponent(screen.cursor)}` : '';
    const { body } = await client.send('GET', `/api/v1/feed/${feed}?limit=20${cursor}`, { person });
    const page = body as { activities?: Activity[]; meta?: { next_cursor: string | null } } | undefined;
    if (isMain) screen.cursor = page?.meta?.next_cursor ?? undefined;
    if (!page?.activities?.length) return;
    screen.posts = page.activities.map(({ id }) => id);
    screen.people = page.activities.map(({ user_id }) => user_id).filter((id) => id !== person.id);
  };

const onPost =
  (action: string, json?: unknown, method = 'POST') =>
  async ({ client, person, screen, random }: Visit): Promise<void> => {
    const id = any(screen.posts, random);
    if (id !== undefined) await client.send(method, `/api/v1/posts/${id}${action}`, { person, json });
  };

const onPerson =
  (path: string, method: string) =>
  async ({ client, person, screen, random }: Visit): Promise<void> => {
    const id = any(screen.people, random);
    if (id !== undefined) await client.send(method, `/api/v1/users/${id}/${path}`, { person });
  };

const get =
  (path: (random: () => number) => string) =>
  async ({ client, person, random }: Visit): Promise<void> => {
    await client.send('GET', `/api/v1/${path(random)}`, { person });
  };

const upload = async ({ client, person, random }: Visit): Promise<void> => {
  const body = loopForm(any(GENRES, random) ?? 'house', random);
  await client.send('POST', '/api/v1/audio/upload', { person, body });
};

/** How often people do what; the numbers are shares of all that they do. */
const USUAL: readonly (readonly [share: number, act: (visit: Visit) => Promise<void>])[] = [
  [40, scroll('unified')],
  [8, scroll('timeline')],
  [6, scroll('global')],
  [6, scroll('trending')],
  [10, onPost('/play', { duration: 12, completed: true })],
  [8, onPost('/like')],
  [3, onPost('/like', undefined, 'DELETE')],
  [3, onPost('/comments', { body: 'nice one' })],
  [2, onPost('', undefined, 'GET')],
  [3, onPerson('profile', 'GET')],
  [2, onPerson('follow', 'POST')],
  [1, onPerson('follow', 'DELETE')],
  [
    3,
    get(
      (random) =>
        `search/posts?q=${any(['loop', 'night', 'bass'], random)}&genre=${any(GENRES, random)?.replaceAll(' ', '+')}`,
    ),
  ],
  [2, get((random) => `search/users?q=${any(['al', 'bo', 'di'], random)}`)],
  [2, get(() => 'users/me')],
  [1, upload],
];

/** What goes wrong at clients: each is answered with another error. */
const BAD: readonly ((visit: Visit) => Promise<void>)[] = [
  get(() => 'feed/unified?limit=0'),
  get(() => 'feed/unified?cursor=made-up'),
  get(() => 'posts/00000000-0000-7000-8000-000000000000'),
  get(() => 'nowhere'),
  async ({ client, person }) => {
    await client.send('GET', '/api/v1/feed/timeline', { person: { ...person, token: 'not.a.token' } });
  },
  async ({ client, person }) => {
    await client.send('POST', '/api/v1/feed/post', { person, json: { bpm: 'fast' } });
  },
  async ({ client, person }) => {
    const body = new FormData();
    body.set('audio', new Blob(['this is a text']), 'song.mp3');
    await client.send('POST', '/api/v1/audio/upload', { person, body });
  },
];

/** One thing that a person does. @param errors share of bad requests, 0 to 1 */
export const act = (visit: Visit, errors: number): Promise<void> => {
  const { random } = visit;
  if (random() < errors) return (any(BAD, random) ?? scroll('unified'))(visit);
  const all = USUAL.reduce((sum, [share]) => sum + share, 0);
  let left = random() * all;
  for (const [share, doIt] of USUAL) {
    left -= share;
    if (left < 0) return doIt(visit);
  }
  return scroll('unified')(visit);
};
