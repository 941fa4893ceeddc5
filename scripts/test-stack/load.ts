import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, type Person, signIn } from '../load/client.ts';
import { loopForm } from '../load/loop.ts';
import { Tally } from '../load/tally.ts';
import { act, type Visit } from '../load/traffic.ts';
import { Failure } from './failure.ts';

/** Few enough that all may log in, and ask, within the limits of an API that is started without options. */
const PEOPLE = 4;
const REQUESTS_A_SECOND = 4;
/** More than usual: every kind of refusal is to be seen in a minute. */
const ERRORS = 0.12;
/** Uploads are rare in the mix; these come on top, so that there is something in every panel of theirs. */
const UPLOAD_SECONDS = 10;

/** People who use the API until they are stopped. */
export interface Load {
  people: readonly Person[];
  tally: Tally;
  stop(): Promise<void>;
}

/** @throws Failure when somebody cannot sign in. */
export const startLoad = async (url: string): Promise<Load> => {
  const tally = new Tally();
  const client = createClient(url, (...answer) => tally.add(...answer));
  const visits: Visit[] = [];
  for (let at = 0; at < PEOPLE; at += 1) {
    const username = `stack_load_${at}`;
    const account = { email: `${username}@example.com`, username, password: 'Loops-Under-Load-42' };
    const person = await signIn(client, account, (line) => console.log(`              ${line}`)).catch(
      (error: Error) => {
        throw new Failure(error.message, { query: `sign in as ${username}` });
      },
    );
    visits.push({ client, person, screen: { cursor: undefined, posts: [], people: [] }, random: Math.random });
  }
  let stopped = false;
  const run = async (seconds: number, doing: (visit: Visit) => Promise<unknown>): Promise<void> => {
    const running = new Set<Promise<unknown>>();
    for (let turn = 0; !stopped; turn += 1) {
      const visit = visits[turn % PEOPLE];
      if (visit) {
        const one = doing(visit).finally(() => running.delete(one));
        running.add(one);
      }
      await sleep(seconds * 1000);
    }
    await Promise.all(running);
  };
  const all = Promise.all([
    run(1 / REQUESTS_A_SECOND, (visit) => act(visit, ERRORS)),
    run(UPLOAD_SECONDS, ({ person }) =>
      client.send('POST', '/api/v1/audio/upload', { person, body: loopForm('house', Math.random) }),
    ),
  ]);
  return {
    people: visits.map(({ person }) => person),
    tally,
    stop: async () => {
      stopped = true;
      await all;
    },
  };
};
